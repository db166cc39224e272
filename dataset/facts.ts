import type { Row } from "./rowCheck";

/** Statistics of a set of rows, in the order in which they are written. */
export interface Facts {
  rows: number;
  /** Messages of all rows, and the largest number of messages in one row. */
  messages: number;
  mostMessages: number;
  /** UTF-8 bytes of the text of all messages. */
  textBytes: number;
  /** The row with the longest text: its position in the written file (from 0) and its size in bytes. */
  longest: { row: number; textBytes: number };
  /** Only with a tokenizer. */
  tokens?: TokenFacts;
}

/** Tokens of the messages' texts, without the tokens that the chat template adds. */
interface TokenFacts {
  total: number;
  /** Position of the row in the written file, from 0. */
  longest: { row: number; tokens: number };
  overContext: number;
}

/** Facts, and two fingerprints per row for comparing rows across splits. */
export interface RowFacts extends Facts {
  /** Of the first user message. */
  prompts: Float64Array;
  /** Of the whole conversation. */
  conversations: Float64Array;
}

/** Counts the tokens of a text. */
export type CountTokens = (text: string) => number;

/** A tokenizer and the context length of its model. */
export interface TokenCounter {
  count: CountTokens;
  contextLength: number | undefined;
}

/** Collects facts row by row. Texts are strings or UTF-8 bytes; both give the same facts. */
export function factCollector(expectedRows: number, tokenizer?: TokenCounter) {
  const facts = noFacts(tokenizer !== undefined);
  let prompts = new Float64Array(expectedRows);
  let conversations = new Float64Array(expectedRows);

  function add(row: Row): void {
    const messages = Array.isArray(row.messages) ? (row.messages as unknown[]) : [];
    const texts = messages.map(contentOf);
    const index = facts.rows++;
    if (index >= prompts.length) {
      prompts = grown(prompts);
      conversations = grown(conversations);
    }
    const textBytes = texts.reduce((sum, one) => sum + one.length, 0);
    facts.messages += messages.length;
    facts.mostMessages = Math.max(facts.mostMessages, messages.length);
    facts.textBytes += textBytes;
    if (textBytes > facts.longest.textBytes) facts.longest = { row: index, textBytes };
    const asked = texts[messages.findIndex((one) => isUser(one))] ?? texts[0] ?? none;
    const print = promptPrint(asked);
    prompts[index] = print;
    conversations[index] = conversationPrint(print, texts);
    if (tokenizer && facts.tokens) addTokens(facts.tokens, index, texts, tokenizer);
  }

  return {
    add,
    facts: (): RowFacts => ({
      ...facts,
      prompts: prompts.subarray(0, facts.rows),
      conversations: conversations.subarray(0, facts.rows),
    }),
  };
}

const none = new Uint8Array();

function addTokens(
  tokens: TokenFacts,
  row: number,
  texts: Uint8Array[],
  { count, contextLength }: TokenCounter,
): void {
  let own = 0;
  for (const text of texts) own += count(Buffer.from(text.buffer, text.byteOffset, text.length).toString());
  tokens.total += own;
  if (own > tokens.longest.tokens) tokens.longest = { row, tokens: own };
  if (contextLength !== undefined && own > contextLength) tokens.overContext++;
}

function noFacts(withTokens: boolean): Facts {
  return {
    rows: 0,
    messages: 0,
    mostMessages: 0,
    textBytes: 0,
    longest: { row: 0, textBytes: 0 },
    ...(withTokens ? { tokens: { total: 0, longest: { row: 0, tokens: 0 }, overContext: 0 } } : {}),
  };
}

/** Joins the facts of consecutive rows of one file. */
export function joinFacts(parts: readonly Facts[]): Facts {
  const all = noFacts(parts.length > 0 && parts.every((part) => part.tokens));
  for (const part of parts) {
    if (part.longest.textBytes > all.longest.textBytes) {
      all.longest = { row: all.rows + part.longest.row, textBytes: part.longest.textBytes };
    }
    if (all.tokens && part.tokens) {
      const { total, longest, overContext } = part.tokens;
      all.tokens.total += total;
      all.tokens.overContext += overContext;
      if (longest.tokens > all.tokens.longest.tokens) {
        all.tokens.longest = { row: all.rows + longest.row, tokens: longest.tokens };
      }
    }
    all.rows += part.rows;
    all.messages += part.messages;
    all.mostMessages = Math.max(all.mostMessages, part.mostMessages);
    all.textBytes += part.textBytes;
  }
  return all;
}

function contentOf(message: unknown): Uint8Array {
  const content = (message as { content?: unknown } | null | undefined)?.content;
  if (content instanceof Uint8Array) return content;
  return typeof content === "string" ? Buffer.from(content) : none;
}

function isUser(message: unknown): boolean {
  const role = (message as { role?: unknown } | null | undefined)?.role;
  return role instanceof Uint8Array ? role.length === 4 && role[0] === 0x75 : role === "user";
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(1024, values.length * 2));
  larger.set(values);
  return larger;
}

/**
 * Bytes of a long answer that are hashed at its beginning, middle and end. With the lengths of all texts they
 * distinguish conversations.
 */
const part = 16;

/** The fingerprint of a prompt. It covers every byte. */
function promptPrint(text: Uint8Array): number {
  const print = printer();
  print.bytes(text, 0, text.length);
  return print.value();
}

/** The fingerprint of a conversation. It covers the prompt, and the length and parts of every text. */
function conversationPrint(prompt: number, texts: readonly Uint8Array[]): number {
  const print = printer();
  print.word(prompt | 0);
  print.word((prompt / 0x1_0000_0000) | 0);
  for (const text of texts) {
    const { length } = text;
    print.word(length);
    if (length <= 3 * part) print.bytes(text, 0, length);
    else for (const from of [0, length >> 1, length - part]) print.bytes(text, from, from + part);
  }
  return print.value();
}

/**
 * A 53-bit hash of two multiplicative hashes. Among 500,000 rows the probability of a collision is 1 in
 * 70,000.
 */
function printer() {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  const word = (value: number): void => {
    high = Math.imul(high ^ value, 0x9e3779b1);
    high ^= high >>> 15;
    low = Math.imul(low ^ value, 0x5f356495);
    low ^= low >>> 13;
  };
  return {
    word,
    bytes(text: Uint8Array, from: number, to: number): void {
      let index = from;
      for (; index + 3 < to; index += 4) {
        word(
          (text[index] as number) |
            ((text[index + 1] as number) << 8) |
            ((text[index + 2] as number) << 16) |
            ((text[index + 3] as number) << 24),
        );
      }
      for (; index < to; index++) word(text[index] as number);
      word(to - from);
    },
    value(): number {
      high = Math.imul(high ^ (low >>> 16), 0x85ebca6b);
      low = Math.imul(low ^ (high >>> 13), 0xc2b2ae35);
      return (high >>> 11) * 0x1_0000_0000 + (low >>> 0);
    },
  };
}

/** Counts the `rows` that are also in `others`, and the `rows` that repeat an earlier one. */
export function repeats(rows: Float64Array, others: Float64Array): { shared: number; repeated: number } {
  const known = Float64Array.from(others).sort();
  const sorted = Float64Array.from(rows).sort();
  let shared = 0;
  let repeated = 0;
  let position = 0;
  sorted.forEach((value, index) => {
    if (index > 0 && value === sorted[index - 1]) repeated++;
    while (position < known.length && (known[position] as number) < value) position++;
    if (known[position] === value) shared++;
  });
  return { shared, repeated };
}
