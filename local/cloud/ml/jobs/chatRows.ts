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
