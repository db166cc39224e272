import { type Case, type CaseResult, type Mode, requestsOf, runCase } from "./cases";
import { Harness } from "./harness";
import type { Sent } from "./requests";

/** What the parent sends: find the requests of a mode, or run one case. */
export type Task = { kind: "requests"; mode: Mode } | { kind: "case"; case: Case };
export type Answer =
  | { kind: "requests"; requests: Sent[] }
  | { kind: "case"; result: CaseResult }
  | { kind: "failed"; message: string };

/** A process with one harness. It runs one task after the other. */
function main(): void {
  const harness = new Harness();
  const run = async (task: Task): Promise<Answer> => {
    try {
      return task.kind === "requests"
        ? { kind: "requests", requests: await requestsOf(harness, task.mode) }
        : { kind: "case", result: await runCase(harness, task.case) };
    } catch (error) {
      return {
        kind: "failed",
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
    }
  };
  process.on("message", (task: Task) => void run(task).then((answer) => process.send?.(answer)));
  process.on("disconnect", () => void harness.close().finally(() => process.exit(0)));
}

main();
