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
export interface TokenFacts {
  total: number;
  /** Position of the row in the written file, from 0. */
  longest: { row: number; tokens: number };
  /** Rows over the model's context length. */
  overContext: number;
  /** Tokens of these rows beyond the context length. Files of older versions lack it. */
  cut?: number;
}

/** Facts, and two fingerprints per row for comparing rows across splits. */
export interface RowFacts extends Facts {
  /** Of the first user message. */
  prompts: Float64Array;
  /** Of the whole conversation. */
  conversations: Float64Array;
}

/** What is known of one written row. */
export interface RowFact {
  messages: number;
  textBytes: number;
  prompt: number;
  conversation: number;
  tokens?: number;
}

/** Counts the tokens of a text. */
export type CountTokens = (text: string) => number;

/** A tokenizer and the context length of its model. */
export interface TokenCounter {
  count: CountTokens;
  contextLength: number | undefined;
}

/** Collects the facts of rows in their order. */
export function factCollector(tokenizer?: TokenCounter) {
  const facts: Facts = {
    rows: 0,
    messages: 0,
    mostMessages: 0,
    textBytes: 0,
    longest: { row: 0, textBytes: 0 },
    ...(tokenizer && { tokens: { total: 0, longest: { row: 0, tokens: 0 }, overContext: 0, cut: 0 } }),
  };
  let prompts = new Float64Array(1024);
  let conversations = new Float64Array(1024);

  function add({ messages, textBytes, prompt, conversation, tokens = 0 }: RowFact): void {
    const row = facts.rows++;
    if (row === prompts.length) [prompts, conversations] = [grown(prompts), grown(conversations)];
    prompts[row] = prompt;
    conversations[row] = conversation;
    facts.messages += messages;
    facts.mostMessages = Math.max(facts.mostMessages, messages);
    facts.textBytes += textBytes;
    if (textBytes > facts.longest.textBytes) facts.longest = { row, textBytes };
    if (!facts.tokens) return;
    facts.tokens.total += tokens;
    if (tokens > facts.tokens.longest.tokens) facts.tokens.longest = { row, tokens };
    const over = tokens - (tokenizer?.contextLength ?? Infinity);
    if (over <= 0) return;
    facts.tokens.overContext++;
    facts.tokens.cut = (facts.tokens.cut ?? 0) + over;
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

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
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
