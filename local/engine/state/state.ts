import type { Properties } from "../values/values";

export type CustomTimeouts = { create?: number; update?: number; delete?: number; read?: number };

/**
 * A resource as the state keeps it; the field names are those of Pulumi's checkpoint version 3. Fields this engine
 * does not know are carried along untouched.
 */
export type ResourceState = {
  urn: string;
  custom: boolean;
  /** Replaced already; deleted at the end of this run or of the next one. */
  delete?: boolean;
  id?: string;
  type: string;
  inputs?: Properties;
  outputs?: Properties;
  parent?: string;
  protect?: boolean;
  external?: boolean;
  dependencies?: string[];
  initErrors?: string[];
  provider?: string;
  propertyDependencies?: Record<string, string[]>;
  /** Deleted in the course of a delete-before-replace that did not get as far as the creation. */
  pendingReplacement?: boolean;
  additionalSecretOutputs?: string[];
  aliases?: string[];
  /** Seconds. */
  customTimeouts?: CustomTimeouts;
  importID?: string;
  retainOnDelete?: boolean;
  deletedWith?: string;
  created?: string;
  modified?: string;
  sourcePosition?: string;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  hideDiff?: string[];
};

export type PendingKind = "creating" | "updating" | "deleting" | "reading" | "importing";
export type PendingOperation = { resource: ResourceState; type: PendingKind };

export type Snapshot = { resources: ResourceState[]; pending: PendingOperation[] };

/** All URNs a resource leans on, and therefore has to be made after and deleted before. */
export function leansOn(resource: ResourceState): Set<string> {
  const urns = new Set(resource.dependencies ?? []);
  for (const list of Object.values(resource.propertyDependencies ?? {}))
    for (const urn of list) urns.add(urn);
  if (resource.parent) urns.add(resource.parent);
  if (resource.deletedWith) urns.add(resource.deletedWith);
  if (resource.provider) urns.add(resource.provider.slice(0, resource.provider.lastIndexOf("::")));
  urns.delete(resource.urn);
  return urns;
}

/** Rewrites every mention of renamed resources (aliases) in a resource; returns true if there was one. */
export function renameReferences(resource: ResourceState, renamed: ReadonlyMap<string, string>): boolean {
  let changed = false;
  const name = (urn: string): string => {
    const next = renamed.get(urn);
    if (next === undefined) return urn;
    changed = true;
    return next;
  };
  if (resource.parent) resource.parent = name(resource.parent);
  if (resource.deletedWith) resource.deletedWith = name(resource.deletedWith);
  if (resource.dependencies) resource.dependencies = resource.dependencies.map(name);
  for (const [key, urns] of Object.entries(resource.propertyDependencies ?? {})) {
    resource.propertyDependencies = { ...resource.propertyDependencies, [key]: urns.map(name) };
  }
  if (resource.provider) {
    const at = resource.provider.lastIndexOf("::");
    resource.provider = name(resource.provider.slice(0, at)) + resource.provider.slice(at);
  }
  return changed;
}

/** Removes every mention of resources that are gone. */
export function forgetReferences(resource: ResourceState, gone: ReadonlySet<string>): boolean {
  const before = JSON.stringify([resource.dependencies, resource.propertyDependencies, resource.deletedWith]);
  const kept = (urns: string[]): string[] => urns.filter((urn) => !gone.has(urn));
  if (resource.dependencies) resource.dependencies = kept(resource.dependencies);
  for (const [key, urns] of Object.entries(resource.propertyDependencies ?? {})) {
    resource.propertyDependencies = { ...resource.propertyDependencies, [key]: kept(urns) };
  }
  if (resource.deletedWith && gone.has(resource.deletedWith)) delete resource.deletedWith;
  return (
    before !== JSON.stringify([resource.dependencies, resource.propertyDependencies, resource.deletedWith])
  );
}
