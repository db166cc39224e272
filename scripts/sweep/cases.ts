import { adoptedWorkspace, createAdopted } from "./adopted";
import type { Harness, RunReport } from "./harness";
import { billedIds, problemsInOutput, problemsWhenDestroyed, problemsWhenUp } from "./invariants";
import { type FaultAt, type FaultKind, faultKinds, requestOf, type Sent } from "./requests";

export const modes = ["create", "adopt"] as const;
export type Mode = (typeof modes)[number];

/** One case of the sweep: a fault at one request of the first `up` of a stack. */
export interface Case {
  mode: Mode;
  kind: FaultKind;
  /** `PUT …/computes/{compute} #1` */
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

/** Names a case on the command line: `create/die-after/PUT …/computes/{compute} #1`. */
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

const faultOf = ({ kind, request }: Case): FaultAt => ({ kind, ...requestOf(request) });

/** A new stack of a mode. Returns the ids of what bills without it. */
export async function resetTo(harness: Harness, mode: Mode): Promise<ReadonlySet<string>> {
  await harness.reset();
  if (mode === "create") return new Set();
  await createAdopted(harness.cloud);
  harness.edit("workspace", adoptedWorkspace);
  return new Set(billedIds(harness));
}

/** The requests of an undisturbed `up`. Throws if it fails. */
export async function requestsOf(harness: Harness, mode: Mode): Promise<Sent[]> {
  await resetTo(harness, mode);
  const up = await harness.up();
  if (up.exitCode !== 0) throw new Error(`the undisturbed \`up\` failed:\n${up.output}`);
  return up.requests;
}

/** Runs one case from an empty stack to its end. */
export async function runCase(harness: Harness, given: Case): Promise<CaseResult> {
  const before = await resetTo(harness, given.mode);
  const runs: RunReport[] = [];
  const result: CaseResult = { id: idOf(given), outcome: undefined, missed: false, problems: [], output: "" };
  const { problems } = result;
  const add = (run: RunReport): RunReport => {
    runs.push(run);
    problems.push(...problemsInOutput(harness, run));
    return run;
  };
  const succeed = (run: RunReport): boolean => {
    add(run);
    if (run.exitCode === 0) return true;
    problems.push(`${run.operation} ${run.killed ? "waits for ever" : `ends with ${run.exitCode}`}`);
    return false;
  };
  const first = add(await harness.up({ faults: [faultOf(given)] }));
  result.missed = first.struck.length === 0;
  const isUp = first.exitCode === 0 || (!result.missed && succeed(await harness.up()));
  if (isUp) {
    result.outcome = first.exitCode === 0 ? "first" : "second";
    problems.push(...problemsWhenUp(harness));
    succeed(await harness.preview({ expectNoChanges: true }));
  }
  if (succeed(await harness.destroy())) problems.push(...problemsWhenDestroyed(harness, before));
  if (problems.length > 0)
    result.output = runs.map(({ operation, output }) => `--- ${operation}\n${output}`).join("");
  return result;
}
