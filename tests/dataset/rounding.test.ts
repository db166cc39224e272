import { sliceRows } from "../../dataset/rounding";

describe("rows of [0%:p%]", () => {
  test.each([
    [207_865, 5, 10_393],
    [23_110, 5, 1_156],
    [256_032, 5, 12_802],
    [28_304, 5, 1_415],
    [207_865, 100, 207_865],
    [10, 5, 0],
    [30, 5, 2],
    [50, 5, 2],
    [70, 5, 4],
    [150, 1, 2],
    [250, 1, 2],
    [1, 50, 0],
    [3, 50, 2],
    [0, 5, 0],
    [12_000, 5, 600],
  ])("of %i rows, %i %% are %i, as the datasets library rounds", (rows, percent, expected) => {
    expect(sliceRows(rows, percent)).toBe(expected);
  });
});
