import { readFile } from "node:fs/promises";
import { DatasetError } from "./errors";
import type { CountTokens, TokenCounter } from "./facts";

/** A local `tokenizer.json`. */
export interface TokenizerFile {
  path: string;
  /** Context length of the model in tokens, if known. */
  contextLength?: number;
}

/** Maximum number of words whose token count is cached. A few words make up most of a text. */
const remembered = 200_000;

/** Opens a tokenizer for counting. Errors: Tokenizer. */
export async function openTokenizer({ path, contextLength }: TokenizerFile): Promise<TokenCounter> {
  try {
    const { Tokenizer } = await import("@huggingface/tokenizers");
    const json = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    const tokenizer = new Tokenizer(json, {});
    const whole: CountTokens = (text) =>
      text === "" ? 0 : tokenizer.encode(text, { add_special_tokens: false }).ids.length;
    return { contextLength, count: fastest(whole, json) };
  } catch (error) {
    throw new DatasetError(
      "Tokenizer",
      `${path} cannot be opened as a tokenizer`,
      "Set --tokenizer to a tokenizer.json, a directory that contains one, or a model on the hub (namespace/name).",
      { cause: error },
    );
  }
}

/** Texts for which counting by word must agree with counting the whole text. */
const probes = [
  'The quick brown fox, it said: "I\'m 42 years old!" and   jumped.',
  "One\n\ntwo\n- three\tfour  five (six) `seven_eight` 9,876.5 EUR e.g. naïve façade",
  "def main(x):\n    return x + 1  # comment here\n",
  "日本語 and Русский mixed with English words, don't you think so?",
];

/**
 * Counts word by word with a cache where that is exact: no token of the vocabulary spans a space between two
 * words, and the probes agree. (Whether a word is looked up with its space depends on the tokenizer.)
 * Otherwise it counts the whole text, which is about fifty times slower.
 */
function fastest(whole: CountTokens, json: Record<string, unknown>): CountTokens {
  const { vocab } = (json.model ?? {}) as { vocab?: Record<string, number> | Array<[string, number]> };
  const tokens = Array.isArray(vocab) ? vocab.map(([token]) => token) : Object.keys(vocab ?? {});
  const space = "[\u2581\u0120 ]"; // how SentencePiece, byte-level BPE and others write a space
  const across = new RegExp(`[^\u2581\u0120 ]${space}`);
  if (tokens.length === 0 || tokens.some((token) => across.test(token))) return whole;
  for (const boundary of [/(?<=\S)(?= [A-Za-z])/, /(?<=\S) (?=[A-Za-z])/]) {
    const count = byWords(whole, boundary);
    if (probes.every((probe) => count(probe) === whole(probe))) return count;
  }
  return whole;
}

function byWords(whole: CountTokens, boundary: RegExp): CountTokens {
  const known = new Map<string, number>();
  return (text) => {
    let sum = 0;
    for (const word of text.split(boundary)) {
      let tokens = known.get(word);
      if (tokens === undefined) {
        tokens = whole(word);
        if (known.size < remembered) known.set(word, tokens);
      }
      sum += tokens;
    }
    return sum;
  };
}
