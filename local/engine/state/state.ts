import { z } from "zod";
import { isObject, type Properties, type Value } from "../values/values";

const text = z.string().optional();
const texts = z.array(z.string()).optional();
const flag = z.boolean().optional();
const seconds = z.number().optional();
const values = z.custom<Properties>((value) => isObject(value as Value), "expected a map").optional();

/** A resource in the state, with the field names of Pulumi's checkpoint version 3. */
const resource = z.object({
  urn: z.string(),
  custom: z.boolean().default(false),
  /** Replaced already and pending deletion, at the end of this run or of the next one. */
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
  /** Deleted by a delete-before-replace that did not reach the creation. */
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

/** Fields that this engine does not know are preserved. */
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
  /** The other parts of the checkpoint; written back unchanged. */
  rest?: Properties;
};

/** The URN in a provider reference (`<urn>::<id>`). */
function urnOf(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}

/** The URNs of all resources that a resource depends on. They are created before it and deleted after it. */
export function dependenciesOf(resource: ResourceState): Set<string> {
  const urns = new Set(resource.dependencies ?? []);
  for (const list of Object.values(resource.propertyDependencies ?? {}))
    for (const urn of list) urns.add(urn);
  for (const urn of [resource.parent, resource.deletedWith, resource.provider && urnOf(resource.provider)])
    if (urn) urns.add(urn);
  urns.delete(resource.urn);
  return urns;
}

/** Undefined removes a reference where possible (not parent and provider). True if one changed. */
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

/** Rewrites every reference to renamed resources (aliases); returns true if there was one. */
export function renameReferences(resource: ResourceState, renamed: ReadonlyMap<string, string>): boolean {
  return mapReferences(resource, (urn) => renamed.get(urn) ?? urn);
}

/** Removes every reference to missing resources; returns true if there was one. */
export function forgetReferences(resource: ResourceState, gone: ReadonlySet<string>): boolean {
  return mapReferences(resource, (urn) => (gone.has(urn) ? undefined : urn));
}
