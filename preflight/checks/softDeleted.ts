import type { DeletedVault } from "../../azureml/clients/softDelete";
import { workspaceId, type WorkspaceRef } from "../../azureml/clients/workspaces";
import { ownerTags, workspaceNames } from "../../azureml/names";
import { formatValue } from "../../azureml/problem";
import type { CheckContext } from "./context";

/** What an update does with the names that Azure keeps for deleted resources of this stack. */
export interface NameReuse {
  /** Purge what is soft-deleted of the workspace's name before the workspace is created. */
  purgeWorkspace: boolean;
  /** Recover the soft-deleted key vault instead of creating one. */
  recoverVault: boolean;
}

export const nothingToReuse: NameReuse = { purgeWorkspace: false, recoverVault: false };

/** Purge protection of the vault leaves out the resource that purges (components/workspace.ts). */
const purges = (workspace: { purgeOnDestroy: boolean; purgeProtection: boolean }): boolean =>
  workspace.purgeOnDestroy && !workspace.purgeProtection;

/**
 * Decides about a soft-deleted workspace of the name that the stack would use. Without its storage account, jobs and
 * models of it have lost their files: a stack's own workspace is then purged, because a recovered one could only fail
 * ("deleted dependencies may prevent the recovery", concept-soft-delete.md in MicrosoftDocs/azure-ai-docs). With the
 * storage account, somebody may want the models back, so that person decides.
 * @param deleted ids in lower case; undefined if Azure does not list them.
 * @param hasStorage whether the workspace's storage account exists.
 * @returns whether an update purges it.
 */
export function reuseWorkspaceName(
  { report, config, identity, notes }: CheckContext,
  ref: WorkspaceRef,
  deleted: readonly string[] | undefined,
  hasStorage: boolean,
): boolean {
  const id = workspaceId(ref);
  // An entry is an id of the workspace, an id of another form, or a name only.
  const group = `/resourcegroups/${ref.resourceGroupName.toLowerCase()}/`;
  const isReserved = deleted?.some((entry) => {
    if (entry.split("/").at(-1) !== ref.workspaceName.toLowerCase()) return false;
    return !entry.includes("/resourcegroups/") || entry.includes(group);
  });
  // A derived name contains the stack's hash. A configured one can have been somebody else's.
  const isOwn = ref.workspaceName === workspaceNames(identity).workspace;
  const canPurge = isOwn && !hasStorage && config.workspace.mode === "create" && purges(config.workspace);
  if (isReserved === false) return false;
  // Where Azure has no list, a purge of nothing does no harm: the DELETE answers 204.
  if (isReserved === undefined) return canPurge;
  const what = `workspace ${formatValue(ref.workspaceName)} in resource group ${formatValue(ref.resourceGroupName)} is soft-deleted`;
  if (canPurge) {
    notes.push(`${what}, and its storage account is gone: an update purges it and creates a new one.`);
    return true;
  }
  const purge = `az rest --method delete --url "${id}?api-version=2024-10-01&forceToPurge=true"`;
  const keep = hasStorage
    ? "To keep its jobs and models, recover it in the portal (Azure Machine Learning, Recently deleted) and run the update again. To start from nothing, purge it"
    : "Purge it";
  report.add({
    property: report.key("workspace"),
    seen: `${what} and keeps its name for up to 14 days`,
    remedy: `${keep}: ${purge}. Or ${nextGeneration(config.workspace.generation)}.`,
  });
  return false;
}

/**
 * Decides about a soft-deleted key vault of the stack's name. The stack's own vault is recovered, with purge protection
 * too: recovering destroys nothing. Azure recovers a vault only where it was (Undo-AzKeyVaultRemoval requires group and
 * region of the deleted vault; terraform-provider-azurerm does the same in key_vault_resource.go), and ignores the
 * properties of the request (Azure/azure-rest-api-specs#21306): one without the wanted protection is refused.
 * @param location region of the stack, normalized.
 * @returns whether an update recovers it.
 */
export function reuseVaultName(
  { report, config, identity, notes }: CheckContext,
  ref: WorkspaceRef,
  location: string,
  vault: DeletedVault,
): boolean {
  const what = `key vault ${formatValue(vault.name)} is soft-deleted in ${vault.location}`;
  const foreign = Object.entries(ownerTags(identity)).some(
    ([name, value]) => vault.tags[name] !== undefined && vault.tags[name] !== value,
  );
  const group = `/resourcegroups/${ref.resourceGroupName}/`.toLowerCase();
  const wantsProtection = config.workspace.mode === "create" && config.workspace.purgeProtection;
  const isThere =
    (vault.purgeProtected || !wantsProtection) &&
    vault.vaultId.toLowerCase().includes(group) &&
    vault.location.toLowerCase().replaceAll(" ", "") === location.toLowerCase().replaceAll(" ", "");
  if (isThere && !foreign) {
    notes.push(`${what}: an update recovers it.`);
    return true;
  }
  const generation = nextGeneration(config.workspace.generation);
  const owner = foreign ? ", belongs to another stack" : "";
  report.add({
    property: report.key("workspace"),
    seen: `${what}${owner} and keeps its name until ${vault.scheduledPurgeDate}`,
    remedy: vault.purgeProtected
      ? `It has purge protection: ${generation}.`
      : `Purge it: az keyvault purge --name ${vault.name} --location ${vault.location}. Or ${generation}.`,
  });
  return false;
}

export function nextGeneration(generation: number): string {
  return `set workspace.generation: ${generation + 1} for new names`;
}
