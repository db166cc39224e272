import { setTimeout as pause } from "node:timers/promises";
import type { Finished, Sandbox } from "../../scripts/lib/sandbox";
import { type Fault, type Operations, operationsOf } from "./operations";

/** Faults and kills on a sandbox whose local cloud runs. */
export interface Interruption extends Operations {
  /** Lets one PUT that matches fail in the given way. */
  failPut(kind: string, path: string): Promise<Fault>;
  /**
   * An `up` that is killed once a fault has struck: the local cloud has carried out a creation and holds back the answer.
   */
  killedUp(): Promise<{ killed: boolean; done: Finished }>;
}

export function interruptionOf(sandbox: () => Sandbox): Interruption {
  const operations = operationsOf(sandbox);
  const strikes = async (): Promise<number> => {
    const { faults } = await operations.send<{ faults: Fault[] }>("GET", "/local/faults");
    return faults.reduce((sum, fault) => sum + fault.struck, 0);
  };
  return {
    ...operations,
    failPut: (kind, path) => operations.addFault({ kind, method: "PUT", path, times: 1 }),
    killedUp: async () => {
      const before = await strikes();
      const run = sandbox().start("stack", "up");
      let hasEnded = false;
      void run.finished.then(() => (hasEnded = true));
      while (!hasEnded && (await strikes()) === before) await pause(100);
      if (!hasEnded) process.kill(-run.pid, "SIGKILL");
      return { killed: !hasEnded, done: await run.finished };
    },
  };
}
