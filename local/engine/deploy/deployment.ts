import type { Config } from "../project/config";
import { EngineError, messageOf } from "../errors";
import type { Emit, Operation, Step } from "../display/events";
import type { Goal } from "./goal";
import type { Journal } from "../state/journal";
import type { Project } from "../project/project";
import type { ProviderRegistry } from "../plugin/providers";
import { ProviderError } from "../plugin/providerErrors";
import type { PendingKind, ResourceState } from "../state/state";
import { parseUrn, isProviderType } from "../values/urn";
import type { Diff } from "../values/diff";
import type { Backend } from "../state/backend";
import type { Crypter } from "../state/secrets";
import type { Properties } from "../values/values";

/** One run of preview, up, refresh or destroy: everything its parts share. */
export type Deployment = {
  project: Project;
  stack: string;
  backend: Backend;
  crypter: Crypter;
  config: Config;
  dryRun: boolean;
  parallel: number;
  emit: Emit;
  journal: Journal;
  providers: ProviderRegistry;
  /** Live resources of the state the run started from, by URN. */
  olds: Map<string, ResourceState>;
  /** What the program registered in this run, by URN. */
  registered: Map<string, ResourceState>;
  goals: Map<string, Goal>;
  /** Old URN → new URN, of resources found by an alias; and the reverse. */
  aliased: Map<string, string>;
  aliasOf: Map<string, string>;
  /** Deleted in this run because something they lean on is deleted before it is replaced. */
  deletedFirst: Set<ResourceState>;
  replaced: Set<string>;
  counts: Partial<Record<Operation, number>>;
  stackOutputs: Properties | undefined;
  /** Set when a step failed or the user asked to stop: nothing new is started. */
  stopping: "failed" | "canceled" | undefined;
  /** A preview met an error, but went on to show the rest. */
  sawError: boolean;
  serially: <T>(task: () => Promise<T>) => Promise<T>;
  limited: <T>(task: () => Promise<T>) => Promise<T>;
  inFlight: Set<Promise<unknown>>;
};

/** Thrown where a run stops early; what went wrong has been reported already. */
export class Stopped extends Error {}

/** Reports an error on a resource (or on the stack) and lets nothing new start. */
export function fail(d: Deployment, error: unknown, urn?: string): Stopped {
  if (error instanceof Stopped) return error;
  const initFailure = error instanceof ProviderError ? error.initFailure : undefined;
  const message = initFailure
    ? `the resource exists, but did not come up:\n${initFailure.reasons.map((reason) => `* ${reason}`).join("\n")}`
    : messageOf(error);
  const expected = error instanceof ProviderError || error instanceof EngineError;
  const detail =
    !expected && error instanceof Error && process.env.PULUMI_DEBUG ? `\n${error.stack ?? ""}` : "";
  d.emit({ kind: "diagnostic", severity: "error", message: message + detail, urn });
  d.stopping ??= "failed";
  return new Stopped(message);
}

export function checkRunning(d: Deployment): void {
  if (d.stopping) throw new Stopped("the run is stopping");
}

export function describeStep(
  operation: Operation,
  urn: string,
  parts: { old?: ResourceState | undefined; next?: ResourceState | undefined; diff?: Diff | undefined } = {},
): Step {
  const { type, name } = parseUrn(urn);
  return { operation, urn, type, name, ...parts };
}

/** Halves of a replacement, which is counted as one. */
const halves = new Set<Operation>(["create-replacement", "delete-replaced", "remove-pending-replace"]);

/** Counts a finished step for the summary; default providers are nobody's business. */
export function count(d: Deployment, operation: Operation, urn: string): void {
  if (halves.has(operation)) return;
  const { type, name } = parseUrn(urn);
  if (isProviderType(type) && /^default(_|$)/.test(name)) return;
  d.counts[operation] = (d.counts[operation] ?? 0) + 1;
}

/**
 * Performs one step: waits for a free slot, tells the displays, counts it. A failure is reported on the resource,
 * stops the run and comes back as Stopped; other steps under way are left to finish.
 */
export async function perform<T>(d: Deployment, step: Step, action: () => Promise<T>): Promise<T> {
  const run = d.limited(async () => {
    checkRunning(d);
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1000;
    d.emit({ kind: "step-started", step });
    try {
      const result = await action();
      d.emit({ kind: "step-done", step, seconds: seconds() });
      return result;
    } catch (error) {
      d.emit({ kind: "step-failed", step, seconds: seconds() });
      throw fail(d, error, step.urn);
    }
  });
  d.inFlight.add(run);
  try {
    return await run;
  } finally {
    d.inFlight.delete(run);
  }
}

/**
 * Makes one provider call that changes something: a pending operation is on disk before it, and it is gone together with
 * what `record` records of the outcome (partial failures included) in one and the same write after it.
 */
export async function changing<T>(
  d: Deployment,
  resource: ResourceState,
  type: PendingKind,
  call: () => Promise<T>,
  record: (outcome: { result: T } | { error: unknown }) => void,
): Promise<T> {
  if (d.dryRun) {
    const result = await call();
    record({ result });
    return result;
  }
  const operation = d.journal.begin(resource, type);
  await d.journal.save();
  let outcome: { result: T } | { error: unknown };
  try {
    outcome = { result: await call() };
  } catch (error) {
    outcome = { error };
  }
  d.journal.end(operation);
  record(outcome);
  await d.journal.save();
  if ("error" in outcome) throw outcome.error;
  return outcome.result;
}
