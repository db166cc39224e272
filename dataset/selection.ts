import { mixed } from "./quality/sketch";
import { sliceRows } from "./rounding";

/** The rows of a split that are written, in the split's order. */
export interface Selection {
  /** Number of selected rows; undefined if it is every row of a split that was not counted. */
  count: number | undefined;
  has(row: number): boolean;
  /** Whether a row from `first` to `end` (exclusive) is selected. */
  some(first: number, end: number): boolean;
}

/** Every row. */
export const everyRow: Selection = { count: undefined, has: () => true, some: () => true };

/** The slice `[0%:percent%]`: the first rows. */
export function headOf(total: number, percent: number): Selection {
  const count = sliceRows(total, percent);
  return { count, has: (row) => row < count, some: (first, end) => first < Math.min(end, count) };
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
  const chosen = new Uint8Array(total);
  let found = 0;
  // Equal numbers (probability 1 in 2^53) would select one row too many; `found` limits that.
  for (let row = 0; row < total && found < count; row++) {
    if ((numbers[row] as number) > limit) continue;
    chosen[row] = 1;
    found++;
  }
  return {
    count,
    has: (row) => chosen[row] === 1,
    some: (first, end) => chosen.subarray(first, Math.min(end, total)).includes(1),
  };
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
