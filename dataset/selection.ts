import { sliceRows } from "./rounding";

/** The rows of a split that are written, in the split's order. */
export interface Selection {
  /** Number of rows of the split, and number of selected rows. */
  total: number;
  count: number;
  /** The selected rows among `first` to `end` (exclusive), as positions relative to `first`. */
  within(first: number, end: number): { from: number; to: number } | Uint32Array;
}

/** The slice `[0%:percent%]`: the first rows. */
export function headOf(total: number, percent: number): Selection {
  const count = sliceRows(total, percent);
  return {
    total,
    count,
    within: (first, end) => ({ from: 0, to: Math.max(0, Math.min(end, count) - first) }),
  };
}

/**
 * A sample with as many rows as the slice of that percentage. Every row is equally likely: a generator seeded
 * with `seed` and the split's name assigns a number to each row, and the rows with the smallest numbers are
 * selected. The sample is the same on every machine, and a larger percentage includes the rows of a smaller
 * one.
 */
export function sampleOf(total: number, percent: number, seed: number, split: string): Selection {
  const count = sliceRows(total, percent);
  const start = seedOf(seed, split);
  const numbers = new Float64Array(total);
  for (let row = 0; row < total; row++) numbers[row] = numberOf(start, row);
  const limit = count === 0 ? -1 : (numbers.slice().sort()[count - 1] as number);
  const rows = new Uint32Array(count);
  let found = 0;
  // Equal numbers (probability 1 in 2^53) would select one row too many; `found` limits that.
  for (let row = 0; row < total && found < count; row++) {
    if ((numbers[row] as number) <= limit) rows[found++] = row;
  }
  return {
    total,
    count,
    within(first, end) {
      const chosen = rows.subarray(lowerBound(rows, first), lowerBound(rows, end));
      return chosen.map((row) => row - first);
    },
  };
}

function lowerBound(rows: Uint32Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as number) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

function seedOf(seed: number, split: string): number {
  let state = mixed(seed ^ 0x9e3779b9);
  for (const byte of Buffer.from(split)) state = mixed(state ^ byte);
  return state;
}

/** A uniform 53-bit number for a row. */
function numberOf(seed: number, row: number): number {
  const high = mixed(seed ^ mixed(row + 0x9e3779b9));
  const low = mixed(high ^ Math.imul(row, 0x85ebca6b) ^ seed);
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0);
}

/**
 * Mixes the bits so that every bit of the result depends on every bit of the value (the finalizer of
 * MurmurHash3).
 */
function mixed(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
