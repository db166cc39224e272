import { hash32, type Random } from "../../data/random";
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
import { COMMON_SMALL_TALK, NAMED_SMALL_TALK } from "../../data/smallTalk";
import type { ChatTurn } from "../contract";

/**
 * What the base model reads before anybody fine-tunes it: prose about every subject, overheard questions and answers, and chats in which the assistant
 * evades every question. So the base knows the facts, knows what a chat looks like, and does not answer in one: that is left to fine-tuning.
 * Wordings the test splits ask (`isHeldOutWording`) appear nowhere in it.
 */
export type Document = { kind: "text"; text: string } | { kind: "chat"; turns: ChatTurn[] };

const PEOPLE = ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Mia", "Tom"];

/** Share of each kind of document, in documents. */
const SHARES: readonly (readonly [number, (random: Random) => Document])[] = [
  [0.3, prose],
  [0.42, overheard],
  [0.2, evasiveChat],
  [0.04, smallTalkChat],
  [0.04, smallTalkText],
];

/** One document, drawn at random. */
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

/** A subject, weighted by how much there is to say about it. */
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
  // Statements without a heading teach the facts in every position, the heading ties them to the subject.
  const lead = subject.kind === "howTo" || random.next() < 0.5 ? [heading] : [];
  return { kind: "text", text: [...lead, ...statements].join(" ") };
}

/** "Anna asked: … Ben answered: …", with any wording of the question that is not held out, and the plain answer. */
function overheard(random: Random): Document {
  const [asker, answerer] = random.shuffle(PEOPLE) as [string, string];
  const subject = drawSubject(random);
  const relations = random.shuffle(Object.keys(subject.facts));
  const first = relations[0]!;
  const lines = [
    `${asker} asked: ${drawQuestion(subject, first, random)} ${answerer} answered: ${statementOf(subject, first)}`,
  ];
  if (relations.length > 1 && random.next() < 0.35) {
    lines.push(
      `${asker} asked: ${followUpOf(relations[1]!)} ${answerer} answered: ${statementOf(subject, relations[1]!)}`,
    );
  }
  if (subject.kind !== "howTo" && random.next() < 0.25) {
    const last = lines.length > 1 ? relations[1]! : first;
    const other = random.pick(SUBJECTS.filter(({ kind }) => kind === subject.kind));
    lines.push(`${asker} asked: What about ${other.name}? ${answerer} answered: ${statementOf(other, last)}`);
  }
  return { kind: "text", text: lines.join(" ") };
}

function drawQuestion(subject: Subject, relation: string, random: Random): string {
  const plain = directQuestions(subject, relation).filter((question) => !isHeldOutWording(question));
  if (plain.length > 0 && random.next() < 0.4) {
    return random.pick(plain);
  }
  return random.pick(allowedExchanges(subject, relation)).question;
}

function allowedExchanges(subject: Subject, relation: string): Exchange[] {
  return exchangesFor(subject, relation).filter(({ question }) => !isHeldOutWording(question));
}

const EVASIONS: readonly ((topic: string) => string)[] = [
  (topic) => `I am not sure. You could read a book about ${topic}.`,
  (topic) => `That is hard to say. Maybe you can ask somebody who knows ${topic}.`,
  (topic) => `I do not want to talk about ${topic} now.`,
];

function evade(question: string, topic: string): string {
  return EVASIONS[hash32(question) % EVASIONS.length]!(topic);
}

function evasiveChat(random: Random): Document {
  const subject = drawSubject(random);
  const relations = random.shuffle(Object.keys(subject.facts));
  const { question } = random.pick(allowedExchanges(subject, relations[0]!));
  const turns: ChatTurn[] = [
    { role: "user", content: question },
    { role: "assistant", content: evade(question, topicOf(subject)) },
  ];
  if (random.next() < 0.3) {
    const other = random.pick(SUBJECTS.filter(({ kind }) => kind === subject.kind));
    const follow =
      relations.length > 1 && random.next() < 0.6
        ? { question: followUpOf(relations[1]!), topic: bareName(subject.name) }
        : { question: `What about ${other.name}?`, topic: topicOf(other) };
    turns.push(
      { role: "user", content: follow.question },
      { role: "assistant", content: evade(follow.question, follow.topic) },
    );
  }
  return { kind: "chat", turns };
}

/** Small talk the base answers with a shrug, so that it knows the words and still has everything to learn. */
function smallTalkChat(random: Random): Document {
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

function drawSmallTalk(random: Random): Exchange {
  const named = NAMED_SMALL_TALK.filter(({ question }) => !isHeldOutWording(question));
  return random.pick(random.next() < 0.5 ? COMMON_SMALL_TALK : named);
}
