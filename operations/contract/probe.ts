import type { Azure } from "./azure";

/** What a probe's calls can cost. `free`: nothing; `cheap`: cents, no GPU; `gpu`: only with `--with-gpu`. */
export type Cost = "free" | "cheap" | "gpu";

/** A shared resource, created once per run by the first probe that needs it (`fixtures.ts`). */
export type Need =
  | "group"
  | "storage"
  | "vault"
  | "workspace"
  | "cluster"
  | "data"
  | "endpoint"
  | "job"
  | "tunedModel"
  | "deployment"
  | "secondDeployment"
  | "otherWorkspace"
  | "plainModel";

/** Calls that settle an assumption. */
export interface CallProbe {
  readonly cost: Cost;
  readonly needs: readonly Need[];
  /** The calls in words, for the plan and the documentation. */
  readonly calls: string;
  /** Sends the calls and compares with `azure.check` and `azure.refused`. */
  readonly run: (azure: Azure) => Promise<void>;
}

/** No call can settle it; `notByCalls` says why. */
export interface NoProbe {
  readonly notByCalls: string;
}

export type Probe = CallProbe | NoProbe;

export const isCallProbe = (probe: Probe): probe is CallProbe => "run" in probe;
