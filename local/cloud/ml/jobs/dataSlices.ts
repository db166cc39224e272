/** A part of a file's rows, in percent from the beginning. */
interface Slice {
  /** The input whose file contains the rows. */
  input: "train_file_path" | "validation_file_path" | "test_file_path";
  from: number;
  to: number;
}

/** The rows of each data set of the training. */
export interface DataSlices {
  train: Slice;
  validation: Slice;
  test: Slice;
}

/**
 * How the component divides the data among training, validation and test. The same for every version carried here.
 * Source: Azure/azureml-assets, assets/training/finetune_acft_hf_nlp/src/preprocess/preprocess.py, `pre_process`.
 */
export function dataSlices(given: { validation: boolean; test: boolean }): DataSlices {
  const ofTrain = (from: number, to: number): Slice => ({ input: "train_file_path", from, to });
  const whole = (input: Slice["input"]): Slice => ({ input, from: 0, to: 100 });
  const { validation, test } = given;
  if (!validation && !test)
    return { train: ofTrain(0, 80), validation: ofTrain(80, 90), test: ofTrain(90, 100) };
  if (!validation)
    return { train: ofTrain(0, 80), validation: ofTrain(80, 100), test: whole("test_file_path") };
  if (!test)
    return { train: ofTrain(0, 80), validation: whole("validation_file_path"), test: ofTrain(80, 100) };
  return {
    train: whole("train_file_path"),
    validation: whole("validation_file_path"),
    test: whole("test_file_path"),
  };
}

/** The slice's rows. A boundary is rounded to the nearest row, a half to the even one (PyPI datasets 2.21.0, arrow_reader.py). */
export function rowsOf<Row>(rows: readonly Row[], { from, to }: Slice): Row[] {
  const boundary = (percent: number): number => roundHalfToEven((percent * rows.length) / 100);
  return rows.slice(boundary(from), boundary(to));
}

/** As Python's `round`. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

export function describeSlice({ input, from, to }: Slice): string {
  return from === 0 && to === 100 ? `all rows of ${input}` : `rows from ${from} % to ${to} % of ${input}`;
}
