import { evaluationLine, fromTrain, rowsLine } from "../../azureml/evaluation";

const splits = { trainSplit: "train", testSplit: "test", validationSplit: "test" };

test.each([
  [
    splits,
    undefined,
    "all rows of train train, all rows of test measure eval_loss (dataset.validationSplit: test)",
  ],
  [
    { ...splits, validationSplit: fromTrain },
    "steps",
    "the first 80 % of train train, the last 20 % of train measure eval_loss (dataset.validationSplit: fromTrain); test is read only by component versions with an evaluation step",
  ],
  [splits, "disable", "all rows of train train, nothing measures eval_loss (evaluation_strategy is disable)"],
])("says which rows of %j train and which judge with strategy %s", (given, strategy, line) => {
  expect(evaluationLine(given, strategy)).toBe(`Training data: ${line}.`);
});

test("says how many rows train and judge, once the numbers are known", () => {
  const rows = { train: 23, test: 7 };
  expect(rowsLine(splits, rows)).toBe("Rows: 23 train, 7 measure eval_loss.");
  expect(rowsLine({ ...splits, validationSplit: fromTrain }, rows)).toBe(
    "Rows: 18 train, 5 measure eval_loss.",
  );
  expect(rowsLine(splits, { train: 23 })).toBeUndefined();
});
