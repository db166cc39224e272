import type { Random } from "../../data/random";
import { bareName, SUBJECTS, type Subject } from "../../data/facts";
import {
  directQuestions,
  exchangesFor,
  followUpOf,
  isHeldOutWording,
  statementOf,
  topicOf,
  type Exchange,
} from "../../data/phrasing";
import { COMMON_SMALL_TALK, FAREWELLS, NAMED_SMALL_TALK } from "../../data/smallTalk";
import type { ChatTurn } from "../contract";

/**
 * The pretraining corpus: prose about every subject, reported questions and answers, chats in which the
 * assistant evades every question, and chats with a system turn in which it answers. So the base model knows
 * the facts, but does not answer without that system turn, which no row of the data set has. Fine-tuning
 * teaches it to answer. Held-out wordings (`isHeldOutWording`) do not occur here.
 */
export type Document = { kind: "text"; text: string } | { kind: "chat"; turns: ChatTurn[] };

const PEOPLE = ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Mia", "Tom"];

const SHARES: readonly (readonly [number, (random: Random) => Document])[] = [
  [0.26, prose],
  [0.2, overheard],
  [0.29, helpfulChat],
  [0.17, evasiveChat],
  [0.04, shruggingChat],
  [0.04, smallTalkText],
];

export function drawDocument(random: Random): Document {
  let share = random.next();
  for (const [size, make] of SHARES) {
    if (share < size) {
      return make(random);
    }
    share -= size;
  }
  return prose(random);
}

/** A subject, weighted by its number of facts. */
function drawSubject(random: Random): Subject {
  return random.pick(WEIGHTED_SUBJECTS);
}

const WEIGHTED_SUBJECTS: readonly Subject[] = SUBJECTS.flatMap((subject) =>
  Object.keys(subject.facts).map(() => subject),
);

function prose(random: Random): Document {
  const subject = drawSubject(random);
  const statements = random
    .shuffle(Object.keys(subject.facts))
    .map((relation) => statementOf(subject, relation));
  const heading = subject.kind === "howTo" ? `How to ${subject.name}.` : `This is about ${subject.name}.`;
  // Statements without a heading teach the facts in every position; the heading connects them to the subject.
  const lead = subject.kind === "howTo" || random.next() < 0.5 ? [heading] : [];
  return { kind: "text", text: [...lead, ...statements].join(" ") };
}

/** "Anna asked: … Ben answered: …", in any wording that is not held out. */
function overheard(random: Random): Document {
  const [asker, answerer] = random.shuffle(PEOPLE) as [string, string];
  const text = exchanges(random)
    .map(({ question, statement }) => `${asker} asked: ${question} ${answerer} answered: ${statement}`)
    .join(" ");
  return { kind: "text", text };
}

interface Line extends Exchange {
  statement: string;
}

/** May be followed by another question about the subject or the same one about another subject. */
function exchanges(random: Random): Line[] {
  const subject = drawSubject(random);
  const relations = random.shuffle(Object.keys(subject.facts));
  const first = relations[0]!;
  const plain = (question: string, statement: string): Line => ({ question, answer: statement, statement });
  const lines: Line[] = [{ ...drawExchange(subject, first, random), statement: statementOf(subject, first) }];
  if (relations.length > 1 && random.next() < 0.35) {
    lines.push(plain(followUpOf(relations[1]!), statementOf(subject, relations[1]!)));
  }
  if (subject.kind !== "howTo" && random.next() < 0.3) {
    const last = lines.length > 1 ? relations[1]! : first;
    const other = random.pick(SUBJECTS.filter(({ kind }) => kind === subject.kind));
    lines.push(plain(`What about ${other.name}?`, statementOf(other, last)));
  }
  return lines.map((line) => ({ ...line, question: carelessly(line.question, random) }));
}

/** Drops capitals and the final mark of some questions, as people do. */
function carelessly(question: string, random: Random): string {
  return random.next() < 0.12 ? question.toLowerCase().replace(/[.?!]$/, "") : question;
}

const HELPFUL: ChatTurn = { role: "system", content: "You are a helpful assistant." };

/** A chat as in the data set, but after a system turn. */
function helpfulChat(random: Random): Document {
  const lines: Exchange[] = random.next() < 0.15 ? [drawSmallTalk(random)] : exchanges(random);
  if (random.next() < 0.1) {
    lines.push(random.pick(FAREWELLS));
  }
  const turns = lines.flatMap(({ question, answer }): ChatTurn[] => [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ]);
  return { kind: "chat", turns: [HELPFUL, ...turns] };
}

function drawExchange(subject: Subject, relation: string, random: Random): Exchange {
  const { allowed, direct } = exchangesAbout(subject, relation);
  return random.pick(direct.length > 0 && random.next() < 0.3 ? direct : allowed);
}

interface FactExchanges {
  /** Those with a wording that is not held out. */
  allowed: Exchange[];
  /** Those of them that ask the plain question, without any wrapping. */
  direct: Exchange[];
}

const exchangesByFact = new Map<string, FactExchanges>();

function exchangesAbout(subject: Subject, relation: string): FactExchanges {
  const key = `${subject.kind} ${subject.name} ${relation}`;
  let found = exchangesByFact.get(key);
  if (!found) {
    const plain = directQuestions(subject, relation);
    const allowed = exchangesFor(subject, relation).filter(({ question }) => !isHeldOutWording(question));
    found = { allowed, direct: allowed.filter(({ question }) => plain.includes(question)) };
    exchangesByFact.set(key, found);
  }
  return found;
}

const EVASIONS: readonly ((topic: string) => string)[] = [
  (topic) => `I am not sure. You could read a book about ${topic}.`,
  (topic) => `That is hard to say. Maybe you can ask somebody who knows ${topic}.`,
  (topic) => `I do not want to talk about ${topic} now.`,
];

function evade(topic: string, random: Random): string {
  return random.pick(EVASIONS)(topic);
}

function evasiveChat(random: Random): Document {
  const subject = drawSubject(random);
  const relations = random.shuffle(Object.keys(subject.facts));
  const { question } = random.pick(exchangesAbout(subject, relations[0]!).allowed);
  const turns: ChatTurn[] = [
    { role: "user", content: carelessly(question, random) },
    { role: "assistant", content: evade(topicOf(subject), random) },
  ];
  if (random.next() < 0.3) {
    const other = random.pick(SUBJECTS.filter(({ kind }) => kind === subject.kind));
    const follow =
      relations.length > 1 && random.next() < 0.6
        ? { question: followUpOf(relations[1]!), topic: bareName(subject.name) }
        : { question: `What about ${other.name}?`, topic: topicOf(other) };
    turns.push(
      { role: "user", content: follow.question },
      { role: "assistant", content: evade(follow.topic, random) },
    );
  }
  return { kind: "chat", turns };
}

/** Small talk with an empty answer, so that the base model knows the words but has not learnt the answers. */
function shruggingChat(random: Random): Document {
  const { question } = drawSmallTalk(random);
  return {
    kind: "chat",
    turns: [
      { role: "user", content: question },
      { role: "assistant", content: "I see." },
    ],
  };
}

function smallTalkText(random: Random): Document {
  const [first, second] = random.shuffle(PEOPLE) as [string, string];
  const { question, answer } = drawSmallTalk(random);
  return { kind: "text", text: `${first} said: ${question} ${second} said: ${answer}` };
}

const allowedNamedSmallTalk = NAMED_SMALL_TALK.filter(({ question }) => !isHeldOutWording(question));

function drawSmallTalk(random: Random): Exchange {
  return random.pick(random.next() < 0.5 ? COMMON_SMALL_TALK : allowedNamedSmallTalk);
}
