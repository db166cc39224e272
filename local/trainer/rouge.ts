/**
 * ROUGE (Lin, 2004) as the Python package `rouge_score` without stemming: F-measures over lower-cased words,
 * here of letters and digits of any script (`rouge_score`: ASCII only).
 */
export interface RougeScores {
  rouge1: number;
  rouge2: number;
  rougeL: number;
  /** ROUGE-L over sentences; each line is a sentence. */
  rougeLsum: number;
}

/** Scores one candidate against its reference, each from 0 to 1. */
export function rouge(candidate: string, reference: string): RougeScores {
  const candidateWords = words(candidate);
  const referenceWords = words(reference);
  return {
    rouge1: ngramScore(candidateWords, referenceWords, 1),
    rouge2: ngramScore(candidateWords, referenceWords, 2),
    rougeL: fMeasure(
      longestCommon(candidateWords, referenceWords).length,
      candidateWords.length,
      referenceWords.length,
    ),
    rougeLsum: summaryScore(sentences(candidate), sentences(reference)),
  };
}

/** Mean scores over pairs; all 0 for none. */
export function meanRouge(pairs: readonly { candidate: string; reference: string }[]): RougeScores {
  const sum: RougeScores = { rouge1: 0, rouge2: 0, rougeL: 0, rougeLsum: 0 };
  for (const { candidate, reference } of pairs) {
    const scores = rouge(candidate, reference);
    for (const key of Object.keys(sum) as (keyof RougeScores)[]) {
      sum[key] += scores[key] / pairs.length;
    }
  }
  return sum;
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function sentences(text: string): string[][] {
  return text
    .split("\n")
    .map(words)
    .filter((sentence) => sentence.length > 0);
}

function fMeasure(hits: number, candidates: number, references: number): number {
  if (hits === 0) {
    return 0;
  }
  const precision = hits / candidates;
  const recall = hits / references;
  return (2 * precision * recall) / (precision + recall);
}

function counts(items: readonly string[]): Map<string, number> {
  const result = new Map<string, number>();
  for (const item of items) {
    result.set(item, (result.get(item) ?? 0) + 1);
  }
  return result;
}

function ngramScore(candidate: readonly string[], reference: readonly string[], n: number): number {
  const ngrams = (list: readonly string[]) =>
    list.slice(0, Math.max(0, list.length - n + 1)).map((_, start) => list.slice(start, start + n).join(" "));
  const candidateNgrams = ngrams(candidate);
  const referenceCounts = counts(ngrams(reference));
  let hits = 0;
  for (const [ngram, count] of counts(candidateNgrams)) {
    hits += Math.min(count, referenceCounts.get(ngram) ?? 0);
  }
  return fMeasure(hits, candidateNgrams.length, Math.max(0, reference.length - n + 1));
}

function longestCommon(candidate: readonly string[], reference: readonly string[]): number[] {
  const width = candidate.length + 1;
  const table = new Uint32Array((reference.length + 1) * width);
  for (let r = 1; r <= reference.length; r++) {
    for (let c = 1; c <= candidate.length; c++) {
      table[r * width + c] =
        reference[r - 1] === candidate[c - 1]
          ? table[(r - 1) * width + c - 1]! + 1
          : Math.max(table[(r - 1) * width + c]!, table[r * width + c - 1]!);
    }
  }
  const positions: number[] = [];
  let r = reference.length;
  let c = candidate.length;
  while (r > 0 && c > 0) {
    if (reference[r - 1] === candidate[c - 1]) {
      positions.unshift(r - 1);
      r--;
      c--;
    } else if (table[r * width + c - 1]! > table[(r - 1) * width + c]!) {
      c--;
    } else {
      r--;
    }
  }
  return positions;
}

/**
 * Of each reference sentence with all candidate sentences. A word counts as often as it occurs on both sides.
 */
function summaryScore(candidate: readonly string[][], reference: readonly string[][]): number {
  const left = counts(candidate.flat());
  const leftInReference = counts(reference.flat());
  let hits = 0;
  for (const sentence of reference) {
    const union = new Set(candidate.flatMap((other) => longestCommon(other, sentence)));
    for (const position of [...union].sort((a, b) => a - b)) {
      const word = sentence[position]!;
      if ((left.get(word) ?? 0) > 0 && (leftInReference.get(word) ?? 0) > 0) {
        hits++;
        left.set(word, left.get(word)! - 1);
        leftInReference.set(word, leftInReference.get(word)! - 1);
      }
    }
  }
  return fMeasure(hits, candidate.flat().length, reference.flat().length);
}
