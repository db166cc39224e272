import type { GlobalNameKind, NameUse } from "../../azureml/clients/resourceNames";
import { workspaceId, type WorkspaceRef } from "../../azureml/clients/workspaces";
import { errorText } from "../../azureml/errors";
import { ownerTags, workspaceNames } from "../../azureml/names";
import { formatValue } from "../../azureml/problem";
import type { CheckContext } from "./context";
import {
  type NameReuse,
  nextGeneration,
  nothingToReuse,
  reuseVaultName,
  reuseWorkspaceName,
} from "./softDeleted";

/**
 * Checks that the names of what will be created are free: nobody else has them, and no deleted resource reserves them.
 * A request that is refused, for example without the permission, makes a note and never a problem.
 * @param location region of the stack.
 * @returns what an update does with names that deleted resources of the stack reserve.
 */
export async function checkNames(
  context: CheckContext,
  ref: WorkspaceRef,
  location: string,
): Promise<NameReuse> {
  const creates = context.config.workspace.mode === "create";
  // The dependencies of an existing workspace exist too: their names are its own.
  const found = creates
    ? await unlessRefused(context, "workspace", () => context.cloud.workspace(ref))
    : undefined;
  const [reuse] = await Promise.all([
    reuseOf(context, ref, location, creates ? found !== undefined : undefined),
    checkEndpointName(context, ref, location),
  ]);
  return reuse;
}

/** @param exists whether the workspace that the stack creates exists; undefined: the stack creates none. */
async function reuseOf(
  context: CheckContext,
  ref: WorkspaceRef,
  location: string,
  exists: boolean | undefined,
): Promise<NameReuse> {
  if (exists === undefined) return nothingToReuse;
  if (!exists) return checkWorkspaceNames(context, ref, location);
  // Somebody can have deleted the vault of a workspace. Who may not list deleted vaults has none to recover.
  const { workspace } = context.config;
  if (workspace.mode !== "create" || workspace.existing.keyVault) return nothingToReuse;
  const vaults = await context.cloud.deletedVaults(ref.subscriptionId).catch(() => []);
  const vault = vaults.find(({ name }) => isVaultOf(context, name));
  return {
    ...nothingToReuse,
    recoverVault: vault !== undefined && reuseVaultName(context, ref, location, vault),
  };
}

const isVaultOf = ({ identity }: CheckContext, name: string): boolean =>
  name.toLowerCase() === workspaceNames(identity).keyVault.toLowerCase();

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

/** The workspace to create, its key vault and its storage account. */
async function checkWorkspaceNames(
  context: CheckContext,
  ref: WorkspaceRef,
  location: string,
): Promise<NameReuse> {
  const { cloud, identity, config } = context;
  const names = workspaceNames(identity);
  const existing = config.workspace.mode === "create" ? config.workspace.existing : {};
  const { subscriptionId } = ref;
  const [workspaces, vaults, storage] = await Promise.all([
    unlessRefused(context, "workspace", () => cloud.deletedWorkspaces(subscriptionId)),
    existing.keyVault ? [] : unlessRefused(context, "key vault", () => cloud.deletedVaults(subscriptionId)),
    // An existing account is there, whatever became of the workspace.
    existing.storageAccount
      ? ("own" as const)
      : checkGlobalName(context, ref, "storageAccount", names.storageAccount),
  ]);
  const vault = vaults?.find(({ name }) => isVaultOf(context, name));
  if (!vault && !existing.keyVault) await checkGlobalName(context, ref, "keyVault", names.keyVault);
  return {
    // Whether the storage account exists is not known: nothing is purged.
    purgeWorkspace: reuseWorkspaceName(context, ref, workspaces, storage === undefined || storage === "own"),
    recoverVault: vault !== undefined && reuseVaultName(context, ref, location, vault),
  };
}

/** @returns the use of the name, unless the request was refused. */
async function checkGlobalName(
  context: CheckContext,
  ref: WorkspaceRef,
  kind: GlobalNameKind,
  name: string,
): Promise<NameUse["state"] | undefined> {
  const { cloud, report, config, notes } = context;
  const what = kind === "keyVault" ? "key vault" : "storage account";
  const use = await unlessRefused(context, what, () => cloud.nameUse(kind, ref, name));
  if (use?.state !== "taken") return use?.state;
  const where = use.owner ? ` It is ${use.owner.id}.` : "";
  // The stack's own resource in another group: the deployment moves it.
  if (use.owner && isOwn(context, use.owner.tags)) {
    notes.push(`${what} ${formatValue(name)} moves to another resource group.${where}`);
    return use.state;
  }
  report.add({
    property: report.key("workspace"),
    seen: `the name ${formatValue(name)} of the ${what} is taken: ${use.message}${where}`,
    remedy: `Names of this type are unique in all of Azure: ${nextGeneration(config.workspace.generation)}.`,
  });
  return use.state;
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
