import { setTimeout as pause } from "node:timers/promises";
import type { Finished, Sandbox } from "../../scripts/lib/sandbox";
import { armToken, call } from "./support";

interface Fault {
  id: number;
  struck: number;
}

/** Requests, faults and kills on a sandbox whose local cloud runs. */
export interface Interruption {
  /** Sends a request to ARM or to the local cloud's own routes. Returns the body, whatever the status. */
  send<T>(method: string, route: string, body?: unknown): Promise<T>;
  /** Lets one PUT that matches fail in the given way. */
  addFault(kind: string, path: string): Promise<Fault>;
  clearFaults(): Promise<void>;
  /**
   * An `up` that is killed once a fault has struck: the local cloud has carried out a creation and holds back the answer.
   */
  killedUp(): Promise<{ killed: boolean; done: Finished }>;
  /** Runs a stack operation that must end well. */
  succeed(...argv: string[]): Promise<Finished>;
}

export function interruptionOf(sandbox: () => Sandbox): Interruption {
  const send = async <T>(method: string, route: string, body?: unknown): Promise<T> => {
    const url = `https://127.0.0.1:${sandbox().env["AZUREML_LOCAL_PORT"]}${route}`;
    const token = await armToken(sandbox());
    const answer = await call(sandbox(), method, url, { token, ...(body === undefined ? {} : { body }) });
    return JSON.parse(answer.body || "{}") as T;
  };
  const strikes = async (): Promise<number> => {
    const { faults } = await send<{ faults: Fault[] }>("GET", "/local/faults");
    return faults.reduce((sum, fault) => sum + fault.struck, 0);
  };
  return {
    send,
    addFault: (kind, path) => send<Fault>("POST", "/local/faults", { kind, method: "PUT", path, times: 1 }),
    clearFaults: async () => void (await send("DELETE", "/local/faults")),
    killedUp: async () => {
      const before = await strikes();
      const run = sandbox().start("stack", "up");
      let hasEnded = false;
      void run.finished.then(() => (hasEnded = true));
      while (!hasEnded && (await strikes()) === before) await pause(100);
      if (!hasEnded) process.kill(-run.pid, "SIGKILL");
      return { killed: !hasEnded, done: await run.finished };
    },
    succeed: async (...argv) => {
      const done = await sandbox().run("stack", ...argv);
      expect(done.code === 0 ? "" : done.all).toBe("");
      return done;
    },
  };
}
