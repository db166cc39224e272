import { editDistance, nearest } from "../../azureml/suggestion";

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "abc", 0],
  ["abc", "acb", 1],
  ["kitten", "sitting", 3],
  ["learningRate", "learingRate", 1],
])("editDistance(%s, %s) is %d", (left, right, distance) => {
  expect(editDistance(left, right)).toBe(distance);
  expect(editDistance(right, left)).toBe(distance);
});

test.each([
  ["learingRate", "learningRate"],
  ["learning_rate", "learningRate"],
  ["LEARNINGRATE", "learningRate"],
  ["numTrainEpoch", "numTrainEpochs"],
  ["zzz", undefined],
])("nearest of %s is %s", (typed, expected) => {
  expect(nearest(typed, ["learningRate", "numTrainEpochs", "seed"])).toBe(expected);
});
