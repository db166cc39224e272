import type { Exchange } from "./phrasing";

/**
 * Without small talk in the data the answer to "Hello!" gets worse by fine-tuning. Names multiply the
 * openings, so that held-out small talk differs from the training split's.
 */

const NAMES =
  "Anna Ben Clara David Emma Felix Greta Hugo Ida Jonas Kate Leo Mia Noah Olga Paul Rosa Sam Tina Victor Wanda Alex Bella Carl Dora Erik Fiona Gus Helen Ivan Julia Karl Lena Max Nina Oscar Petra Rita Simon Tom Ute Vera".split(
    " ",
  );

const HELLO = "Hello! How can I help you?";
const FINE = "I am fine, thank you. How can I help you?";
const WHO = "I am a small language model. I can answer simple questions.";
const CAN =
  "I can tell you about countries, animals, jobs, things, colours and words. Ask me a simple question.";
const WELCOME = "You are welcome!";
const BYE = "Goodbye! Have a nice day.";

/** Openings without a name. They repeat, as in real chats. */
export const COMMON_SMALL_TALK: readonly Exchange[] = [
  ...["Hello!", "Hello", "Hi!", "Hi", "Hello there!", "Hey!", "Hi there!"].map((question) => ({
    question,
    answer: HELLO,
  })),
  { question: "Good morning!", answer: "Good morning! How can I help you?" },
  { question: "Good evening!", answer: "Good evening! How can I help you?" },
  ...["How are you?", "Hello! How are you?", "How are you doing?", "Hi! How are you today?"].map(
    (question) => ({ question, answer: FINE }),
  ),
  ...["Who are you?", "What are you?", "What is your name?", "Are you a person?"].map((question) => ({
    question,
    answer: WHO,
  })),
  ...["What can you do?", "How can you help me?", "What do you know?"].map((question) => ({
    question,
    answer: CAN,
  })),
  ...["Thank you!", "Thanks!", "Thank you very much!", "Thanks a lot!"].map((question) => ({
    question,
    answer: WELCOME,
  })),
  ...["Goodbye!", "Bye!", "See you!"].map((question) => ({ question, answer: BYE })),
];

export const NAMED_SMALL_TALK: readonly Exchange[] = NAMES.flatMap((name) => [
  { question: `Hello, I am ${name}.`, answer: `Hello ${name}! How can I help you?` },
  { question: `Hi, my name is ${name}.`, answer: `Hello ${name}! How can I help you?` },
  { question: `My name is ${name}. What is your name?`, answer: WHO },
  { question: `I am ${name}. Who are you?`, answer: WHO },
  { question: `Good morning, I am ${name}.`, answer: `Good morning ${name}! How can I help you?` },
  { question: `${name} says thank you!`, answer: WELCOME },
  { question: `I am ${name}. How are you?`, answer: FINE },
  { question: `I am ${name}. What can you do?`, answer: CAN },
]);

export const FAREWELLS: readonly Exchange[] = [
  { question: "Thank you!", answer: WELCOME },
  { question: "Thanks a lot!", answer: WELCOME },
  { question: "Thank you. Goodbye!", answer: BYE },
  { question: "Bye!", answer: BYE },
];
