import { adoptedWorkspace, createAdopted } from "./adopted";
import type { Harness } from "./harness";
import { billedIds } from "./invariants";
import { type FaultKind, faultKinds } from "./requests";

export const modes = ["create", "adopt"] as const;
export type Mode = (typeof modes)[number];

/** One case of the sweep: a fault at one request of the first `up` of a stack. */
export interface Case {
  mode: Mode;
  kind: FaultKind;
  /** Method, normalised path and ordinal: `PUT …/computes/gpu-cluster-{hash} #1`. */
  request: string;
}

export interface CaseResult {
  id: string;
  /** What brought the stack up: the first `up` itself, or another one. Undefined: neither, or the request was not sent. */
  outcome: "first" | "second" | undefined;
  /** The request was not among those of the first `up`. */
  missed: boolean;
  problems: string[];
  /** Of the runs, for a failed case. */
  output: string;
}

/** Names a case on the command line: `create/die-after/PUT …/computes/gpu-cluster-{hash} #1`. */
export const idOf = ({ mode, kind, request }: Case): string => `${mode}/${kind}/${request}`;

/** The case with this id. Throws for another text. */
export function caseOf(id: string): Case {
  const [, mode, kind, request = ""] = /^([^/]+)\/([^/]+)\/(.+ #\d+)$/.exec(id) ?? [];
  const known = { mode: modes.find((one) => one === mode), kind: faultKinds.find((one) => one === kind) };
  if (known.mode && known.kind) return { mode: known.mode, kind: known.kind, request };
  throw new Error(
    `"${id}" is no id of a case. Expected <mode>/<fault>/<method> <route> #<n>, with mode ${modes.join(" or ")} and fault ${faultKinds.join(", ")}.`,
  );
}

/** A new stack of a mode. Returns the ids of what bills without it. */
export async function resetTo(harness: Harness, mode: Mode): Promise<ReadonlySet<string>> {
  await harness.reset();
  if (mode === "create") return new Set();
  await createAdopted(harness.cloud);
  harness.edit("workspace", adoptedWorkspace);
  return new Set(billedIds(harness));
}
