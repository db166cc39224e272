import { z } from "zod";
import { isObject, type Properties, type Value } from "../values/values";

const text = z.string().optional();
const texts = z.array(z.string()).optional();
const flag = z.boolean().optional();
const seconds = z.number().optional();
const values = z.custom<Properties>((value) => isObject(value as Value), "expected a map").optional();

/** A resource as the state keeps it; the field names are those of Pulumi's checkpoint version 3. */
const resource = z.object({
  urn: z.string(),
  custom: z.boolean().default(false),
  /** Replaced already; deleted at the end of this run or of the next one. */
  delete: flag,
  id: text,
  type: z.string(),
  inputs: values,
  outputs: values,
  parent: text,
  protect: flag,
  external: flag,
  dependencies: texts,
  initErrors: texts,
  provider: text,
  propertyDependencies: z.record(z.string(), z.array(z.string())).optional(),
  /** Deleted in the course of a delete-before-replace that did not get as far as the creation. */
  pendingReplacement: flag,
  additionalSecretOutputs: texts,
  aliases: texts,
  customTimeouts: z
    .looseObject({ create: seconds, update: seconds, delete: seconds, read: seconds })
    .optional(),
  importID: text,
  retainOnDelete: flag,
  deletedWith: text,
  created: text,
  modified: text,
  sourcePosition: text,
  ignoreChanges: texts,
  replaceOnChanges: texts,
  hideDiff: texts,
});
export type ResourceState = z.infer<typeof resource>;
export type CustomTimeouts = NonNullable<ResourceState["customTimeouts"]>;

/** Fields this engine does not know are carried along untouched. */
export const resourceSchema = resource.loose();
export const pendingSchema = z.looseObject({
  resource: resourceSchema,
  type: z.enum(["creating", "updating", "deleting", "reading", "importing"]),
});
export type PendingKind = z.infer<typeof pendingSchema>["type"];
export type PendingOperation = { resource: ResourceState; type: PendingKind };

export type Snapshot = {
  resources: ResourceState[];
  pending: PendingOperation[];
  /** What else the checkpoint holds; written back as it was. */
  rest?: Properties;
};

/** The URN in a provider reference (`<urn>::<id>`). */
function urnOf(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}

/** All URNs a resource leans on, and therefore has to be made after and deleted before. */
export function dependenciesOf(resource: ResourceState): Set<string> {
  const urns = new Set(resource.dependencies ?? []);
  for (const list of Object.values(resource.propertyDependencies ?? {}))
    for (const urn of list) urns.add(urn);
  for (const urn of [resource.parent, resource.deletedWith, resource.provider && urnOf(resource.provider)])
    if (urn) urns.add(urn);
  urns.delete(resource.urn);
  return urns;
}

/**
 * Puts every mention of another resource through `map`; undefined takes the mention out where it can be done without
 * (not from parent and provider). True if `map` changed any.
 */
function mapReferences(resource: ResourceState, map: (urn: string) => string | undefined): boolean {
  let changed = false;
  const one = (urn: string): string | undefined => {
    const next = map(urn);
    changed ||= next !== urn;
    return next;
  };
  const list = (urns: string[]): string[] => urns.flatMap((urn) => one(urn) ?? []);
  const { parent, deletedWith, provider, dependencies, propertyDependencies } = resource;
  if (parent) resource.parent = one(parent) ?? parent;
  if (provider)
    resource.provider = (one(urnOf(provider)) ?? urnOf(provider)) + provider.slice(urnOf(provider).length);
  if (deletedWith) resource.deletedWith = one(deletedWith);
  if (dependencies) resource.dependencies = list(dependencies);
  if (propertyDependencies) {
    const entries = Object.entries(propertyDependencies).map(([key, urns]) => [key, list(urns)] as const);
    resource.propertyDependencies = Object.fromEntries(entries);
  }
  return changed;
}

/** Rewrites every mention of renamed resources (aliases) in a resource; returns true if there was one. */
export function renameReferences(resource: ResourceState, renamed: ReadonlyMap<string, string>): boolean {
  return mapReferences(resource, (urn) => renamed.get(urn) ?? urn);
}

/** Removes every mention of resources that are gone; returns true if there was one. */
export function forgetReferences(resource: ResourceState, gone: ReadonlySet<string>): boolean {
  return mapReferences(resource, (urn) => (gone.has(urn) ? undefined : urn));
}
