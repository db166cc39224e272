import { mixed, similarity, sketchBins } from "./sketch";

/** Rows are near duplicates from this estimated Jaccard similarity of their sequences of five words. */
export const nearThreshold = 0.8;
/**
 * Bands of six bins. Two rows are compared if all bins of one band are equal. At a similarity of 0.8 that happens with a
 * probability of 1 - (1 - 0.8^6)^21 = 0.998.
 */
const bandBins = 6;
const bands = Math.floor(sketchBins / bandBins);
/** Earlier rows of one split and the same band that a row is compared with. */
const candidates = 8;
const rowBits = 21;
/** Most rows, of all splits together, that are compared for similarity: 128 MB of sketches. */
export const mostCompared = 1_000_000;

/** The sketches of the rows of all splits, one after the other. */
export interface Sketches {
  /** `sketchBins` bytes for each row. */
  bytes: Uint8Array;
  /** 1 for each row that takes part: a row with ten words or more, and in a training split the first of equal rows. */
  takesPart: Uint8Array;
}

/** The rows of a split in the sketches. Training splits come first. */
export interface SketchRange {
  start: number;
  rows: number;
  isTraining: boolean;
}

/**
 * Calls `onPair` for rows that are similar to an earlier row of their own split, and for rows of other splits that are
 * similar to a row of a training split. `range` is that of the row, `of` that of the row it is similar to. The same row can
 * be reported more than once, by several bands. Memory beside the sketches: eight bytes for each row.
 */
export function findSimilar(
  { bytes, takesPart }: Sketches,
  ranges: readonly SketchRange[],
  onPair: (row: number, range: SketchRange, of: SketchRange) => void,
): void {
  const total = ranges.reduce((sum, { rows }) => sum + rows, 0);
  const keys = new Float64Array(total);
  const seen = ranges.map(() => new Recent());
  for (let band = 0; band < bands; band++) {
    let count = 0;
    for (let row = 0; row < total; row++) {
      if (takesPart[row] !== 1) continue;
      const at = row * sketchBins + band * bandBins;
      let hash = band + 1;
      for (let bin = 0; bin < bandBins; bin++)
        hash = Math.imul(hash, 0x01000193) + (bytes[at + bin] as number);
      hash = mixed(hash);
      keys[count++] = (hash >>> 0) * 2 ** rowBits + row;
    }
    const sorted = keys.subarray(0, count).sort();
    let group = -1;
    let rangeIndex = 0;
    for (const key of sorted) {
      const hash = Math.floor(key / 2 ** rowBits);
      const row = key - hash * 2 ** rowBits;
      if (hash !== group) {
        group = hash;
        rangeIndex = 0;
        for (const recent of seen) recent.clear();
      }
      while (row >= (ranges[rangeIndex] as SketchRange).start + (ranges[rangeIndex] as SketchRange).rows)
        rangeIndex++;
      const range = ranges[rangeIndex] as SketchRange;
      ranges.forEach((of, index) => {
        const isOwn = index === rangeIndex;
        if (!isOwn && (range.isTraining || !of.isTraining)) return;
        const isSimilar = (seen[index] as Recent).some(
          (other) => similarity(bytes, row, other) >= nearThreshold,
        );
        if (isSimilar) onPair(row, range, of);
      });
      (seen[rangeIndex] as Recent).add(row);
    }
  }
}

/** The latest rows of one split in a group. */
class Recent {
  private readonly rows = new Int32Array(candidates);
  private count = 0;

  clear(): void {
    this.count = 0;
  }

  add(row: number): void {
    this.rows[this.count++ % candidates] = row;
  }

  some(matches: (row: number) => boolean): boolean {
    for (let index = 0; index < Math.min(this.count, candidates); index++)
      if (matches(this.rows[index] as number)) return true;
    return false;
  }
}
