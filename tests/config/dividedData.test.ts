import { config, problems } from "./support";

const files = { all: "data/all.jsonl" };
const named = { name: "mine/chats", files };

test("the parts of divided data are the splits, unless the configuration names others", () => {
  expect(
    config({ dataset: { ...named, split: { train: 90, validation: 5, test: 5 } } }).dataset,
  ).toMatchObject({
    split: { train: 90, validation: 5, test: 5, seed: 42 },
    trainSplit: "train",
    testSplit: "test",
    validationSplit: "validation",
    heldOutSplit: "test",
  });
  expect(config({ dataset: { ...named, split: { train: 90, test: 10 } } }).dataset.validationSplit).toBe(
    "test",
  );
  expect(
    config({ dataset: { ...named, split: { train: 90, test: 10 }, heldOutSplit: "train" } }).dataset,
  ).toMatchObject({
    heldOutSplit: "train",
  });
});

test("percentages that do not add up to 100 and unknown checks are refused with what is allowed", () => {
  const [sum] = problems({ dataset: { ...named, split: { train: 90, test: 5 } } });
  expect(sum).toContain("dataset.split");
  expect(sum).toContain("add up to 100");
  const [check] = problems({ dataset: { checks: { overlap: "stop" } } });
  expect(check).toContain("dataset.checks");
  expect(check).toContain("fail, warn, off");
  expect(config({ dataset: { checks: "off" } }).dataset.checks).toBe("off");
});
