import type { Row } from "./rowCheck";

/** Statistics of the rows of one file, in the order in which they are written. Rows are counted from 0 in that file. */
export interface Facts {
  rows: number;
  /** Messages of all rows, and the largest number of messages in one row. */
  messages: number;
  mostMessages: number;
  /** UTF-8 bytes of the text of all messages. */
  textBytes: number;
  /** The row with the longest text and its size in bytes. */
  longest: { row: number; textBytes: number };
}

/** What is known of one written row. */
export interface RowFact {
  messages: number;
  textBytes: number;
}

/** Counts the tokens of a text. */
export type CountTokens = (text: string) => number;

/** A tokenizer and the context length of its model. */
export interface TokenCounter {
  count: CountTokens;
  contextLength: number | undefined;
}

export const noFacts = (): Facts => ({
  rows: 0,
  messages: 0,
  mostMessages: 0,
  textBytes: 0,
  longest: { row: 0, textBytes: 0 },
});

/** Adds the next row. */
export function addFact(facts: Facts, { messages, textBytes }: RowFact): void {
  const row = facts.rows++;
  facts.messages += messages;
  facts.mostMessages = Math.max(facts.mostMessages, messages);
  facts.textBytes += textBytes;
  if (textBytes > facts.longest.textBytes) facts.longest = { row, textBytes };
}

/** The texts of a row's messages. A bad row that was kept can have any value here. */
function textsOf({ messages }: Row): string[] {
  const list = Array.isArray(messages) ? (messages as Array<{ content?: unknown } | null>) : [];
  return list.map((one) => (typeof one?.content === "string" ? one.content : ""));
}

/** The facts of a row in the chat schema. */
export function factOf(row: Row): RowFact {
  const texts = textsOf(row);
  return { messages: texts.length, textBytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) };
}

/** Tokens of the texts of a row, without those that the chat template adds. */
export function tokensOf(row: Row, { count }: TokenCounter): number {
  return textsOf(row).reduce((sum, text) => sum + count(text), 0);
}

/** Facts as one readable line. */
export function describeFacts({ messages, mostMessages, textBytes, longest }: Facts): string {
  const count = (value: number): string => value.toLocaleString("en");
  return `${count(messages)} messages (at most ${count(mostMessages)} in one row), ${count(textBytes)} bytes of text (longest: row ${longest.row} with ${count(longest.textBytes)})`;
}
