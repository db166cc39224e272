import type { ArmResource } from "../../azureml/clients/arm";
import { type ResourceKind, resourceKinds } from "../../azureml/armIds";
import { workspaceId, type WorkspaceRef } from "../../azureml/clients/workspaces";
import { formatValue } from "../../azureml/problem";
import type { CheckContext } from "./context";
import { nextGeneration } from "./softDeleted";

/** A user-assigned identity that exists. */
export interface IdentityFacts {
  /** ARM id. */
  id: string;
  /** Object id of its service principal; role assignments name it. */
  principalId: string;
}

/** Existing user-assigned identities, by the section whose `identity` names them. */
export type IdentitiesFound = Partial<Record<"workspace" | "compute" | "endpoint", IdentityFacts>>;

type Existing = keyof typeof resourceKinds &
  ("storageAccount" | "keyVault" | "applicationInsights" | "containerRegistry");

const normalized = (location: string): string => location.toLowerCase().replaceAll(" ", "");

/**
 * Checks that the resources exist which the stack uses by id: parts of a created workspace, and user-assigned identities.
 * Nothing is requested unless a setting names one.
 * @param location region of the stack.
 */
export async function checkExistingResources(
  context: CheckContext,
  ref: WorkspaceRef,
  location: string,
): Promise<IdentitiesFound> {
  const [identities] = await Promise.all([
    checkIdentities(context),
    checkParts(context, location),
    checkUnchangedParts(context, ref),
  ]);
  return identities;
}

async function find(
  { report, cloud }: CheckContext,
  setting: string,
  id: string,
  kind: ResourceKind,
): Promise<ArmResource | undefined> {
  const property = report.key(setting);
  const answer = await report.attempt(property, async () => ({ resource: await cloud.resource(id, kind) }));
  if (answer && !answer.resource)
    report.add({
      property,
      seen: `there is no ${kind.label} ${id}`,
      allowed: `the id of a ${kind.label} that exists and that the deploying identity may read`,
      remedy: "Correct the id.",
    });
  return answer?.resource;
}

async function checkIdentities(context: CheckContext): Promise<IdentitiesFound> {
  const { config, report } = context;
  const trains = config.model.source === "train";
  const named = {
    workspace: config.workspace.mode === "create" ? config.workspace.identity : "system",
    compute: trains && config.compute.mode === "create" ? config.compute.identity : "none",
    endpoint: config.endpoint.enabled ? config.endpoint.identity : "system",
  };
  const found = await Promise.all(
    Object.entries(named).map(async ([section, id]) => {
      if (!id.startsWith("/")) return [];
      const setting = `${section}.identity`;
      const identity = await find(context, setting, id, resourceKinds.userAssignedIdentity);
      if (!identity) return [];
      const { principalId } = identity.properties;
      if (typeof principalId === "string") return [[section, { id: identity.id, principalId }] as const];
      report.add({
        property: report.key(setting),
        seen: `${id} has no principal yet`,
        allowed: "an identity that is completely created",
        remedy: "Repeat the command in a minute.",
      });
      return [];
    }),
  );
  const reader = config.workspace.mode === "create" ? config.workspace.encryption.identity : undefined;
  if (reader)
    await find(context, "workspace.encryption.identity", reader, resourceKinds.userAssignedIdentity);
  return Object.fromEntries(found.flat());
}

async function checkParts(context: CheckContext, location: string): Promise<void> {
  const { config } = context;
  if (config.workspace.mode !== "create") return;
  const { existing, encryption } = config.workspace;
  await Promise.all([
    ...(Object.keys(existing) as Existing[]).map(async (part) => {
      const id = existing[part];
      const resource = id && (await find(context, `workspace.existing.${part}`, id, resourceKinds[part]));
      if (resource) checkPart(context, part, resource, location);
    }),
    encryption.keyVault && checkEncryptionVault(context, encryption.keyVault),
  ]);
}

/**
 * Region and kind of one part. Microsoft's pages name no region for parts of a workspace. Data in another region would cross
 * regions with every job, and the vault with every secret, so both are refused; a registry or Application Insights is not.
 */
function checkPart(context: CheckContext, part: Existing, resource: ArmResource, location: string): void {
  const { report, config, notes } = context;
  const property = report.key(`workspace.existing.${part}`);
  const { label } = resourceKinds[part];
  const refuse = (seen: string, allowed: string): void =>
    report.add({
      property,
      seen: `${label} ${formatValue(resource.name)} ${seen}`,
      allowed,
      remedy: "Use another one.",
    });
  const there = resource.location ?? "";
  if (normalized(there) !== normalized(location)) {
    if (part === "storageAccount" || part === "keyVault")
      refuse(`is in ${there}`, `a ${label} in ${location}, the region of the stack`);
    else notes.push(`${label} ${formatValue(resource.name)} is in ${there}, the stack in ${location}.`);
  }
  if (config.workspace.mode !== "create") return;
  if (
    part === "keyVault" &&
    config.workspace.identity !== "system" &&
    resource.properties.enableRbacAuthorization !== true
  )
    notes.push(
      `Key vault ${formatValue(resource.name)} uses access policies: its owner must give the identity of the workspace all permissions except purge.`,
    );
  if (part !== "storageAccount") return;
  const sku = String(resource.sku?.name ?? "");
  const { isHnsEnabled, allowSharedKeyAccess } = resource.properties;
  if (/^premium/i.test(sku)) refuse(`has the SKU ${sku}`, "a standard account");
  if (isHnsEnabled === true) refuse("has a hierarchical namespace", "an account without one");
  if (allowSharedKeyAccess === false && config.workspace.datastoreAccess === "key")
    report.add({
      property: report.key("workspace.datastoreAccess"),
      seen: `${formatValue("key")}, but storage account ${formatValue(resource.name)} refuses its keys (allowSharedKeyAccess: false)`,
      allowed: `${formatValue("identity")} for such an account`,
      remedy: "Set workspace.datastoreAccess: identity.",
    });
}

/** Source: Microsoft Learn, concept-customer-managed-keys: soft delete and purge protection. */
async function checkEncryptionVault(context: CheckContext, id: string): Promise<void> {
  const vault = await find(context, "workspace.encryption.keyVault", id, resourceKinds.keyVault);
  if (!vault || vault.properties.enablePurgeProtection === true) return;
  context.report.add({
    property: context.report.key("workspace.encryption.keyVault"),
    seen: `key vault ${formatValue(vault.name)} has no purge protection`,
    allowed: "a vault with soft delete and purge protection",
    remedy: `Run: az keyvault update --name ${vault.name} --enable-purge-protection true`,
  });
}

/**
 * Azure does not exchange storage account and key vault of a workspace (operations/contract/facts/immutability.ts,
 * workspace-dependencies-fixed), so a change of `workspace.existing` needs another workspace.
 */
async function checkUnchangedParts(
  { config, cloud, report }: CheckContext,
  ref: WorkspaceRef,
): Promise<void> {
  const { workspace } = config;
  if (workspace.mode !== "create" || Object.keys(workspace.existing).length === 0) return;
  const live = await cloud
    .resource(workspaceId(ref), { type: "", label: "workspace", apiVersion: "2025-12-01" })
    .catch(() => undefined);
  if (!live) return;
  for (const part of ["storageAccount", "keyVault"] as const) {
    const wanted = workspace.existing[part];
    const used = live.properties[part];
    if (wanted === undefined || typeof used !== "string" || used.toLowerCase() === wanted.toLowerCase())
      continue;
    report.add({
      property: report.key(`workspace.existing.${part}`),
      seen: `${wanted}, but the workspace uses ${used}`,
      allowed: "the one that the workspace was created with: Azure does not exchange it",
      remedy: `Restore the setting, or ${nextGeneration(workspace.generation)}: that creates another workspace and trains again.`,
    });
  }
}
