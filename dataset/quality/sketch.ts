/**
 * MinHash with one permutation: every element of a set falls into one of 128 bins, and a bin keeps its smallest hash. The
 * share of bins with equal values in two sketches is the sets' Jaccard similarity, with a standard error of at most 0.045.
 * An empty bin takes the value of another one, chosen by the bin's number only ("optimal densification").
 * Sources: P. Li, A. Owen, C. Zhang, "One Permutation Hashing" (NIPS 2012); A. Shrivastava, "Optimal Densification for Fast
 * and Accurate Minwise Hashing" (ICML 2017).
 */
export const sketchBins = 128;
const binShift = 25;
const emptyBin = 0xffffffff;

/** Collects the hashes of one set at a time. */
export class Sketcher {
  private readonly smallest = new Uint32Array(sketchBins).fill(emptyBin);
  private count = 0;

  /** Adds the 32-bit hash of an element. The same element can be added again. */
  add(hash: number): void {
    const bin = hash >>> binShift;
    const value = (hash & 0x1ffffff) >>> 0;
    if (value < (this.smallest[bin] as number)) this.smallest[bin] = value;
    this.count++;
  }

  /** Writes the sketch as one byte for each bin, and starts the next set. Returns false for an empty set. */
  finish(into: Uint8Array, at: number): boolean {
    const { smallest } = this;
    const isEmpty = this.count === 0;
    for (let bin = 0; bin < sketchBins && !isEmpty; bin++) {
      let value = smallest[bin] as number;
      for (let attempt = 1; value === emptyBin; attempt++)
        value = smallest[mixed(bin * 0x9e3779b1 + attempt) >>> binShift] as number;
      into[at + bin] = mixed(value) & 0xff;
    }
    smallest.fill(emptyBin);
    this.count = 0;
    return !isEmpty;
  }
}

/** Mixes the bits so that every bit of the result depends on every bit of the value (the finalizer of MurmurHash3). */
export function mixed(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** Equal bins of two sketches that start at these positions. */
function equalBins(sketches: Uint8Array, one: number, other: number): number {
  let equal = 0;
  for (let bin = 0; bin < sketchBins; bin++) if (sketches[one + bin] === sketches[other + bin]) equal++;
  return equal;
}

/** Estimated Jaccard similarity of the sets of two rows. Two different values are the same byte once in 256 times. */
export function similarity(sketches: Uint8Array, one: number, other: number): number {
  const share = equalBins(sketches, one * sketchBins, other * sketchBins) / sketchBins;
  return Math.max(0, (share - 1 / 256) / (1 - 1 / 256));
}
