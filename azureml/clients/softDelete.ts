import { armDelete, armGet, armPost, apiVersions } from "./arm";
import type { AzureSession } from "./session";
import { type WorkspaceRef, workspaceId } from "./workspaces";

/** Version of the key vault management API that supports deleted vaults. */
const keyVaultVersion = "2023-07-01";

/**
 * Purges a soft-deleted workspace. Does nothing if there is none, or if the workspace is not deleted.
 * @see https://learn.microsoft.com/azure/machine-learning/concept-soft-delete
 */
export async function purgeDeletedWorkspace(session: AzureSession, ref: WorkspaceRef): Promise<void> {
  const call = {
    path: workspaceId(ref),
    apiVersion: apiVersions.machineLearning,
    what: `workspace "${ref.workspaceName}"`,
  };
  if (await armGet(session, call)) return;
  await armDelete(session, { ...call, query: { forceToPurge: "true" } });
}

/**
 * Purges a soft-deleted key vault. Does nothing if there is none.
 * @see https://learn.microsoft.com/azure/key-vault/general/key-vault-recovery
 */
export async function purgeDeletedVault(
  session: AzureSession,
  vault: { subscriptionId: string; location: string; name: string },
): Promise<void> {
  const location = vault.location.toLowerCase().replaceAll(" ", "");
  const call = {
    path: `/subscriptions/${vault.subscriptionId}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${vault.name}`,
    apiVersion: keyVaultVersion,
    what: `deleted key vault "${vault.name}"`,
  };
  if (await armGet(session, call)) await armPost(session, { ...call, path: `${call.path}/purge` });
}
