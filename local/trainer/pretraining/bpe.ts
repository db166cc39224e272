import { byteAlphabet, SPECIAL_TOKENS } from "../tokenizer";

/** GPT-2's split of a text into words before merging; `ByteLevel` pre-tokenizers use the same expression. */
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * Merges the most frequent pair until the vocabulary is full; of equals, the first in sort order, so the same
 * texts give the same `tokenizer.json`.
 */
export function trainTokenizer(texts: Iterable<string>, vocabSize: number): object {
  const alphabet = byteAlphabet();
  const words = countWords(texts, alphabet);
  const vocab = new Map<string, number>();
  for (const token of [...SPECIAL_TOKENS, ...alphabet]) {
    vocab.set(token, vocab.size);
  }
  const merges: [string, string][] = [];
  const pairCounts = new Map<string, number>();
  for (const word of words) countPairs(pairCounts, word, 1);
  while (vocab.size < vocabSize) {
    const best = mostFrequentPair(pairCounts);
    if (!best) {
      break;
    }
    merges.push(best);
    vocab.set(best.join(""), vocab.size);
    for (const word of words) {
      if (!containsPair(word.symbols, best)) continue;
      countPairs(pairCounts, word, -1);
      mergeIn(word.symbols, best);
      countPairs(pairCounts, word, 1);
    }
  }
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(vocab),
      merges,
    },
  };
}

interface Word {
  symbols: string[];
  count: number;
}

function countWords(texts: Iterable<string>, alphabet: readonly string[]): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [word] of text.matchAll(WORDS)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts].map(([word, count]) => ({
    symbols: [...Buffer.from(word, "utf8")].map((byte) => alphabet[byte]!),
    count,
  }));
}

/** A space separates the two symbols of a pair, because symbols contain none. */
function countPairs(counts: Map<string, number>, { symbols, count }: Word, sign: 1 | -1): void {
  for (let i = 0; i + 1 < symbols.length; i++) {
    const pair = `${symbols[i]} ${symbols[i + 1]}`;
    counts.set(pair, (counts.get(pair) ?? 0) + sign * count);
  }
}

function containsPair(symbols: readonly string[], [left, right]: readonly [string, string]): boolean {
  return symbols.some((symbol, index) => symbol === left && symbols[index + 1] === right);
}

function mostFrequentPair(counts: ReadonlyMap<string, number>): [string, string] | undefined {
  let best: string | undefined;
  let most = 1;
  for (const [pair, count] of counts) {
    if (count > most || (count === most && best !== undefined && pair < best)) {
      best = pair;
      most = count;
    }
  }
  return best?.split(" ") as [string, string] | undefined;
}

function mergeIn(symbols: string[], [left, right]: readonly [string, string]): void {
  for (let i = 0; i + 1 < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      symbols.splice(i, 2, left + right);
    }
  }
}
