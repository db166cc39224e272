import * as fs from "node:fs";
import { checkChatFile, StepError } from "./chatRows";
import { dataSlices, describeSlice, rowsOf } from "./dataSlices";
import { dataFiles, downloadInput, type StepContext } from "./stepContext";

/**
 * `chat_completion_datapreprocess`: checks the training and validation data and divides the rows as the component does.
 * The test data are passed on unchecked (`skip_test_data_processing`, default true).
 */
export async function preprocess(step: StepContext): Promise<void> {
  const files = {
    train_file_path: await downloadInput(step, "train_file_path"),
    validation_file_path: await downloadInput(step, "validation_file_path"),
    test_file_path: await downloadInput(step, "test_file_path"),
  };
  if (!files.train_file_path) throw new StepError("UserError", "The input train_file_path is missing.");
  for (const input of ["train_file_path", "validation_file_path"] as const) {
    const file = files[input];
    if (file) step.log(`${input}: ${await checkChatFile(file)} conversations`);
  }
  const slices = dataSlices({
    validation: files.validation_file_path !== undefined,
    test: files.test_file_path !== undefined,
  });
  const target = dataFiles(step.folder);
  for (const part of ["train", "validation", "test"] as const) {
    const slice = slices[part];
    const rows = rowsOf(linesOf(files[slice.input] ?? ""), slice);
    step.log(`${part}: ${rows.length} conversations, ${describeSlice(slice)}`);
    // Azure's component ends with a user error for an empty slice when it counts the tokens.
    if (rows.length === 0 && part !== "test")
      throw new StepError(
        "UserError",
        `The ${part} data set is empty: ${describeSlice(slice)} contain no row. Give more rows, or a file of their own.`,
      );
    fs.writeFileSync(target[part], rows.map((row) => `${row}\n`).join(""));
  }
}

function linesOf(file: string): string[] {
  return fs
    .readFileSync(file, "utf8")
    .split(/\r?\n/)
    .filter((row) => row.trim() !== "");
}
