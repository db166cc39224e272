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
  "a deleted workspace keeps its name for 14 days, until it is purged or recovered",
  "documented",
  "concept-soft-delete",
  (name: string, softDeleted: boolean) => {
    if (!softDeleted) return;
    const message =
      `Soft-deleted workspace exists: '${name}'. Please purge or recover it. https://aka.ms/wsoftdelete ` +
      "Recover: PUT with properties.allowRecoverSoftDeletedWorkspace true; purge: DELETE with forceToPurge=true.";
    throw new ArmError(409, "Conflict", message);
  },
);

export const vaultNameKeptAfterDelete = rule(
  "a deleted vault keeps its name for its retention period, until it is purged or recovered",
  "documented",
  "key-vault soft-delete overview",
  (purgePath: string, softDeleted: boolean) => {
    if (!softDeleted) return;
    const message =
      "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. " +
      `Recover: createMode 'recover'; purge: POST ${purgePath}.`;
    throw new ArmError(409, "ConflictError", message);
  },
);

export const vaultRetention = rule(
  "a vault is retained for 7 to 90 days after its deletion, as set at its creation",
  "documented",
  "key-vault soft-delete overview: softDeleteRetentionInDays cannot change",
  (requested: unknown, before: unknown) => {
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
  },
);

export const protectedVaultNotPurgeable = rule(
  "a deleted vault with purge protection cannot be purged",
  "documented",
  "key-vault soft-delete overview",
  (name: string, isProtected: boolean) => {
    if (!isProtected) return;
    const message = `Operation "DeletedVaultPurge" is not allowed: '${name}' has purge protection.`;
    throw new ArmError(409, "MethodNotAllowed", message);
  },
);

export const nameFreeOnceDeleted = rule(
  "a cluster (like any resource) can be created again under its name only after its deletion has ended",
  "observed",
  "answer 409 while provisioningState is Deleting",
  (name: string, existing: ArmResource | undefined) => {
    if (stateOf(existing) !== "Deleting") return;
    const message = `'${name}' is being deleted. Try again after its deletion has ended.`;
    throw new ArmError(409, "ResourceDeletionInProgress", message);
  },
);

export const groupNotBeingDeleted = rule(
  "no resource can be created in a resource group that is being deleted",
  "documented",
  "ARM's common errors: ResourceGroupBeingDeleted",
  (group: ArmResource | undefined) => {
    if (stateOf(group) !== "Deleting") return;
    const message = `The resource group '${group?.name}' is in deprovisioning state and cannot perform this operation.`;
    throw new ArmError(409, "ResourceGroupBeingDeleted", message);
  },
);

export const oneOperationAtATime = rule(
  "an endpoint or deployment allows one operation at a time",
  "documented",
  "how-to-troubleshoot-online-endpoints: 409; AnotherOperationInProgress is retried by azure-native",
  (existing: ArmResource | undefined) => {
    const state = stateOf(existing);
    if (state !== "Creating" && state !== "Updating" && state !== "Deleting") return;
    const message = `Another operation is in progress on '${existing?.name}' (${state}). Try again after it has ended.`;
    throw new ArmError(409, "AnotherOperationInProgress", message, { headers: retryAfter(200) });
  },
);

export const failedEndpointTakesNoDeployment = rule(
  "a failed endpoint accepts no deployment until it is updated",
  "inferred",
  "how-to-troubleshoot-online-endpoints: a failed resource must be updated or deleted",
  (endpoint: ArmResource) => {
    if (stateOf(endpoint) !== "Failed") return;
    const message = `Endpoint ${endpoint.name} is Failed. Send its PUT again, or delete it.`;
    throw new ArmError(400, "BadRequest", message);
  },
);

export const runningJobNotDeletable = rule(
  "a job that has not ended cannot be deleted",
  "inferred",
  "jobs are cancelled first, in every client",
  (name: string, status: string, ended: boolean) => {
    if (ended) return;
    const message = `Job ${name} is ${status}. Cancel it (POST …/cancel), wait until it is Canceled, then delete it.`;
    throw new ArmError(409, "Conflict", message);
  },
);

export const modelOfCompletedJob = rule(
  "only the output of a completed job can be registered as a model",
  "inferred",
  "the output's files are complete when its job is",
  (job: string, status: string, uri: string) => {
    if (status === "Completed") return;
    const target = "properties.modelUri";
    const message = `${target} is "${uri}": job ${job} is ${status}, only the outputs of a Completed job can be registered.`;
    throw new ArmError(400, "UserError", message, { target });
  },
);

export const defaultDatastoreNotDeletable = rule(
  "a workspace's default datastore cannot be deleted",
  "inferred",
  "the service refuses it; its message is not public",
  (name: string, isDefault: boolean) => {
    if (!isDefault) return;
    const message = `The datastore '${name}' is the workspace's default and cannot be deleted.`;
    throw new ArmError(400, "UserError", message);
  },
);

export const roleAssignedOnce = rule(
  "a role can be assigned to a principal at a scope only once",
  "documented",
  "role-based-access-control troubleshooting: RoleAssignmentExists",
  (duplicate: ArmResource | undefined) => {
    if (!duplicate) return;
    const message = `The role assignment already exists. The ID of the existing role assignment is ${duplicate.name.replaceAll("-", "")}.`;
    throw new ArmError(409, "RoleAssignmentExists", message);
  },
);

export const requestTimeoutLimit = rule(
  "a deployment's request timeout is at most 180 seconds",
  "documented",
  "limits for online endpoints (how-to-manage-quotas)",
  (text: string, milliseconds: number) => {
    if (milliseconds > 0 && milliseconds <= 180_000) return;
    const target = "properties.requestSettings.requestTimeout";
    const message = `${target} is ${text}, must be more than PT0S and at most PT3M.`;
    throw new ArmError(400, "ValidationError", message, { target });
  },
);

export const pendingRequestsLimit = rule(
  "a deployment allows twice its concurrent requests as pending and answers a further one with 429",
  "documented",
  "how-to-troubleshoot-online-endpoints: 429, too many pending requests",
  (concurrent: number): number => 2 * concurrent,
);

export const tagLimits = rule(
  "a resource has at most 50 tags, with names of up to 512 and values of up to 256 characters",
  "documented",
  "ARM's tag limits (tag-resources)",
  (tags: readonly (readonly [name: string, value: string])[]) => {
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
  },
);
