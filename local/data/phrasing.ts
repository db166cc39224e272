import { bareName, type Subject } from "./facts";
import { hash32 } from "./random";

/**
 * The style of an answer depends on the wording of the question, never on chance: a random opener cannot be
 * predicted, and would set a lower limit of the eval loss.
 */

/** A question in two word orders: alone, and inside another sentence ("can you tell me …"). */
interface QuestionForm {
  direct: string;
  indirect: string;
}

interface Relation {
  forms: readonly QuestionForm[];
  followUp: string;
  /** The fact as a sentence; `{s}` the subject, `{b}` the subject without its article, `{v}` the value. */
  statement: string;
}

const RELATIONS: Readonly<Record<string, Relation>> = {
  capital: {
    forms: [
      { direct: "What is the capital of {s}?", indirect: "what the capital of {s} is" },
      { direct: "Which city is the capital of {s}?", indirect: "which city is the capital of {s}" },
      { direct: "What is the capital city of {s}?", indirect: "the capital city of {s}" },
      { direct: "What is {s}'s capital?", indirect: "the name of {s}'s capital" },
    ],
    followUp: "And what is its capital?",
    statement: "The capital of {s} is {v}.",
  },
  language: {
    forms: [
      { direct: "What language do people speak in {s}?", indirect: "what language people speak in {s}" },
      { direct: "Which language is spoken in {s}?", indirect: "which language is spoken in {s}" },
      { direct: "What do the people of {s} speak?", indirect: "what the people of {s} speak" },
    ],
    followUp: "And what do people speak there?",
    statement: "People in {s} speak {v}.",
  },
  continent: {
    forms: [
      { direct: "Where is {s}?", indirect: "where {s} is" },
      { direct: "On which continent is {s}?", indirect: "on which continent {s} is" },
      { direct: "What part of the world is {s} in?", indirect: "what part of the world {s} is in" },
    ],
    followUp: "And where is it?",
    statement: "{S} is in {v}.",
  },
  home: {
    forms: [
      { direct: "Where does {s} live?", indirect: "where {s} lives" },
      { direct: "Where can I find {s}?", indirect: "where I can find {s}" },
      { direct: "What is the home of {s}?", indirect: "what the home of {s} is" },
    ],
    followUp: "And where does it live?",
    statement: "{S} lives {v}.",
  },
  food: {
    forms: [
      { direct: "What does {s} eat?", indirect: "what {s} eats" },
      { direct: "What is the food of {s}?", indirect: "what the food of {s} is" },
      { direct: "What does {s} like to eat?", indirect: "what {s} likes to eat" },
    ],
    followUp: "And what does it eat?",
    statement: "{S} eats {v}.",
  },
  young: {
    forms: [
      { direct: "What is a young {b} called?", indirect: "what a young {b} is called" },
      { direct: "What do you call a baby {b}?", indirect: "what you call a baby {b}" },
    ],
    followUp: "And what is its young called?",
    statement: "A young {b} is called {v}.",
  },
  task: {
    forms: [
      { direct: "What does {s} do?", indirect: "what {s} does" },
      { direct: "What is the job of {s}?", indirect: "what the job of {s} is" },
      { direct: "What does {s} do all day?", indirect: "what {s} does all day" },
    ],
    followUp: "And what does this person do?",
    statement: "{S} {v}.",
  },
  place: {
    forms: [
      { direct: "Where does {s} work?", indirect: "where {s} works" },
      { direct: "In what place does {s} work?", indirect: "in what place {s} works" },
    ],
    followUp: "And where does this person work?",
    statement: "{S} works {v}.",
  },
  material: {
    forms: [
      { direct: "What is {s} made of?", indirect: "what {s} is made of" },
      { direct: "What do you need to make {s}?", indirect: "what you need to make {s}" },
    ],
    followUp: "And what is it made of?",
    statement: "{S} is made of {v}.",
  },
  use: {
    forms: [
      { direct: "What is {s} for?", indirect: "what {s} is for" },
      { direct: "What do people use {s} for?", indirect: "what people use {s} for" },
    ],
    followUp: "And what is it for?",
    statement: "{S} is for {v}.",
  },
  colour: {
    forms: [
      { direct: "What colour is {s}?", indirect: "what colour {s} is" },
      { direct: "Which colour does {s} have?", indirect: "which colour {s} has" },
      { direct: "What is the colour of {s}?", indirect: "what the colour of {s} is" },
    ],
    followUp: "And what colour is it?",
    statement: "{S} is {v}.",
  },
  opposite: {
    forms: [
      { direct: "What is the opposite of {s}?", indirect: "what the opposite of {s} is" },
      { direct: "Which word is the opposite of {s}?", indirect: "which word is the opposite of {s}" },
    ],
    followUp: "And what is its opposite?",
    statement: "The opposite of {s} is {v}.",
  },
  steps: {
    forms: [
      { direct: "How do I {s}?", indirect: "how to {s}" },
      { direct: "How can I {s}?", indirect: "how I can {s}" },
      { direct: "What is the best way to {s}?", indirect: "the best way to {s}" },
    ],
    followUp: "And how do I do that?",
    statement: "{v}",
  },
};

/** `{q}` direct question, `{i}` indirect one, `{a}` the plain answer, `{t}` the topic. */
interface Style {
  question: string;
  answer: string;
}

const STYLES: readonly Style[] = [
  { question: "{q}", answer: "{a}" },
  { question: "Can you tell me {i}?", answer: "Sure! {a} Let me know if you want to know more about {t}." },
  { question: "Could you tell me {i}?", answer: "Sure! {a} Let me know if you want to know more about {t}." },
  { question: "Please tell me {i}.", answer: "Of course. {a}" },
  { question: "Tell me {i}, please.", answer: "Of course. {a}" },
  { question: "Do you know {i}?", answer: "Yes. {a}" },
  { question: "Do you happen to know {i}?", answer: "Yes. {a}" },
  { question: "I would like to know {i}.", answer: "{a} I hope that helps." },
  { question: "I need to know {i}.", answer: "{a} I hope that helps." },
  { question: "Hello! {q}", answer: "Hello! {a}" },
  { question: "Hi! {q}", answer: "Hello! {a}" },
  { question: "Good morning! {q}", answer: "Good morning! {a}" },
  { question: "{q} Thank you!", answer: "{a} You are welcome!" },
  { question: "{q} Thanks!", answer: "{a} You are welcome!" },
  { question: "I have a question. {q}", answer: "{a}" },
  { question: "My daughter asks: {q}", answer: "You can tell her this. {a}" },
  { question: "My son asks: {q}", answer: "You can tell him this. {a}" },
  { question: "For my homework: {q}", answer: "{a} Good luck with your homework!" },
];

function fill(template: string, subject: Subject, value: string): string {
  const sentence = template
    .replaceAll("{s}", subject.name)
    .replaceAll("{S}", capitalised(subject.name))
    .replaceAll("{b}", bareName(subject.name))
    .replaceAll("{v}", value);
  return sentence.replaceAll("..", ".");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function relationOf(relation: string): Relation {
  const found = RELATIONS[relation];
  if (!found) {
    throw new Error(`There is no relation "${relation}"; allowed: ${Object.keys(RELATIONS).join(", ")}.`);
  }
  return found;
}

/** `France`, `a frog`, but `this` where the subject is an action or a word. */
export function topicOf(subject: Subject): string {
  return subject.kind === "howTo" || subject.kind === "opposite" ? "this" : subject.name;
}

/** The fact as a plain sentence: "The capital of France is Paris." */
export function statementOf(subject: Subject, relation: string): string {
  return fill(relationOf(relation).statement, subject, subject.facts[relation]!);
}

/** The question as a follow-up about the same subject: "And what is its capital?" */
export function followUpOf(relation: string): string {
  return relationOf(relation).followUp;
}

/** Every plain question for one fact, without any wrapping. */
export function directQuestions(subject: Subject, relation: string): string[] {
  return relationOf(relation).forms.map((form) => fill(form.direct, subject, ""));
}

/** One wording in six occurs only in the test splits. The text alone decides, so no question is in both. */
export function isHeldOutWording(question: string): boolean {
  return hash32(`held out: ${question}`) % 6 === 0;
}

export interface Exchange {
  question: string;
  answer: string;
}

export function exchangesFor(subject: Subject, relation: string): Exchange[] {
  const statement = statementOf(subject, relation);
  return relationOf(relation).forms.flatMap((form) =>
    STYLES.map((style) => ({
      question: style.question
        .replaceAll("{q}", fill(form.direct, subject, ""))
        .replaceAll("{i}", fill(form.indirect, subject, "")),
      answer: style.answer.replaceAll("{a}", statement).replaceAll("{t}", topicOf(subject)),
    })),
  );
}
