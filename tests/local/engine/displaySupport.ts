import type { EngineEvent, Operation, Step } from "../../../local/engine/display/events";
import type { ResourceState } from "../../../local/engine/state/state";
import { compareInputs, type Diff } from "../../../local/engine/values/diff";
import type { Properties } from "../../../local/engine/values/values";

export const stackUrn = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
export const thing = (name: string): string =>
  `urn:pulumi:dev::shop::pulumi-nodejs:dynamic/toy:Thing::${name}`;
export const group = (name: string): string => `urn:pulumi:dev::shop::toy:index:Group::${name}`;

type Parts = { urn?: string; old?: Properties; next?: Properties; parent?: string; diff?: Partial<Diff> };

/** A step on the thing with this name. If both old and new inputs are given, their difference is its diff. */
export function step(operation: Operation, name: string, parts: Parts = {}): Step {
  const urn = parts.urn ?? thing(name);
  const type = urn.split("::")[2] ?? "";
  const state = (inputs: Properties | undefined): ResourceState | undefined =>
    inputs && { urn, type, custom: !type.includes("Group"), inputs, parent: parts.parent ?? stackUrn };
  const compared = parts.old && parts.next ? compareInputs(parts.old, parts.next) : undefined;
  const diff = compared || parts.diff ? ({ ...compared, ...parts.diff } as Diff) : undefined;
  const needsNext = !operation.startsWith("delete");
  return {
    operation,
    urn,
    type,
    name,
    old: state(parts.old ?? (needsNext ? undefined : {})),
    next: state(parts.next ?? (needsNext ? {} : undefined)),
    diff,
  };
}

export const started = (operation: string, dryRun = operation === "preview"): EngineEvent => ({
  kind: "started",
  operation,
  stack: "dev",
  dryRun,
});
export const begins = (step: Step): EngineEvent => ({ kind: "step-started", step });
export const done = (step: Step, seconds = 0.5): EngineEvent => ({ kind: "step-done", step, seconds });
export const fails = (step: Step, seconds = 0.5): EngineEvent => ({ kind: "step-failed", step, seconds });
export const reports = (
  severity: "info" | "warning" | "error",
  message: string,
  urn?: string,
): EngineEvent => ({
  kind: "diagnostic",
  severity,
  message,
  urn,
});
export const prints = (line: string): EngineEvent => ({
  kind: "output",
  line,
  from: "provider",
  error: false,
});
export const exported = (before: Properties, after: Properties): EngineEvent => ({
  kind: "outputs",
  before,
  after,
});
export const summary = (
  counts: Record<string, number>,
  result: "succeeded" | "failed" | "canceled" = "succeeded",
  dryRun = false,
): EngineEvent => ({ kind: "summary", counts, seconds: 65, result, dryRun });
