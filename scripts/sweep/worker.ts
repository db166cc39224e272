import type { Case, CaseResult, Mode } from "./cases";
import { Harness } from "./harness";
import { Prover } from "./prove";

/** What the parent sends: find the requests of a mode, or prove cases of one mode, either deaths or faults that can strike together. */
export type Task =
  { kind: "requests"; mode: Mode } | { kind: "deaths" | "together"; mode: Mode; cases: Case[] };
export type Answer =
  | { kind: "requests"; requests: { name: string; route: string }[] }
  | { kind: "result"; result: CaseResult }
  | { kind: "alive" }
  | { kind: "done" }
  | { kind: "failed"; message: string };

/** A process with one harness. It runs one task after the other. */
function main(): void {
  const harness = new Harness();
  const provers = new Map<Mode, Prover>();
  const send = (answer: Answer): void => void process.send?.(answer);
  let requests = 0;
  harness.requests.onRequest = () => {
    if (++requests % 20 === 0) send({ kind: "alive" });
  };
  const run = async (task: Task): Promise<void> => {
    const prover = provers.get(task.mode) ?? new Prover(harness, task.mode);
    provers.set(task.mode, prover);
    try {
      if (task.kind === "requests") return send({ kind: "requests", requests: await prover.requests() });
      const onResult = (result: CaseResult): void => send({ kind: "result", result });
      if (task.kind === "deaths") await prover.deaths(task.cases, onResult);
      else await prover.together(task.cases, onResult);
      send({ kind: "done" });
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      send({ kind: "failed", message });
    }
  };
  process.on("message", (task: Task) => void run(task));
  process.on("disconnect", () => void harness.close().finally(() => process.exit(0)));
}

main();
