import { headOf, sampleOf, type Selection } from "../../dataset/selection";

const rowsOf = (selection: Selection, total: number): number[] =>
  Array.from({ length: total }, (_, row) => row).filter((row) => selection.has(row));

describe("the slice", () => {
  test("is the first rows", () => {
    const slice = headOf(610, 5);
    expect(rowsOf(slice, 610)).toEqual(Array.from({ length: 30 }, (_, row) => row));
    expect([slice.some(0, 1), slice.some(29, 40), slice.some(30, 610)]).toEqual([true, true, false]);
  });
});

describe("a sample", () => {
  test("has as many rows as the slice, in order, without duplicates, from the whole split", () => {
    const rows = rowsOf(sampleOf(10_000, 5, 42, "train"), 10_000);
    expect(rows).toHaveLength(500);
    expect(rows.every((row, index) => index === 0 || row > (rows[index - 1] ?? 0))).toBe(true);
    const perTenth = Array.from(
      { length: 10 },
      (_, tenth) => rows.filter((row) => Math.floor(row / 1000) === tenth).length,
    );
    for (const count of perTenth) {
      expect(count).toBeGreaterThan(25);
      expect(count).toBeLessThan(80);
    }
  });

  test("is always the same for a seed and split, and different for others", () => {
    const rows = rowsOf(sampleOf(1_000, 1, 42, "train"), 1_000);
    expect(rows).toEqual([110, 132, 266, 633, 650, 658, 850, 868, 926, 950]);
    expect(rowsOf(sampleOf(1_000, 1, 43, "train"), 1_000)).not.toEqual(rows);
    expect(rowsOf(sampleOf(1_000, 1, 42, "test"), 1_000)).not.toEqual(rows);
  });

  test("of a larger percentage includes that of a smaller one; 100 % is everything", () => {
    const small = rowsOf(sampleOf(2_000, 3, 1, "train"), 2_000);
    const large = new Set(rowsOf(sampleOf(2_000, 10, 1, "train"), 2_000));
    expect(small.every((row) => large.has(row))).toBe(true);
    expect(rowsOf(sampleOf(2_000, 100, 1, "train"), 2_000)).toHaveLength(2_000);
    expect(rowsOf(sampleOf(10, 1, 1, "train"), 10)).toEqual([]);
  });
});
