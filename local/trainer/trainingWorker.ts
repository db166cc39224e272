import { parentPort, workerData } from "node:worker_threads";
import type { FineTuneRequest, FineTuneResult, TrainerEvent } from "./contract";
import { runFineTuning } from "./training";
import { toWireError, type WireError } from "./workerErrors";

export type TrainingMessage =
  | { kind: "event"; event: TrainerEvent }
  | { kind: "result"; result: FineTuneResult }
  | { kind: "error"; error: WireError };

function send(message: TrainingMessage): void {
  parentPort!.postMessage(message);
}

runFineTuning(workerData as FineTuneRequest, (event) => send({ kind: "event", event })).then(
  (result) => send({ kind: "result", result }),
  (error: unknown) => send({ kind: "error", error: toWireError(error) }),
);
