import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Answer, Task } from "./worker";

/** A new generation that is large enough for one run: collecting it more often costs a tenth of the time. */
const nodeOptions = ["--max-semi-space-size=64"];

/** A task that reports nothing for longer than this does not end. A run takes seconds. */
const limitMs = 10 * 60_000;

/**
 * Runs the tasks in several processes, in order.
 * @param onAnswer receives everything that a task reports; its last answer is not a `result`.
 */
export async function runTasks<T extends Task>(
  tasks: readonly T[],
  workers: number,
  onAnswer: (task: T, answer: Answer) => void,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    let worker = startWorker();
    for (let task = tasks[next++]; task; task = tasks[next++]) {
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
      if (answer.kind === "result") return void (timer = limit());
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
