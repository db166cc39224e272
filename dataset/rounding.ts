/**
 * Rows of the slice `[0%:percent%]` of a split, as the `datasets` library counts them: the product is a double,
 * rounded to the nearest whole number, halves to the even one (its `closest` rounding, Python's `round`).
 * The real set at 5 %: 207,865 → 10,393; 23,110 → 1,156 (1,155.5 goes to the even neighbour); 256,032 → 12,802; 28,304 → 1,415.
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
