import type { ChatMessage } from "../../azureml/clients/scoring";

/** The columns of an ultrachat_200k row that the score uses. */
export interface Row {
  promptId: string;
  messages: ChatMessage[];
}

/** The turns to send, and the reference answer that is not sent. */
export interface HeldOutPrompt {
  messages: ChatMessage[];
  /** The last user turn of `messages`. */
  question: string;
  /** Empty when the data contains none. */
  reference: string;
}

/** Parses one JSONL line; `undefined` for a line that is no conversation. */
export function parseRow(line: string): Row | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { prompt_id: promptId, messages } = (value ?? {}) as Record<string, unknown>;
  if (typeof promptId !== "string" || !Array.isArray(messages) || messages.length === 0) return undefined;
  const turns = messages as Array<Partial<ChatMessage> | null>;
  if (!turns.every((turn) => typeof turn?.role === "string" && typeof turn.content === "string")) {
    return undefined;
  }
  return {
    promptId,
    messages: turns.map((turn) => ({ role: turn?.role ?? "", content: turn?.content ?? "" })),
  };
}

/**
 * Separates the reference answer from a row of a `gen` split. If the row ends with an assistant turn, that turn is the
 * reference. If it ends with a user turn, the reference is the assistant turn that follows the same turns in the `sft`
 * row with this prompt_id. Returns `undefined` when no user turn is left to send.
 */
export function holdBackReference(row: Row, sft?: Row): HeldOutPrompt | undefined {
  const last = row.messages.at(-1);
  const endsWithAnswer = last?.role === "assistant";
  const messages = endsWithAnswer ? row.messages.slice(0, -1) : row.messages;
  const question = messages.at(-1);
  if (question?.role !== "user") return undefined;
  const reference = endsWithAnswer ? last.content : sft ? answerAfter(messages, sft.messages) : "";
  return { messages, question: question.content, reference };
}

/** The assistant turn of `full` after the same turns, else after the same last question, else its last one. */
function answerAfter(turns: readonly ChatMessage[], full: readonly ChatMessage[]): string {
  const same = turns.every((turn, index) => {
    const other = full[index];
    return other?.role === turn.role && other.content === turn.content;
  });
  const next = full[turns.length];
  if (same && next?.role === "assistant") return next.content;
  const question = turns.at(-1)?.content;
  const at = full.findIndex((turn, index) => {
    return turn.role === "user" && turn.content === question && full[index + 1]?.role === "assistant";
  });
  if (at >= 0) return full[at + 1]?.content ?? "";
  return [...full].reverse().find((turn) => turn.role === "assistant")?.content ?? "";
}

/** Uniform random numbers in [0, 1) from a seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = Math.trunc(seed) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface PickedRow {
  row: Row;
  /** 0-based line. */
  index: number;
}

/**
 * Picks one row from a stream of lines with equal probability (reservoir sampling), so only one row is in memory. The
 * same seed and data pick the same row. Prefers rows with a known answer: `answered` contains the prompt_ids of the sft
 * split.
 */
export async function pickRow(
  lines: AsyncIterable<string>,
  seed: number,
  answered: ReadonlySet<string>,
): Promise<PickedRow | undefined> {
  const random = seededRandom(seed);
  let withAnswer: PickedRow | undefined;
  let withoutAnswer: PickedRow | undefined;
  let answeredRows = 0;
  let otherRows = 0;
  let index = -1;
  for await (const line of lines) {
    index += 1;
    const row = parseRow(line);
    if (!row || !holdBackReference(row)) continue;
    if (row.messages.at(-1)?.role === "assistant" || answered.has(row.promptId)) {
      answeredRows += 1;
      if (random() * answeredRows < 1) withAnswer = { row, index };
    } else if (answeredRows === 0) {
      otherRows += 1;
      if (random() * otherRows < 1) withoutAnswer = { row, index };
    }
  }
  return withAnswer ?? withoutAnswer;
}
