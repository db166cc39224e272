/** Microsoft's models of azure-mgmt-machinelearningservices (Python) as judges. Unlike Go's types they have rules. */
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import type { Question } from "./goSdk";
import { firstLine } from "./preparedOnce";

/** What the model makes of the document and the rules that it violates, or why it cannot read it. */
export type PythonVerdict = { json: unknown; violations: string[]; error?: undefined } | { error: string };

/** Lets each document be read, checked and written by its model (`Workspace`, `JobBase`, …). */
export function askPythonSdk(executable: string, questions: readonly Question[]): PythonVerdict[] {
  const done = spawnSync(executable, [path.join(__dirname, "python", "judge.py")], {
    input: JSON.stringify(questions),
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (done.status !== 0) throw new Error(`The judge failed: ${firstLine(done.stderr, done.error)}`);
  return JSON.parse(done.stdout) as PythonVerdict[];
}
