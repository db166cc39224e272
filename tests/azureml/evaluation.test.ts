import { evaluationLine, fromTrain, lossData, missingEvaluation, rowsLine } from "../../azureml/evaluation";

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

test("names the data that eval_loss is measured on", () => {
  expect(lossData(splits)).toBe("all rows of test");
  expect(lossData({ ...splits, validationSplit: fromTrain })).toBe("the last 20 % of train");
});

test.each<[Record<string, string>, number | undefined, string | undefined]>([
  [{}, undefined, undefined],
  [{ evaluation_strategy: "disable" }, undefined, "evaluation_strategy is disable"],
  [{ evaluation_strategy: "steps" }, undefined, undefined],
  [{ evaluation_strategy: "steps", max_steps: "499" }, undefined, "the training has 499"],
  [
    { evaluation_strategy: "steps", max_steps: "499", evaluation_steps_interval: "0.5" },
    undefined,
    undefined,
  ],
  [{ evaluation_strategy: "steps", eval_steps: "5", num_train_epochs: "2" }, 9, undefined],
  [
    { evaluation_strategy: "steps", eval_steps: "5", per_device_train_batch_size: "2" },
    16,
    "the training has 4",
  ],
])("says whether a training with %j on %p rows measures eval_loss", (parameters, trainRows, reason) => {
  const found = missingEvaluation({ parameters, devices: 2, trainRows });
  if (reason === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(reason);
});
