import { createHash } from "node:crypto";
import { isUnseenSubject, SUBJECTS, type Subject } from "./facts";
import { exchangesFor, followUpOf, isHeldOutWording, statementOf, type Exchange } from "./phrasing";
import { randomFrom, type Random } from "./random";
import { COMMON_SMALL_TALK, FAREWELLS, NAMED_SMALL_TALK } from "./smallTalk";

/**
 * Stands in for `HuggingFaceH4/ultrachat_200k`: the same four splits and row schema, always the same to the
 * byte. As there, dialogues of `sft` splits end with the assistant's turn, those of `gen` may end with the
 * user's.
 */

export type SplitName = "train_sft" | "test_sft" | "train_gen" | "test_gen";

export interface Message {
  content: string;
  role: "user" | "assistant";
}

/** `prompt` is the first question, `prompt_id` its id (64 hex digits), the same in `sft` and `gen`. */
export interface Conversation {
  prompt: string;
  messages: Message[];
  prompt_id: string;
}

export const SPLIT_ROWS: Readonly<Record<SplitName, number>> = {
  train_sft: 12_000,
  test_sft: 2_400,
  train_gen: 12_000,
  test_gen: 1_600,
};

/** Share of the test rows that ask about a subject no training row mentions. */
const UNSEEN_SHARE = 0.2;
const SMALL_TALK_SHARE = 0.08;
/** Dialogues have one question in 65 % of the rows, two in 25 % and three in 10 %. */
const ONE_QUESTION = 0.65;
const TWO_QUESTIONS = 0.9;
const FAREWELL_SHARE = 0.15;
/** Share of the `gen` rows that end with the user's turn. */
const OPEN_ENDED_SHARE = 0.6;

interface Opening extends Exchange {
  subject?: Subject;
  relation?: string;
}

interface Pools {
  train: Opening[];
  testSeen: Opening[];
  testUnseen: Opening[];
  trainNamed: Exchange[];
  testNamed: Exchange[];
}

let pools: Pools | undefined;

/** Made once; every split draws from shuffled copies. */
function openingPools(): Pools {
  return (pools ??= makeOpeningPools());
}

function makeOpeningPools(): Pools {
  const random = randomFrom("openings");
  const all: Opening[] = SUBJECTS.flatMap((subject) =>
    Object.keys(subject.facts).flatMap((relation) =>
      exchangesFor(subject, relation).map((exchange) => ({ ...exchange, subject, relation })),
    ),
  );
  const distinct = [...new Map(all.map((opening) => [opening.question, opening])).values()];
  const isUnseen = (opening: Opening) => isUnseenSubject(opening.subject!);
  const { train, test } = dealt(distinct);
  const named = dealt(NAMED_SMALL_TALK.map(withoutName));
  return {
    train: random.shuffle(train.filter((opening) => !isUnseen(opening))),
    testSeen: random.shuffle(test.filter((opening) => !isUnseen(opening))),
    testUnseen: random.shuffle(test.filter(isUnseen)),
    trainNamed: random.shuffle(named.train),
    testNamed: random.shuffle(named.test),
  };
}

/** A model this small would greet Mia as David. */
function withoutName({ question, answer }: Exchange): Exchange {
  return { question, answer: answer.replace(/^(Hello|Good morning) \w+!/, "$1!") };
}

function dealt<T extends Exchange>(openings: T[]): { train: T[]; test: T[] } {
  return {
    train: openings.filter((opening) => !isHeldOutWording(opening.question)),
    test: openings.filter((opening) => isHeldOutWording(opening.question)),
  };
}

/** Returns openings one by one. When all are used, it shuffles them again and starts over. */
function dispenser<T>(items: readonly T[], random: Random): () => T {
  let deck: T[] = [];
  return () => {
    if (deck.length === 0) {
      deck = random.shuffle(items);
    }
    return deck.pop()!;
  };
}

function turns(exchange: Exchange): Message[] {
  return [
    { content: exchange.question, role: "user" },
    { content: exchange.answer, role: "assistant" },
  ];
}

/** Another fact about the same subject, or the same fact about another one ("What about Spain?"). */
function followUp(opening: Opening, asked: string[], others: readonly Subject[], random: Random): Exchange {
  const subject = opening.subject!;
  const open = Object.keys(subject.facts).filter((name) => !asked.includes(name));
  if (open.length > 0 && random.next() < 0.7) {
    const next = random.pick(open);
    asked.push(next);
    return { question: followUpOf(next), answer: statementOf(subject, next) };
  }
  const other = random.pick(others.filter((one) => one.kind === subject.kind && one !== subject));
  return { question: `What about ${other.name}?`, answer: statementOf(other, asked.at(-1)!) };
}

function dialogue(opening: Opening, others: readonly Subject[], random: Random): Message[] {
  const messages = turns(opening);
  const share = random.next();
  const questions = share < ONE_QUESTION ? 1 : share < TWO_QUESTIONS ? 2 : 3;
  // A how-to is long already; a second one would exceed the small model's context.
  if (opening.subject && opening.subject.kind !== "howTo") {
    const asked = [opening.relation!];
    for (let i = 1; i < questions; i++) {
      const next = followUp(opening, asked, others, random);
      messages.push(...turns(next));
      if (next.question.startsWith("What about")) {
        break; // afterwards it would be unclear what "it" refers to
      }
    }
    if (random.next() < FAREWELL_SHARE) {
      messages.push(...turns(random.pick(FAREWELLS)));
    }
  }
  return messages;
}

/** Rows are drawn independently, so the head of the split is a fair sample of the whole. */
function* sftRows(split: "train_sft" | "test_sft"): Generator<Conversation> {
  const random = randomFrom(`rows of ${split}`);
  const pools = openingPools();
  const isTrain = split === "train_sft";
  const seen = dispenser(isTrain ? pools.train : pools.testSeen, random);
  const unseen = dispenser(pools.testUnseen, random);
  const named = dispenser(isTrain ? pools.trainNamed : pools.testNamed, random);
  const common = dispenser(COMMON_SMALL_TALK, random);
  const others = SUBJECTS.filter((subject) => !isUnseenSubject(subject));
  const used = new Map<string, number>();
  for (let row = 0; row < SPLIT_ROWS[split]; row++) {
    let opening: Opening;
    if (random.next() < SMALL_TALK_SHARE) {
      // The common openings are training material; test rows need held-out prompts.
      opening = isTrain && random.next() < 0.6 ? common() : named();
    } else {
      opening = !isTrain && random.next() < UNSEEN_SHARE ? unseen() : seen();
    }
    const times = used.get(opening.question) ?? 0;
    used.set(opening.question, times + 1);
    yield {
      prompt: opening.question,
      messages: dialogue(opening, others, random),
      prompt_id: promptId(opening.question, times),
    };
  }
}

/** Two rows may open with the same words; the second one is another prompt. */
function promptId(prompt: string, times: number): string {
  return createHash("sha256")
    .update(times === 0 ? prompt : `${prompt}\n${times}`)
    .digest("hex");
}

/**
 * Row i comes from row ⌊i · sft rows / gen rows⌋: whatever percentage is cut from the heads of both, the
 * `sft` row with the same prompt_id is in the same slice.
 */
function* genRows(split: "train_gen" | "test_gen"): Generator<Conversation> {
  const source = split === "train_gen" ? "train_sft" : "test_sft";
  const random = randomFrom(`rows of ${split}`);
  const stride = SPLIT_ROWS[source] / SPLIT_ROWS[split];
  let position = -1;
  let row = 0;
  for (const conversation of sftRows(source)) {
    position++;
    if (position !== Math.floor(row * stride)) {
      continue;
    }
    row++;
    const isOpen = random.next() < OPEN_ENDED_SHARE;
    yield isOpen ? { ...conversation, messages: conversation.messages.slice(0, -1) } : conversation;
  }
}

/** All rows of a split, in their fixed order; the same on every machine and every run. */
export function generateSplit(split: SplitName): Iterable<Conversation> {
  return split === "train_sft" || split === "test_sft" ? sftRows(split) : genRows(split);
}
