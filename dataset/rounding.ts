/**
 * Number of rows in the slice `[0%:percent%]` of a split, as the `datasets` library computes it: the product
 * as a double, rounded to the nearest integer, halves to the even one (its `closest` rounding, Python's
 * `round`). For the original data set at 5 %: 207,865 → 10,393; 23,110 → 1,156 (1,155.5 is rounded to the
 * even number); 256,032 → 12,802; 28,304 → 1,415.
 */
export function sliceRows(rows: number, percent: number): number {
  return roundHalfToEven((percent * rows) / 100);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
