import type { ParsedSections } from "./parsedSections";

type Dataset = NonNullable<ParsedSections["dataset"]>;
type SplitNames = Pick<Dataset, "trainSplit" | "testSplit" | "heldOutSplit" | "validationSplit">;

/**
 * The names of the splits if `dataset.split` divides the data; otherwise nothing. The defaults are names of the notebook's data set: the
 * parts take their place.
 */
export function namesOfParts(dataset: Dataset): SplitNames | undefined {
  const { split, trainSplit, testSplit, heldOutSplit, validationSplit } = dataset;
  if (!split) return undefined;
  return {
    trainSplit: trainSplit === "train_sft" ? "train" : trainSplit,
    testSplit: testSplit === "test_sft" ? "test" : testSplit,
    heldOutSplit: heldOutSplit === "test_gen" ? "test" : heldOutSplit,
    validationSplit: validationSplit ?? (split.validation > 0 ? "validation" : undefined),
  };
}
