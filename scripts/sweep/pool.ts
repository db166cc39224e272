import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Answer, Task } from "./worker";

/** A new generation that is large enough for one run: collecting it more often costs a tenth of the time. */
const nodeOptions = ["--max-semi-space-size=64"];

/** A process that sends no request for this long is replaced, and its cases are tried again. It judges no case. */
const limitMs = 10 * 60_000;

/**
 * Runs the tasks in several processes.
 * @param onAnswer receives everything that a task reports; its last answer is neither `result` nor `alive`.
 */
export async function runTasks<T extends Task>(
  tasks: readonly T[],
  workers: number,
  onAnswer: (task: T, answer: Answer) => void,
): Promise<void> {
  const left = [...tasks];
  const work = async (_: unknown, index: number): Promise<void> => {
    let worker = startWorker();
    // From both ends: what a worker has proved of a mode serves its next tasks.
    const next = (): T | undefined => (index % 2 === 0 ? left.shift() : left.pop());
    for (let task = next(); task; task = next()) {
      const current = task;
      const last = await ask(worker, current, (answer) => onAnswer(current, answer));
      // What a run has left behind must not disturb the next one.
      if (last.kind === "failed") {
        worker.kill("SIGKILL");
        worker = startWorker();
      }
    }
    worker.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(workers, tasks.length) }, work));
}

function startWorker(): ChildProcess {
  return fork(join(__dirname, "worker.js"), [], {
    execArgv: nodeOptions,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

function ask(worker: ChildProcess, task: Task, onAnswer: (answer: Answer) => void): Promise<Answer> {
  return new Promise((resolve) => {
    const settle = (answer: Answer): void => {
      onAnswer(answer);
      clearTimeout(timer);
      if (answer.kind === "result" || answer.kind === "alive") return void (timer = limit());
      worker.off("message", settle);
      worker.off("exit", exited);
      resolve(answer);
    };
    const failed = (message: string): void => settle({ kind: "failed", message });
    const exited = (code: number | null): void => failed(`the process ended with code ${code}`);
    const limit = (): NodeJS.Timeout => setTimeout(() => failed("it does not end"), limitMs);
    let timer = limit();
    worker.on("message", settle);
    worker.on("exit", exited);
    worker.send(task);
  });
}
