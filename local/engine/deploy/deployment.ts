import type { Operation, Step } from "../display/events";
import { EngineError, messageOf } from "../errors";
import { ProviderError } from "../plugin/providerErrors";
import type { ProgramHost } from "../plugin/program";
import type { PolicyPack } from "../policy/pack";
import type { ProviderRegistry } from "../plugin/registry";
import type { Backend } from "../state/backend";
import type { Journal } from "../state/journal";
import type { Crypter } from "../state/secrets";
import type { PendingKind, ResourceState } from "../state/state";
import type { Diff } from "../values/diff";
import { isDefaultProvider, makeUrn, parseUrn } from "../values/urn";
import type { Properties } from "../values/values";
import type { Goal } from "./goal";
import type { Targets } from "./targets";

export type RunStart = ProgramHost & {
  backend: Backend;
  continueOnError: boolean;
  providers: ProviderRegistry;
  /** The policy packs of the run. */
  packs: PolicyPack[];
  targets: Targets;
  replacements: Targets;
  /** Set by the second Ctrl-C: a step that fails from now on fails because the run ends, and stays pending. */
  isEnding: boolean;
};

export type Deployment = RunStart & {
  crypter: Crypter;
  journal: Journal;
  olds: Map<string, ResourceState>;
  registered: Map<string, ResourceState>;
  goals: Map<string, Goal>;
  /** Old URN → new URN of resources found by an alias, and the reverse. */
  aliased: Map<string, string>;
  aliasOf: Map<string, string>;
  /** Deleted in this run because something they depend on is deleted before it is replaced. */
  deletedFirst: Set<ResourceState>;
  replaced: Set<string>;
  /** Kept unchanged before their registration, because a resource that is not a target depends on them. */
  keptEarly: Set<ResourceState>;
  /** Failed or skipped. Resources that depend on them are skipped too. */
  unavailable: Set<string>;
  skippedNew: Set<string>;
  counts: Partial<Record<Operation, number>>;
  stackOutputs: Properties | undefined;
  sawError: boolean;
  serially: <T>(task: () => Promise<T>) => Promise<T>;
  /** Resolves when a slot is free, with the function that releases it. */
  slot: () => Promise<() => void>;
  inFlight: Set<Promise<unknown>>;
};

/** `run` itself becomes the deployment: its program may be running already. */
export function openDeployment(run: RunStart, crypter: Crypter, journal: Journal): Deployment {
  return Object.assign(run, {
    crypter,
    journal,
    olds: liveResources(journal),
    registered: new Map<string, ResourceState>(),
    goals: new Map<string, Goal>(),
    aliased: new Map<string, string>(),
    aliasOf: new Map<string, string>(),
    deletedFirst: new Set<ResourceState>(),
    replaced: new Set<string>(),
    keptEarly: new Set<ResourceState>(),
    unavailable: new Set<string>(),
    skippedNew: new Set<string>(),
    counts: {},
    stackOutputs: undefined,
    sawError: false,
    serially: serialQueue(),
    slot: slots(run.parallel),
    inFlight: new Set<Promise<unknown>>(),
  });
}

export function liveResources(journal: Journal): Map<string, ResourceState> {
  const live = journal.resources().filter((resource) => !resource.delete);
  return new Map(live.map((resource) => [resource.urn, resource]));
}

function serialQueue(): Deployment["serially"] {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task, task);
    last = result.catch(() => undefined);
    return result;
  };
}

function slots(limit: number): Deployment["slot"] {
  let free = limit;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return release;
  };
}

/** Thrown where a run or a registration stops early. The error has been reported already. */
export class Stopped extends Error {}

/** Nothing new starts after it; a run that continues on errors skips only what depends on the resource. */
export function fail(d: Deployment, error: unknown, urn?: string): Stopped {
  if (error instanceof Stopped) return error;
  const initFailure = error instanceof ProviderError ? error.initFailure : undefined;
  const message = initFailure
    ? `the resource exists, but did not become ready:\n${initFailure.reasons.map((reason) => `* ${reason}`).join("\n")}`
    : messageOf(error);
  const expected = error instanceof ProviderError || error instanceof EngineError;
  const detail =
    !expected && error instanceof Error && process.env.PULUMI_DEBUG ? `\n${error.stack ?? ""}` : "";
  d.emit({ kind: "diagnostic", severity: "error", message: message + detail, urn });
  d.sawError = true;
  if (urn) d.unavailable.add(urn);
  if (!urn || !d.continueOnError) d.stopping ??= "failed";
  return new Stopped(message);
}

export function urnOf(d: Deployment, type: string, name: string, parent: string | undefined): string {
  return makeUrn({ stack: d.stack, project: d.project.name, ...(parent ? { parent } : {}), type, name });
}

export function checkRunning(d: Deployment): void {
  if (d.stopping) throw new Stopped("the run is stopping");
}

export async function idle(d: Deployment): Promise<void> {
  while (d.inFlight.size > 0) await Promise.allSettled([...d.inFlight]);
}

export function describeStep(
  operation: Operation,
  urn: string,
  parts: { old?: ResourceState | undefined; next?: ResourceState | undefined; diff?: Diff | undefined } = {},
): Step {
  const { type, name } = parseUrn(urn);
  return { operation, urn, type, name, ...parts };
}

/** The two halves of a replacement count as one; bookkeeping steps do not count. */
const countedAs: Partial<Record<Operation, Operation | "nothing">> = {
  "create-replacement": "replace",
  "delete-replaced": "nothing",
  "remove-pending-replace": "nothing",
  refresh: "same",
};

/** Counts a finished step for the summary. Default providers are left out, as in Pulumi's summary. */
export function count(d: Deployment, operation: Operation, urn: string): void {
  const counted = countedAs[operation] ?? operation;
  const { type, name } = parseUrn(urn);
  if (counted === "nothing" || isDefaultProvider(type, name)) return;
  // As Pulumi, which counts the reads of resources that it has read before.
  if (counted === "read" && !d.olds.has(urn)) return;
  d.counts[counted] = (d.counts[counted] ?? 0) + 1;
}

export type Outcome<R> = { result: R } | { error: unknown };

type Work<R> = {
  /** Written to the state before the call, and removed together with what `record` records. */
  pending?: { resource: ResourceState; type: PendingKind } | undefined;
  call: () => Promise<R>;
  /** Applies the outcome (partial failures included) to the state. */
  record: (outcome: Outcome<R>) => void;
};

/**
 * Performs one step. The slot is released before the outcome is on disk, so that the next step's pending
 * operation goes into the same write. A failure is reported for the resource and thrown as Stopped.
 */
export async function perform<R>(d: Deployment, step: Step, work: Work<R>): Promise<void> {
  const run = performNow(d, step, work);
  d.inFlight.add(run);
  try {
    await run;
  } finally {
    d.inFlight.delete(run);
  }
}

async function performNow<R>(d: Deployment, step: Step, work: Work<R>): Promise<void> {
  const release = await d.slot();
  const durable = work.pending !== undefined && !d.dryRun;
  const started = performance.now();
  let outcome: Outcome<R>;
  try {
    checkRunning(d);
    d.emit({ kind: "step-started", step });
    const operation =
      durable && work.pending ? d.journal.begin(work.pending.resource, work.pending.type) : undefined;
    outcome = await attempt(async () => {
      if (operation) await d.journal.save();
      return work.call();
    });
    if (d.isEnding && "error" in outcome && !isPartial(outcome.error)) throw new Stopped("the run is ending");
    if (operation) d.journal.end(operation);
    work.record(outcome);
  } finally {
    release();
  }
  if (durable) {
    const saved = await attempt(() => d.journal.save());
    if ("error" in saved) outcome = "error" in outcome ? outcome : saved;
  }
  const seconds = (performance.now() - started) / 1000;
  if ("error" in outcome) {
    d.emit({ kind: "step-failed", step, seconds });
    throw fail(d, outcome.error, step.urn);
  }
  d.emit({ kind: "step-done", step, seconds });
  count(d, step.operation, step.urn);
}

/** Whether the resource exists although the step failed. */
function isPartial(error: unknown): boolean {
  return error instanceof ProviderError && error.initFailure !== undefined;
}

async function attempt<R>(call: () => Promise<R>): Promise<Outcome<R>> {
  try {
    return { result: await call() };
  } catch (error) {
    return { error };
  }
}
