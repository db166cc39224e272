import { ArmError } from "../armError";
import type { ArmResource } from "../cloud";
import { retryAfter } from "../retryAfter";
import { rule } from "./rule";

const DAY_MS = 24 * 3600 * 1000;

/** In days: of a soft-deleted workspace, and a vault's default, minimum and maximum. */
export const RETENTION_DAYS = { workspace: 14, vaultDefault: 90, vaultLeast: 7, vaultMost: 90 } as const;

export function retentionEnd(deletedAt: Date, days: number): Date {
  return new Date(deletedAt.getTime() + days * DAY_MS);
}

function stateOf(resource: ArmResource | undefined): unknown {
  return resource?.properties["provisioningState"];
}

export const workspaceNameKeptAfterDelete = rule(
  "workspace-name-kept-after-delete",
  (softDeleted: boolean) => {
    if (!softDeleted) return;
    const message = "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete";
    throw new ArmError(400, "BadRequest", message);
  },
);

export const vaultNameKeptAfterDelete = rule(
  "vault-name-kept-after-delete",
  (purgePath: string, softDeleted: boolean) => {
    if (!softDeleted) return;
    const message =
      "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. " +
      `Recover: createMode 'recover'; purge: POST ${purgePath}.`;
    throw new ArmError(409, "ConflictError", message);
  },
);

export const recoveredVaultKeepsProperties = rule(
  "recovered-vault-keeps-properties",
  <T extends object, U extends object>(requested: T, before: U | undefined): T & Partial<U> => ({
    ...requested,
    ...before,
  }),
);

export const onlyDeletedVaultRecovered = rule(
  "only-deleted-vault-recovered",
  (name: string, isDeleted: boolean) => {
    if (isDeleted) return;
    const message = `A soft deleted vault with the given name '${name}' does not exist. Ensure that the name for the vault that is being attempted to recover is in a recoverable state.`;
    throw new ArmError(400, "SoftDeletedVaultDoesNotExist", message);
  },
);

export const vaultRetention = rule("vault-retention", (requested: unknown, before: unknown) => {
  const target = "properties.softDeleteRetentionInDays";
  const { vaultLeast, vaultMost } = RETENTION_DAYS;
  if (
    typeof requested !== "number" ||
    !Number.isInteger(requested) ||
    requested < vaultLeast ||
    requested > vaultMost
  ) {
    const message = `'${target}' is ${JSON.stringify(requested)}, must be a whole number of days from ${vaultLeast} to ${vaultMost}.`;
    throw new ArmError(400, "BadRequest", message, { target });
  }
  if (before === undefined || before === requested) return;
  const message = `The property 'softDeleteRetentionInDays' has been set already (${String(before)}) and it can't be modified.`;
  throw new ArmError(400, "BadRequest", message, { target });
});

export const protectedVaultNotPurgeable = rule(
  "protected-vault-not-purgeable",
  (name: string, isProtected: boolean) => {
    if (!isProtected) return;
    const message = `Operation "DeletedVaultPurge" is not allowed: '${name}' has purge protection.`;
    throw new ArmError(409, "MethodNotAllowed", message);
  },
);

export const nameFreeOnceDeleted = rule(
  "name-free-once-deleted",
  (name: string, existing: ArmResource | undefined) => {
    if (stateOf(existing) !== "Deleting") return;
    const message = `'${name}' is being deleted. Try again after its deletion has ended.`;
    throw new ArmError(409, "ResourceDeletionInProgress", message);
  },
);

export const groupNotBeingDeleted = rule("group-not-being-deleted", (group: ArmResource | undefined) => {
  if (stateOf(group) !== "Deleting") return;
  const message = `The resource group '${group?.name}' is in deprovisioning state and cannot perform this operation.`;
  throw new ArmError(409, "ResourceGroupBeingDeleted", message);
});

export const oneOperationAtATime = rule("one-operation-at-a-time", (existing: ArmResource | undefined) => {
  const state = stateOf(existing);
  if (state !== "Creating" && state !== "Updating" && state !== "Deleting") return;
  const message = `Another operation is in progress on '${existing?.name}' (${state}). Try again after it has ended.`;
  throw new ArmError(409, "AnotherOperationInProgress", message, { headers: retryAfter(200) });
});

export const failedEndpointTakesNoDeployment = rule(
  "failed-endpoint-takes-no-deployment",
  (endpoint: ArmResource) => {
    if (stateOf(endpoint) !== "Failed") return;
    const message = `Endpoint ${endpoint.name} is Failed. Send its PUT again, or delete it.`;
    throw new ArmError(400, "BadRequest", message);
  },
);

export const runningJobNotDeletable = rule(
  "running-job-not-deletable",
  (name: string, status: string, ended: boolean) => {
    if (ended) return;
    const message = `Job ${name} is ${status}. Cancel it (POST …/cancel), wait until it is Canceled, then delete it.`;
    throw new ArmError(409, "Conflict", message);
  },
);

export const modelOfCompletedJob = rule(
  "model-of-completed-job",
  (job: string, status: string, uri: string) => {
    if (status === "Completed") return;
    const target = "properties.modelUri";
    const message = `${target} is "${uri}": job ${job} is ${status}, only the outputs of a Completed job can be registered.`;
    throw new ArmError(400, "UserError", message, { target });
  },
);

export const defaultDatastoreNotDeletable = rule(
  "default-datastore-not-deletable",
  (name: string, isDefault: boolean) => {
    if (!isDefault) return;
    const message = `The datastore '${name}' is the workspace's default and cannot be deleted.`;
    throw new ArmError(400, "UserError", message);
  },
);

export const roleAssignedOnce = rule("role-assigned-once", (duplicate: ArmResource | undefined) => {
  if (!duplicate) return;
  const message = `The role assignment already exists. The ID of the existing role assignment is ${duplicate.name.replaceAll("-", "")}.`;
  throw new ArmError(409, "RoleAssignmentExists", message);
});

export const requestTimeoutLimit = rule("request-timeout-limit", (text: string, milliseconds: number) => {
  if (milliseconds > 0 && milliseconds <= 180_000) return;
  const target = "properties.requestSettings.requestTimeout";
  const message = `${target} is ${text}, must be more than PT0S and at most PT3M.`;
  throw new ArmError(400, "ValidationError", message, { target });
});

export const pendingRequestsLimit = rule(
  "pending-requests-limit",
  (concurrent: number): number => 2 * concurrent,
);

export const tagLimits = rule("tag-limits", (tags: readonly (readonly [name: string, value: string])[]) => {
  const refuse = (code: string, message: string): never => {
    throw new ArmError(400, code, message, { target: "tags" });
  };
  if (tags.length > 50) refuse("InvalidTagCount", `A resource has at most 50 tags; got ${tags.length}.`);
  for (const [name, value] of tags) {
    if (name.length <= 512 && value.length <= 256) continue;
    refuse(
      "InvalidTagValue",
      `The tag '${name}' is too long: names have up to 512, values up to 256 characters.`,
    );
  }
});

export const registryServesRegion = rule(
  "registry-serves-its-regions",
  ({ name, regions }: { name: string; regions: readonly string[] }, region: string) => {
    if (regions.includes(region)) return;
    const message = `Registry ${name} is not available in ${region}; its regions are ${regions.join(", ")}.`;
    throw new ArmError(400, "BadRequest", message, { target: "properties.model" });
  },
);
