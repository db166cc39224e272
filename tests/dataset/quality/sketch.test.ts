import fc from "fast-check";
import { mixed, similarity, Sketcher, sketchBins } from "../../../dataset/quality/sketch";
import { findSimilar, nearThreshold, type SketchRange } from "../../../dataset/quality/similar";

const sketchesOf = (...sets: Array<Iterable<number>>): Uint8Array => {
  const bytes = new Uint8Array(sets.length * sketchBins);
  const sketcher = new Sketcher();
  sets.forEach((set, index) => {
    for (const element of set) sketcher.add(mixed(element));
    expect(sketcher.finish(bytes, index * sketchBins)).toBe(true);
  });
  return bytes;
};

/** Two sets with `common` common elements and `each` further ones each, and their exact Jaccard similarity. */
const pairOf = (start: number, common: number, each: number) => {
  const range = (from: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => from + index);
  const shared = range(start, common);
  const one = [...shared, ...range(start + common, each)];
  const other = [...range(start + common + each, each), ...shared];
  return { one, other, exact: common / (common + 2 * each) };
};

const pairs = fc
  .tuple(fc.integer(), fc.integer({ min: 1, max: 600 }), fc.integer({ min: 0, max: 600 }))
  .map(([start, common, each]) => pairOf(start, common, each));

test("the estimated similarity is the exact Jaccard similarity within five standard errors", () => {
  fc.assert(
    fc.property(pairs, ({ one, other, exact }) => {
      const standardError = Math.sqrt((exact * (1 - exact)) / sketchBins);
      // Small sets fill few bins, so their estimate has coarser steps.
      const steps = 2 / Math.min(sketchBins, one.length);
      const difference = Math.abs(similarity(sketchesOf(one, other), 0, 1) - exact);
      expect(difference).toBeLessThanOrEqual(5 * standardError + steps);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("the estimate has no bias: its mean over many pairs is the exact similarity", () => {
  for (const [common, each] of [
    [30, 60],
    [200, 50],
    [400, 40],
  ] as const) {
    const runs = 400;
    let sum = 0;
    for (let run = 0; run < runs; run++) {
      const { one, other } = pairOf(run * 10_000, common, each);
      sum += similarity(sketchesOf(one, other), 0, 1);
    }
    expect(sum / runs).toBeCloseTo(common / (common + 2 * each), 1.7);
  }
});

test("the same set in any order, with repetitions, has the same sketch", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (set) => {
      const sketches = sketchesOf(set, [...set].reverse(), [...set, ...set]);
      expect(similarity(sketches, 0, 1)).toBe(1);
      expect(similarity(sketches, 0, 2)).toBe(1);
    }),
    { seed: 1 },
  );
});

test("banding finds what comparing all pairs finds, and reports no pair below the threshold", () => {
  // Groups of similar sets with different similarities, and sets that are similar to none.
  const sets = Array.from({ length: 120 }, (_, index) => {
    const group = Math.floor(index / 3) * 100_000;
    const own = 2 * (index % 40);
    const base = Array.from({ length: 300 - own }, (_element, at) => group + at);
    return [...base, ...Array.from({ length: own }, (_element, at) => index * 1_000_003 + at)];
  });
  const bytes = sketchesOf(...sets);
  const ranges: SketchRange[] = [
    { start: 0, rows: 90, isTraining: true },
    { start: 90, rows: 30, isTraining: false },
  ];
  const rangeOf = (row: number): SketchRange => ranges[row < 90 ? 0 : 1] as SketchRange;
  const expected = new Set<string>();
  for (let row = 0; row < sets.length; row++)
    for (let earlier = 0; earlier < row; earlier++)
      if (similarity(bytes, row, earlier) >= nearThreshold)
        expected.add(`${row} of ${ranges.indexOf(rangeOf(earlier))}`);
  const found = new Set<string>();
  const sketches = { bytes, takesPart: new Uint8Array(sets.length).fill(1) };
  findSimilar(sketches, ranges, (row, _range, of) => found.add(`${row} of ${ranges.indexOf(of)}`));
  expect(expected.size).toBeGreaterThan(20);
  expect([...found].filter((pair) => !expected.has(pair))).toEqual([]);
  // The probability to miss a pair at the threshold is 0.002.
  expect(found.size).toBeGreaterThanOrEqual(expected.size - 1);
});
