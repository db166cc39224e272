import { Worker } from "node:worker_threads";
import type { FineTune, FineTuneResult } from "./contract";
import type { TrainingMessage } from "./trainingWorker";
import { fromWireError } from "./workerErrors";
import { workerScript } from "./workerScript";

/**
 * In a worker thread. Aborting ends it at once and rejects with the signal's reason; the output folder then
 * has no MLmodel file.
 */
export const fineTune: FineTune = (request, onEvent, signal) =>
  new Promise<FineTuneResult>((resolve, reject) => {
    signal.throwIfAborted();
    const worker = new Worker(workerScript("trainingWorker"), { workerData: request });
    let isSettled = false;
    const settle = (finish: () => void) => {
      if (!isSettled) {
        isSettled = true;
        signal.removeEventListener("abort", abort);
        // Settle only after the thread has ended: its memory is free then, and it can write nothing more.
        void worker.terminate().then(finish, finish);
      }
    };
    const abort = () => settle(() => reject(signal.reason));
    signal.addEventListener("abort", abort, { once: true });
    worker.on("message", (message: TrainingMessage) => {
      if (isSettled) {
        return;
      }
      switch (message.kind) {
        case "event":
          return onEvent(message.event);
        case "result":
          return settle(() => resolve(message.result));
        case "error":
          return settle(() => reject(fromWireError(message.error)));
      }
    });
    worker.on("error", (error) => settle(() => reject(error)));
    worker.on("exit", (code) =>
      settle(() =>
        reject(new Error(`The training thread ended with code ${code} before training was finished.`)),
      ),
    );
  });
