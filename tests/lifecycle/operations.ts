import type { Finished, Sandbox } from "../../scripts/lib/sandbox";
import { expectFailure, expectSuccess } from "../expectExit";
import { armToken, call, get } from "./support";

/** What a lifecycle test does with the stack and the local cloud of its sandbox. The cloud must run, except for `succeed` and `fail`. */
export interface Operations {
  /** Runs a stack operation that must end well. */
  succeed(...argv: string[]): Promise<Finished>;
  /** Runs a stack operation that must fail. */
  fail(...argv: string[]): Promise<Finished>;
  /** Sends a request to ARM or to the local cloud's own routes. Returns the body, whatever the status. */
  send<T>(method: string, route: string, body?: unknown): Promise<T>;
  /** Adds a fault and returns it. Throws if the local cloud refuses it. */
  addFault(fault: Record<string, unknown>): Promise<Fault>;
  clearFaults(): Promise<void>;
  /** Number of jobs in the workspaces of the local cloud. */
  jobs(): Promise<number>;
}

export interface Fault {
  id: number;
  struck: number;
}

export function operationsOf(sandbox: () => Sandbox): Operations {
  const run = async (argv: string[], mustFail: boolean): Promise<Finished> => {
    const done = await sandbox().run("stack", ...argv);
    (mustFail ? expectFailure : expectSuccess)(done);
    return done;
  };
  const send = async <T>(method: string, route: string, body?: unknown): Promise<T> => {
    const url = `https://127.0.0.1:${sandbox().env["AZUREML_LOCAL_PORT"]}${route}`;
    const token = await armToken(sandbox());
    const answer = await call(sandbox(), method, url, { token, ...(body === undefined ? {} : { body }) });
    return JSON.parse(answer.body || "{}") as T;
  };
  return {
    succeed: (...argv) => run(argv, false),
    fail: (...argv) => run(argv, true),
    send,
    addFault: async (fault) => {
      const added = await send<Fault>("POST", "/local/faults", fault);
      expect(added).toHaveProperty("id");
      return added;
    },
    clearFaults: async () => void (await send("DELETE", "/local/faults")),
    jobs: async () => {
      const { resources } = await get<{ resources: Record<string, number> }>(sandbox(), "/local/status");
      return resources["Microsoft.MachineLearningServices/workspaces/jobs"] ?? 0;
    },
  };
}
