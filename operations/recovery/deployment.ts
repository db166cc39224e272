import { z } from "zod";

/**
 * A stack's state as `pulumi stack export` prints it, as far as the recovery reads it. Unknown fields are kept.
 * Source: Pulumi's checkpoint version 3 (`apitype.UntypedDeployment`, `apitype.DeploymentV3`, `apitype.ResourceV3`).
 */
const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  id: z.string().optional(),
  delete: z.boolean().optional(),
  pendingReplacement: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
  parent: z.string().optional(),
  provider: z.string().optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullish()).nullish(),
  deletedWith: z.string().optional(),
  initErrors: z.array(z.string()).nullish(),
});

const operation = z.looseObject({ resource, type: z.string() });

export const exportedState = z.looseObject({
  version: z.number(),
  deployment: z.looseObject({
    resources: z.array(resource).nullish(),
    pending_operations: z.array(operation).nullish(),
  }),
});

export type StateResource = z.infer<typeof resource>;
export type ExportedState = z.infer<typeof exportedState>;

/** The resources of a state. */
export const resourcesOf = (state: ExportedState): StateResource[] => state.deployment.resources ?? [];

/** The creations that an earlier run has begun and whose end it has not recorded. */
export function pendingCreations(state: ExportedState): StateResource[] {
  const operations = state.deployment.pending_operations ?? [];
  return operations.flatMap((entry) => (entry.type === "creating" ? [entry.resource] : []));
}

/** The resources that an earlier run was changing or deleting when it ended. */
export function interruptedChanges(state: ExportedState): StateResource[] {
  const operations = state.deployment.pending_operations ?? [];
  return operations.flatMap(({ type, resource }) => (/^(updating|deleting)$/.test(type) ? [resource] : []));
}

/** URNs that a resource refers to. They come before it in the state. */
export function referencesOf(item: StateResource): string[] {
  const provider = item.provider?.slice(0, item.provider.lastIndexOf("::"));
  const lists = Object.values(item.propertyDependencies ?? {}).flatMap((urns) => urns ?? []);
  const urns = [item.parent, provider, item.deletedWith, ...(item.dependencies ?? []), ...lists];
  return [...new Set(urns.filter((urn) => urn !== undefined && urn !== "" && urn !== item.urn))] as string[];
}
