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

/** Takes a state file apart. An absent one is empty. */
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
 * What is wrong with a state file by Pulumi's rules, written down once more from their description and not from the
 * engine: magic, URNs and types, components without ids, everything a resource mentions comes before it, no URN twice.
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
    const complain = (what: string): number => problems.push(`${one.urn}: ${what}`);
    const parts = one.urn.split("::");
    if (!one.urn.startsWith("urn:pulumi:") || parts.length < 4) complain("no URN");
    if ((parts[2] ?? "").split("$").at(-1) !== one.type) complain(`type ${one.type} is not the URN's`);
    if (!one.custom && one.id) complain("a component with an id");
    if (one.custom && !one.id) complain("a custom resource without an id");
    const mentions = [
      one.parent,
      one.deletedWith,
      ...(one.dependencies ?? []),
      ...Object.values(one.propertyDependencies ?? {}).flat(),
    ].filter((urn) => urn !== undefined);
    for (const urn of mentions) {
      if (!seen.some((other) => other.urn === urn)) complain(`mentions ${urn}, which is not before it`);
    }
    if (one.provider && !seen.some((other) => `${other.urn}::${other.id}` === one.provider))
      complain(`its provider ${one.provider} is not before it`);
    if (one.custom && !isProvider(one) && !one.provider) complain("has no provider");
    if (!one.delete && seen.some((other) => other.urn === one.urn && !other.delete))
      complain("is there twice");
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

/** What is known of things beyond one look at state and cloud. */
export type Ledger = {
  /** The last entry any state file on disk had for an id. */
  last: Map<string, StateResource>;
  /** Things that need no record: their creation was interrupted, and their resource was created again. */
  excused: Set<string>;
};

/**
 * Real things that the state on disk does not account for. A thing is accounted for by its id in the state
 * or, until the engine knows of it, by a pending creation of its URN, which lasts until its resource is
 * created again. Retained things, and things that vanish with their host, are not expected in the state.
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
    const remade = state.resources.some((one) => one.urn === thing.urn && !one.delete);
    if (!thing.answered && remade) ledger.excused.add(thing.id);
    else missed.push(`${thing.id} (${thing.urn})${thing.answered ? "" : ", whose creation was interrupted"}`);
  }
  return missed;
}

/**
 * Entries of the state whose thing never existed, or is gone although the engine knew the outcome. An entry
 * that is pending deletion may have vanished with its host: where the host's successor has another URN by an
 * alias, the entry names that one (as in Pulumi's own states), and the engine deletes what is already gone,
 * which is no error.
 */
export function phantoms(state: State, cloud: Cloud): string[] {
  return state.resources.flatMap((one) => {
    if (!one.custom || isProvider(one) || one.pendingReplacement) return [];
    const id = one.id ?? "";
    if (!cloud.ever.includes(id)) return [`${one.urn}: ${id} never existed`];
    const deleting = state.pending.some(({ resource, type }) => type === "deleting" && resource.id === id);
    if (cloud.things[id] || cloud.unsure.includes(id) || deleting) return [];
    if (one.delete && one.deletedWith) return [];
    return [`${one.urn}: ${id} is gone`];
  });
}
