import { createHash } from "node:crypto";
import type { Cloud } from "./cloud";

/** The fields of a state file the checks look at, read without the engine. */
export type StateResource = {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  delete?: boolean;
  external?: boolean;
  protect?: boolean;
  retainOnDelete?: boolean;
  pendingReplacement?: boolean;
  deletedWith?: string;
  provider?: string;
  parent?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
  initErrors?: string[];
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  created?: string;
  modified?: string;
};
export type State = { resources: StateResource[]; pending: { resource: StateResource; type: string }[] };

export const isProvider = (resource: StateResource): boolean => resource.type.startsWith("pulumi:providers:");

/** Parses a state file. A missing file is an empty state. */
export function readState(text: string | undefined): State {
  if (text === undefined) return { resources: [], pending: [] };
  const { latest } = (
    JSON.parse(text) as {
      checkpoint: { latest: { resources?: StateResource[]; pending_operations?: State["pending"] } };
    }
  ).checkpoint;
  return { resources: latest.resources ?? [], pending: latest.pending_operations ?? [] };
}

/**
 * Violations of Pulumi's rules in a state file. The rules are implemented from their description and not
 * shared with the engine: magic, URNs and types, components without ids, all references point to earlier
 * resources, no duplicate URN.
 */
export function soundnessProblems(text: string): string[] {
  const problems: string[] = [];
  const file = JSON.parse(text) as {
    version: number;
    checkpoint: { latest: { manifest: { magic: string; version: string } } };
  };
  const { manifest } = file.checkpoint.latest;
  if (file.version !== 3) problems.push(`version ${file.version}`);
  if (manifest.magic !== createHash("sha256").update(manifest.version).digest("hex"))
    problems.push("wrong magic");
  const { resources, pending } = readState(text);
  const seen: StateResource[] = [];
  for (const one of resources) {
    const report = (what: string): number => problems.push(`${one.urn}: ${what}`);
    const parts = one.urn.split("::");
    if (!one.urn.startsWith("urn:pulumi:") || parts.length < 4) report("no URN");
    if ((parts[2] ?? "").split("$").at(-1) !== one.type) report(`type ${one.type} differs from the URN's`);
    if (!one.custom && one.id) report("a component with an id");
    if (one.custom && !one.id) report("a custom resource without an id");
    const mentions = [
      one.parent,
      one.deletedWith,
      ...(one.dependencies ?? []),
      ...Object.values(one.propertyDependencies ?? {}).flat(),
    ].filter((urn) => urn !== undefined);
    for (const urn of mentions) {
      if (!seen.some((other) => other.urn === urn)) report(`refers to ${urn}, which does not come before it`);
    }
    if (one.provider && !seen.some((other) => `${other.urn}::${other.id}` === one.provider))
      report(`its provider ${one.provider} does not come before it`);
    if (one.custom && !isProvider(one) && !one.provider) report("has no provider");
    if (!one.delete && seen.some((other) => other.urn === one.urn && !other.delete)) report("appears twice");
    seen.push(one);
  }
  for (const { resource, type } of pending) {
    if (!["creating", "updating", "deleting", "reading", "importing"].includes(type))
      problems.push(`pending ${type}`);
    if (type !== "creating" && !resources.some((one) => one.id === resource.id))
      problems.push(`pending ${type} of ${resource.urn}, which is not in the state`);
  }
  return problems;
}

/** Facts about things beyond one snapshot of state and cloud. */
export type Ledger = {
  /** The last entry that any state file on disk had for an id. */
  last: Map<string, StateResource>;
  /** Things that need no record: their creation was interrupted, and their resource was created again. */
  excused: Set<string>;
};

/**
 * Things in the cloud that the state on disk does not account for. A thing is accounted for by its id in the
 * state. Until the engine knows the id, a pending creation of its URN accounts for it, which lasts until the
 * resource is created again. Retained things, and things deleted with their host, are not expected in the
 * state.
 */
export function missedThings(state: State, cloud: Cloud, ledger: Ledger): string[] {
  const byId = new Map(state.resources.map((one) => [one.id ?? "", one]));
  for (const [id, one] of byId) ledger.last.set(id, one);
  const missed: string[] = [];
  for (const thing of Object.values(cloud.things)) {
    if (byId.has(thing.id) || thing.forgotten || ledger.excused.has(thing.id)) continue;
    const before = ledger.last.get(thing.id);
    if (before?.retainOnDelete || before?.deletedWith) continue;
    if (state.pending.some(({ resource, type }) => type === "creating" && resource.urn === thing.urn))
      continue;
    const recreated = state.resources.some((one) => one.urn === thing.urn && !one.delete);
    if (!thing.answered && recreated) ledger.excused.add(thing.id);
    else missed.push(`${thing.id} (${thing.urn})${thing.answered ? "" : ", whose creation was interrupted"}`);
  }
  return missed;
}

/**
 * Entries of the state whose thing never existed, or no longer exists although the engine knew the outcome.
 * An entry that is pending deletion may have been deleted with its host. If the host's successor has another
 * URN by an alias, the entry names that one (as in Pulumi's own states). The engine deletes the missing thing
 * again, which is not an error.
 */
export function phantoms(state: State, cloud: Cloud): string[] {
  return state.resources.flatMap((one) => {
    if (!one.custom || isProvider(one) || one.pendingReplacement) return [];
    const id = one.id ?? "";
    if (!cloud.ever.includes(id)) return [`${one.urn}: ${id} never existed`];
    const deleting = state.pending.some(({ resource, type }) => type === "deleting" && resource.id === id);
    if (cloud.things[id] || cloud.unsure.includes(id) || deleting) return [];
    if (one.delete && one.deletedWith) return [];
    return [`${one.urn}: ${id} no longer exists`];
  });
}
