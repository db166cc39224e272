import { dataSlices, rowsOf } from "../../../../local/cloud/ml/jobs/dataSlices";

const train = Array.from({ length: 25 }, (_, index) => index);

/** The rows of each data set, all from one training file of 25 rows or whole files of their own. */
function rows(given: { validation: boolean; test: boolean }): Record<string, string> {
  const show = (part: number[]): string => `${part[0]}..${part.at(-1)}`;
  return Object.fromEntries(
    Object.entries(dataSlices(given)).map(([name, slice]) => [
      name,
      slice.input === "train_file_path" ? show(rowsOf(train, slice)) : slice.input,
    ]),
  );
}

describe("the component's own division of the data", () => {
  test.each([
    [
      { validation: false, test: false },
      { train: "0..19", validation: "20..21", test: "22..24" },
    ],
    [
      { validation: false, test: true },
      { train: "0..19", validation: "20..24", test: "test_file_path" },
    ],
    [
      { validation: true, test: false },
      { train: "0..19", validation: "validation_file_path", test: "20..24" },
    ],
    [
      { validation: true, test: true },
      { train: "0..24", validation: "validation_file_path", test: "test_file_path" },
    ],
  ])("with %j is %j", (given, expected) => {
    expect(rows(given)).toEqual(expected);
  });

  test("rounds a boundary to the nearest row, and a half to the even row", () => {
    const cut = (length: number, to: number): number =>
      rowsOf(Array.from({ length }), { input: "train_file_path", from: 0, to }).length;
    expect([cut(3, 80), cut(4, 80), cut(5, 90), cut(15, 90), cut(1, 80)]).toEqual([2, 3, 4, 14, 1]);
  });
});
