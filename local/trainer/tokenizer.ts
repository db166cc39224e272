import { TrainerError } from "./contract";

/** The special tokens of a chat. Text that people type never produces them. */
export const SPECIAL_TOKENS = [
  "<|endoftext|>",
  "<|user|>",
  "<|assistant|>",
  "<|system|>",
  "<|end|>",
] as const;
export type SpecialToken = (typeof SPECIAL_TOKENS)[number];

export interface ChatTokenizer {
  /** Ids of a text. Text that looks like a special token stays text. */
  encode(text: string): number[];
  /** The text of ids. Special tokens are left out; bytes that are not valid UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string;
  id(token: SpecialToken): number;
  vocabSize: number;
}

/** A character for every byte: printable Latin-1 bytes their own, the others from 256 up. */
export function byteAlphabet(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
    return String.fromCharCode(isPrintable ? byte : next++);
  });
}

/** With a byte-level BPE model. @throws TrainerError InvalidModel; `file` is for its message */
export async function openTokenizer(json: unknown, file: string): Promise<ChatTokenizer> {
  const { Tokenizer } = await import("@huggingface/tokenizers");
  const { added_tokens: added, model } = (json ?? {}) as {
    added_tokens?: { id: number; content: string }[];
    model?: { type?: string; vocab?: Record<string, number> };
  };
  if (!Array.isArray(added) || model?.type !== "BPE" || typeof model.vocab !== "object") {
    throw new TrainerError(
      "InvalidModel",
      `${file} must be a tokenizer.json with a BPE model and added_tokens.`,
    );
  }
  const specials = new Map(added.map((token) => [token.content, token.id]));
  const missing = SPECIAL_TOKENS.filter((token) => !specials.has(token));
  if (missing.length > 0) {
    throw new TrainerError("InvalidModel", `${file} lacks the special tokens ${missing.join(", ")}.`);
  }
  let tokenizer: InstanceType<typeof Tokenizer>;
  try {
    // Without added tokens the library encodes "<|end|>" in a person's message as ordinary characters.
    tokenizer = new Tokenizer({ ...(json as object), added_tokens: [] }, {});
  } catch (cause) {
    throw new TrainerError("InvalidModel", `${file} cannot be opened: ${(cause as Error).message}`, {
      cause,
    });
  }
  const bytesOf = bytesById(model.vocab, new Set(specials.values()));
  return {
    encode: (text) => (text === "" ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids),
    decode: (ids) => {
      const bytes = ids.flatMap((id) => bytesOf.get(id) ?? []);
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
    },
    id: (token) => specials.get(token)!,
    vocabSize: Math.max(...Object.values(model.vocab), ...specials.values()) + 1,
  };
}

function bytesById(vocab: Record<string, number>, specials: ReadonlySet<number>): Map<number, number[]> {
  const byteOf = new Map(byteAlphabet().map((character, byte) => [character, byte]));
  const entries = Object.entries(vocab).filter(([, id]) => !specials.has(id));
  return new Map(
    entries.map(([token, id]) => [id, [...token].map((character) => byteOf.get(character) ?? 0x3f)]),
  );
}
