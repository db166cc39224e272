import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline";
import { isObject } from "../../arm/body";

/**
 * A mistake in the user's data or settings that ends a step. Its message becomes the step's error unchanged.
 */
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

const ROLES = ["system", "user", "assistant"];

/** Why a row is not a chat conversation, or undefined if it is one. */
export function rowProblem(row: unknown): string | undefined {
  if (!isObject(row)) return "is not a JSON object";
  const messages = row["messages"];
  if (messages === undefined) return `has no "messages" (seen: ${Object.keys(row).join(", ") || "nothing"})`;
  if (!Array.isArray(messages) || messages.length === 0) return '"messages" is not a list of turns';
  for (const [index, message] of (messages as unknown[]).entries()) {
    const name = `messages[${index}]`;
    if (!isObject(message)) return `${name} is not an object with role and content`;
    if (typeof message["role"] !== "string" || !ROLES.includes(message["role"])) {
      return `${name}.role is ${JSON.stringify(message["role"])}, allowed: ${ROLES.join(", ")}`;
    }
    if (typeof message["content"] !== "string") {
      return `${name}.content is ${JSON.stringify(message["content"])}, must be text`;
    }
  }
  const answered = (messages as Array<{ role: string }>).some((message) => message.role === "assistant");
  return answered ? undefined : "no turn has the role assistant: there is nothing to train on";
}

/**
 * Validates a JSONL file of conversations row by row.
 * @returns the number of rows
 * @throws StepError naming the file, the line and the problem of the first bad row, or saying that the file
 * has no rows
 */
export async function checkChatFile(file: string, label: string, signal: AbortSignal): Promise<number> {
  const stream = fs.createReadStream(file, "utf8");
  let line = 0;
  let rows = 0;
  try {
    for await (const text of readline.createInterface({ input: stream, crlfDelay: Infinity })) {
      line++;
      if (line % 1000 === 0) signal.throwIfAborted();
      if (text.trim() === "") continue;
      const problem = lineProblem(text);
      if (problem)
        throw new StepError("UserError", `${label} (${path.basename(file)}), line ${line}: ${problem}.`);
      rows++;
    }
  } finally {
    stream.destroy();
  }
  if (rows === 0) throw new StepError("UserError", `${label} (${path.basename(file)}) has no rows.`);
  return rows;
}

function lineProblem(text: string): string | undefined {
  try {
    return rowProblem(JSON.parse(text));
  } catch (error) {
    return `is not JSON (${error instanceof Error ? error.message : String(error)})`;
  }
}

/**
 * Moves every tenth row of a file to a test file, for a job without one. Returns the number of rows of each.
 */
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
