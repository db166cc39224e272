import * as fs from "node:fs";
import * as path from "node:path";
import { readChats } from "../../../trainer/chatData";

/** A mistake in the user's data or settings. Its message becomes the step's error unchanged. */
export class StepError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "StepError";
  }
}

/** Returns the number of rows. @throws TrainerError or StepError naming the first bad row */
export async function checkChatFile(file: string): Promise<number> {
  const rows = await readChats(file);
  const untrainable = rows.findIndex(({ messages }) => !messages.some(({ role }) => role === "assistant"));
  if (untrainable >= 0)
    throw new StepError(
      "UserError",
      `${path.basename(file)}, row ${untrainable + 1}: no turn has the role assistant, so there is nothing to train on.`,
    );
  return rows.length;
}

/** Moves every tenth row to a test file, for a job without one. Returns the number of rows of each. */
export function splitFile(
  file: string,
  trainFile: string,
  testFile: string,
): { train: number; test: number } {
  const rows = fs
    .readFileSync(file, "utf8")
    .split(/\r?\n/)
    .filter((row) => row.trim() !== "");
  const test = rows.filter((_, index) => index % 10 === 9);
  const train = rows.filter((_, index) => index % 10 !== 9);
  if (test.length === 0) test.push(...train.slice(-1));
  fs.writeFileSync(trainFile, `${train.join("\n")}\n`);
  fs.writeFileSync(testFile, `${test.join("\n")}\n`);
  return { train: train.length, test: test.length };
}
