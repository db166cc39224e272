import type { GlobalNameKind } from "../../azureml/clients/resourceNames";
import { workspaceId, type WorkspaceRef } from "../../azureml/clients/workspaces";
import { errorText } from "../../azureml/errors";
import { ownerTags, workspaceNames } from "../../azureml/names";
import { formatValue } from "../../azureml/problem";
import type { CheckContext } from "./context";

/**
 * Checks that the names of what will be created are free: nobody else has them, and no deleted resource reserves them.
 * A request that is refused, for example without the permission, makes a note and never a problem.
 * @param location region of the endpoint, normalized as Azure spells it in addresses.
 */
export async function checkNames(context: CheckContext, ref: WorkspaceRef, location: string): Promise<void> {
  const creates = context.config.workspace.mode === "create";
  // The dependencies of an existing workspace exist too: their names are its own.
  const found = creates
    ? await unlessRefused(context, "workspace", () => context.cloud.workspace(ref))
    : undefined;
  await Promise.all([
    ...(creates && !found ? [checkWorkspaceName(context, ref), checkDependencyNames(context, ref)] : []),
    checkEndpointName(context, ref, location),
  ]);
}

/** The result of a request, or `undefined` with a note that names what is not checked. */
async function unlessRefused<T>(
  { notes }: CheckContext,
  what: string,
  request: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    notes.push(`Whether the name of the ${what} is free is not checked: ${errorText(error)}`);
    return undefined;
  }
}

async function checkWorkspaceName(context: CheckContext, ref: WorkspaceRef): Promise<void> {
  const { cloud, report, config } = context;
  const deleted = await unlessRefused(context, "workspace", () =>
    cloud.deletedWorkspaces(ref.subscriptionId),
  );
  const id = workspaceId(ref);
  // An entry is an id of the workspace, an id of another form, or a name only.
  const group = `/resourcegroups/${ref.resourceGroupName.toLowerCase()}/`;
  const reserved = deleted?.some((entry) => {
    if (entry.split("/").at(-1) !== ref.workspaceName.toLowerCase()) return false;
    return !entry.includes("/resourcegroups/") || entry.includes(group);
  });
  if (!reserved) return;
  report.add({
    property: report.key("workspace"),
    seen: `workspace ${formatValue(ref.workspaceName)} in resource group ${formatValue(ref.resourceGroupName)} is soft-deleted and keeps its name for up to 14 days`,
    remedy: `Purge it: az rest --method delete --url "${id}?api-version=2024-10-01&forceToPurge=true". Or ${nextGeneration(config.workspace.generation)}.`,
  });
}

/** The key vault and the storage account of a workspace to create. */
async function checkDependencyNames(context: CheckContext, ref: WorkspaceRef): Promise<void> {
  const { cloud, report, config, identity, notes } = context;
  const names = workspaceNames(identity);
  const generation = nextGeneration(config.workspace.generation);
  const deleted = await unlessRefused(context, "key vault", () => cloud.deletedVaults(ref.subscriptionId));
  const vault = deleted?.find(({ name }) => name.toLowerCase() === names.keyVault.toLowerCase());
  if (vault)
    report.add({
      property: report.key("workspace"),
      seen: `key vault ${formatValue(vault.name)} is soft-deleted in ${vault.location} and keeps its name until ${vault.scheduledPurgeDate}`,
      remedy: vault.purgeProtected
        ? `It has purge protection: ${generation}.`
        : `Purge it: az keyvault purge --name ${vault.name} --location ${vault.location}. Or ${generation}.`,
    });
  const others: [GlobalNameKind, string, string][] = [
    ["storageAccount", "storage account", names.storageAccount],
    ...(vault ? [] : [["keyVault", "key vault", names.keyVault] satisfies [GlobalNameKind, string, string]]),
  ];
  for (const [kind, what, name] of others) {
    const use = await unlessRefused(context, what, () => cloud.nameUse(kind, ref, name));
    if (use?.state !== "taken") continue;
    const where = use.owner ? ` It is ${use.owner.id}.` : "";
    // The stack's own resource in another group: the deployment moves it.
    if (use.owner && isOwn(context, use.owner.tags)) {
      notes.push(`${what} ${formatValue(name)} moves to another resource group.${where}`);
      continue;
    }
    report.add({
      property: report.key("workspace"),
      seen: `the name ${formatValue(name)} of the ${what} is taken: ${use.message}${where}`,
      remedy: `Names of this type are unique in all of Azure: ${generation}.`,
    });
  }
}

async function checkEndpointName(context: CheckContext, ref: WorkspaceRef, location: string): Promise<void> {
  const { cloud, report, config, endpointName: name, notes } = context;
  if (!config.endpoint.enabled) return;
  const own = `${workspaceId(ref)}/onlineEndpoints/${name}`.toLowerCase();
  const found = await unlessRefused(context, "endpoint", () =>
    cloud.endpointsNamed(ref.subscriptionId, name),
  );
  const inRegion = (found ?? []).filter((other) => normalized(other.location) === normalized(location));
  if (inRegion.some(({ id }) => id.toLowerCase() === own)) return;
  const remedy = `Endpoint names are unique in a region. Set another endpoint.name, or delete that endpoint.`;
  const [other] = inRegion;
  if (other) {
    // With a new generation or group, the stack deletes its old endpoint first.
    if (!isOwn(context, other.tags))
      report.add({
        property: report.key("endpoint.name"),
        seen: `endpoint ${formatValue(name)} exists in ${location} in another workspace: ${other.id}`,
        remedy,
      });
    return;
  }
  if (await cloud.endpointAddress(name, normalized(location)).catch(() => undefined))
    notes.push(
      `The address of endpoint ${formatValue(name)} exists in ${location} already. If it is not yours, its creation will be refused. ${remedy}`,
    );
}

const normalized = (location: string): string => location.toLowerCase().replaceAll(" ", "");

function isOwn({ identity }: CheckContext, tags: Readonly<Record<string, string>>): boolean {
  return Object.entries(ownerTags(identity)).every(([key, value]) => tags[key] === value);
}

function nextGeneration(generation: number): string {
  return `set workspace.generation: ${generation + 1} for new names`;
}
