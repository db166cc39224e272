import { armDelete, armGet, armList, armPost, apiVersions } from "./arm";
import { hasStatus } from "../http/failure";
import type { AzureSession } from "./session";
import { type WorkspaceRef, workspaceId } from "./workspaces";

/** Version of the key vault management API that supports deleted vaults. */
const keyVaultVersion = "2023-07-01";

/**
 * Purges a soft-deleted workspace. Does nothing if there is none, or if the workspace is not deleted. Returns whether the
 * service purged one: a DELETE of a workspace that does not exist answers 204 (Workspaces_Delete in
 * Azure/azure-rest-api-specs, machinelearningservices stable/2024-10-01).
 * @see https://learn.microsoft.com/azure/machine-learning/concept-soft-delete
 */
export async function purgeDeletedWorkspace(session: AzureSession, ref: WorkspaceRef): Promise<boolean> {
  const call = {
    path: workspaceId(ref),
    apiVersion: apiVersions.machineLearning,
    what: `workspace "${ref.workspaceName}"`,
  };
  if (await armGet(session, call)) return false;
  return armDelete(session, { ...call, query: { forceToPurge: "true" } });
}

/**
 * Purges a soft-deleted key vault. Does nothing if there is none. Returns whether there was one.
 * @see https://learn.microsoft.com/azure/key-vault/general/key-vault-recovery
 */
export async function purgeDeletedVault(
  session: AzureSession,
  vault: { subscriptionId: string; location: string; name: string },
): Promise<boolean> {
  const location = vault.location.toLowerCase().replaceAll(" ", "");
  const call = {
    path: `/subscriptions/${vault.subscriptionId}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${vault.name}`,
    apiVersion: keyVaultVersion,
    what: `deleted key vault "${vault.name}"`,
  };
  if (!(await armGet(session, call))) return false;
  await armPost(session, { ...call, path: `${call.path}/purge` });
  return true;
}

/** A soft-deleted key vault. It keeps its name until it is purged. */
export interface DeletedVault {
  name: string;
  location: string;
  /** When Azure purges it. ISO 8601. */
  scheduledPurgeDate: string;
  /** It cannot be purged earlier. */
  purgeProtected: boolean;
  /** ARM id that the vault had, and gets again when it is recovered. Empty if the service does not say. */
  vaultId: string;
  tags: Record<string, string>;
}

/**
 * The soft-deleted key vaults of a subscription, in all regions.
 * Source: Vaults_ListDeleted, Azure/azure-rest-api-specs keyvault stable/2023-07-01 examples/listDeletedVaults.json
 */
export async function listDeletedVaults(
  session: AzureSession,
  subscriptionId: string,
): Promise<DeletedVault[]> {
  const found = (await armList(session, {
    path: `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/deletedVaults`,
    apiVersion: keyVaultVersion,
    what: "deleted key vaults",
  })) as Array<{ id?: string; name?: string; properties?: Record<string, unknown> }>;
  return found.map(({ id = "", name = "", properties = {} }) => ({
    // The published example has another name than the id; the id decides.
    name: id.split("/").at(-1) || name,
    location: String(properties.location ?? ""),
    scheduledPurgeDate: String(properties.scheduledPurgeDate ?? ""),
    purgeProtected: properties.purgeProtectionEnabled === true,
    vaultId: typeof properties.vaultId === "string" ? properties.vaultId : "",
    tags: (properties.tags ?? {}) as Record<string, string>,
  }));
}

/**
 * The ids of the soft-deleted workspaces of a subscription, in lower case. `undefined` if the service offers no such
 * list: Microsoft documents only the portal's view "Recently deleted" (concept-soft-delete.md in
 * MicrosoftDocs/azure-ai-docs). The address is inferred from public scripts that use it; a report says that it is not
 * available in every subscription. A GET of a deleted workspace answers 404 like that of any other
 * (Azure/azure-cli#33756).
 */
export async function listDeletedWorkspaces(
  session: AzureSession,
  subscriptionId: string,
): Promise<string[] | undefined> {
  try {
    const found = (await armList(session, {
      path: `/subscriptions/${subscriptionId}/providers/Microsoft.MachineLearningServices/deletedWorkspaces`,
      apiVersion: apiVersions.machineLearning,
      what: "deleted workspaces",
    })) as Array<{ id?: string; name?: string }>;
    return found.map(({ id, name }) => (id ?? name ?? "").toLowerCase());
  } catch (error) {
    // 400 NoRegisteredProviderFound, 404 InvalidResourceType: no such type. 403: no permission.
    if (hasStatus(error, 400, 403, 404)) return undefined;
    throw error;
  }
}
