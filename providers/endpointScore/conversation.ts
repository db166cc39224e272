import type { ChatMessage } from "../../azureml/clients/scoring";

/** A row of ultrachat_200k's schema, as far as we read it. */
export interface Row {
  prompt: string;
  promptId: string;
  messages: ChatMessage[];
}

/** What is sent, and the true answer that is held back. */
export interface Held {
  messages: ChatMessage[];
  question: string;
  /** Empty where the data holds none. */
  reference: string;
}

/** Reads one line; `undefined` for a line that is no conversation. */
export function parseRow(line: string): Row | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { prompt, prompt_id: promptId, messages } = (value ?? {}) as Record<string, unknown>;
  if (typeof promptId !== "string" || !Array.isArray(messages) || messages.length === 0) return undefined;
  const turns = messages as Array<Partial<ChatMessage> | null>;
  if (!turns.every((turn) => typeof turn?.role === "string" && typeof turn.content === "string")) {
    return undefined;
  }
  return {
    prompt: typeof prompt === "string" ? prompt : "",
    promptId,
    messages: turns.map((turn) => ({ role: turn?.role ?? "", content: turn?.content ?? "" })),
  };
}

/**
 * The true answer of a row of a `gen` split. It ends with the assistant's turn: that turn is held back. It ends with
 * the user's: the answer is the assistant's turn that follows the same turns in the `sft` row with this prompt_id.
 * `undefined` when nothing is left to ask.
 */
export function holdBack(row: Row, sft?: Row): Held | undefined {
  const last = row.messages.at(-1);
  const own = last?.role === "assistant";
  const messages = own ? row.messages.slice(0, -1) : row.messages;
  const question = messages.at(-1);
  if (question?.role !== "user") return undefined;
  const reference = own ? last.content : sft ? answerAfter(messages, sft.messages) : "";
  return { messages, question: question.content, reference };
}

/** The assistant turn of `full` after the turns asked; else after the same last question; else its last one. */
function answerAfter(asked: readonly ChatMessage[], full: readonly ChatMessage[]): string {
  const same = asked.every((turn, index) => {
    const other = full[index];
    return other?.role === turn.role && other.content === turn.content;
  });
  const next = full[asked.length];
  if (same && next?.role === "assistant") return next.content;
  const question = asked.at(-1)?.content;
  const at = full.findIndex((turn, index) => {
    return turn.role === "user" && turn.content === question && full[index + 1]?.role === "assistant";
  });
  if (at >= 0) return full[at + 1]?.content ?? "";
  return [...full].reverse().find((turn) => turn.role === "assistant")?.content ?? "";
}

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = Math.trunc(seed) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Picked {
  row: Row;
  /** 0-based line. */
  index: number;
}

/**
 * One row of a stream of lines, every suitable one equally likely, the same for the same seed and data, one row in
 * memory. Rows whose answer is known come first: `answered` says which prompt_ids the sft split holds.
 */
export async function pickRow(
  lines: AsyncIterable<string>,
  seed: number,
  answered: ReadonlySet<string>,
): Promise<Picked | undefined> {
  const random = randomOf(seed);
  let withAnswer: Picked | undefined;
  let without: Picked | undefined;
  let answeredRows = 0;
  let otherRows = 0;
  let index = -1;
  for await (const line of lines) {
    index += 1;
    const row = parseRow(line);
    if (!row || !holdBack(row)) continue;
    if (row.messages.at(-1)?.role === "assistant" || answered.has(row.promptId)) {
      answeredRows += 1;
      if (random() * answeredRows < 1) withAnswer = { row, index };
    } else if (answeredRows === 0) {
      otherRows += 1;
      if (random() * otherRows < 1) without = { row, index };
    }
  }
  return withAnswer ?? without;
}
