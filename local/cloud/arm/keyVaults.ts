/** Key vaults with soft delete, and secrets through ARM (write-only, as in Azure). */
import type { FastifyInstance } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource } from "../cloud";
import { LOCAL_TENANT_ID } from "../constants";
import type { Core } from "../core";
import { purgeProtectionFixed } from "../rules/immutability";
import {
  onlyDeletedVaultRecovered,
  protectedVaultNotPurgeable,
  recoveredVaultKeepsProperties,
  RETENTION_DAYS,
  retentionEnd,
  vaultNameKeptAfterDelete,
  vaultRetention,
} from "../rules/lifecycle";
import { NAMES, vaultNameUnique } from "../rules/names";
import { invalid, type Json, objectAt, page, requiredText, textAt } from "./body";
import { knownLocation } from "./locations";
import { hasName, registerNameAvailability } from "./nameAvailability";
import { registerArmType, type RouteParams } from "./type";
import type { ArmTypeSpec, PutContext } from "./typeSpec";
import { accepts, PAGING } from "../strict/declaration";

const VAULT_TYPE = "Microsoft.KeyVault/vaults";
const VAULT =
  "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.KeyVault/vaults/:vaultName";
const DELETED =
  "/subscriptions/:subscriptionId/providers/Microsoft.KeyVault/locations/:location/deletedVaults/:vaultName";
const COLLECTION = "deletedVaults";

interface DeletedVault {
  vault: ArmResource;
  deletionDate: string;
  scheduledPurgeDate: string;
}

/**
 * A deleted vault reserves its name until it is purged or its retention ends (documented: 7 to 90 days,
 * default 90).
 */
function deletedVault(core: Core, name: string): DeletedVault | undefined {
  const deleted = core.store.get<DeletedVault>(COLLECTION, name.toLowerCase());
  if (!deleted || Date.parse(deleted.scheduledPurgeDate) > core.clock.now().getTime()) return deleted;
  core.store.delete(COLLECTION, name.toLowerCase());
  return undefined;
}

function buildVault(context: PutContext<Core>): Partial<ArmResource> {
  const { body, existing, cloud, name, id } = context;
  const requested = objectAt(body, "properties");
  if (!requested) throw invalid("BadRequest", "The property 'properties' is required.", "properties");
  requireFreeName(cloud, id, name);
  const recovered = recover(context, textAt(requested, "createMode", "properties.createMode"));
  const sku = objectAt(requested, "sku", "properties.sku") ?? { family: "A", name: "standard" };
  const tenantId = textAt(requested, "tenantId", "properties.tenantId") ?? LOCAL_TENANT_ID;
  purgeProtectionFixed(existing?.properties["enablePurgeProtection"], requested["enablePurgeProtection"]);
  const properties: Json = {
    accessPolicies: [],
    enabledForDeployment: false,
    enableSoftDelete: true,
    softDeleteRetentionInDays:
      existing?.properties["softDeleteRetentionInDays"] ?? RETENTION_DAYS.vaultDefault,
    publicNetworkAccess: "Enabled",
    ...recoveredVaultKeepsProperties(requested, recovered?.properties),
    sku: { family: "A", name: requiredText(sku, "name", "properties.sku.name", ["standard", "premium"]) },
    tenantId,
    vaultUri: `https://${name.toLowerCase()}.vault.localhost/`,
  };
  delete properties["createMode"];
  vaultRetention(properties["softDeleteRetentionInDays"], existing?.properties["softDeleteRetentionInDays"]);
  return { properties };
}

function requireFreeName(core: Core, id: string, name: string): void {
  const same = core.resources
    .ofType(VAULT_TYPE)
    .find((other) => other.name.toLowerCase() === name.toLowerCase());
  vaultNameUnique({ id, name }, same);
}

function recover(
  { cloud, existing, name }: PutContext<Core>,
  createMode: string | undefined,
): ArmResource | undefined {
  if (existing) return undefined;
  const deleted = deletedVault(cloud, name);
  const isRecovery = createMode?.toLowerCase() === "recover";
  if (isRecovery) onlyDeletedVaultRecovered(name, deleted !== undefined);
  if (!deleted) return undefined;
  if (isRecovery) {
    cloud.store.delete(COLLECTION, name.toLowerCase());
    return deleted.vault;
  }
  const location = deleted.vault.location ?? "";
  const purge = DELETED.replace(":subscriptionId", "{subscription}").replace(":location", location);
  vaultNameKeptAfterDelete(`${purge.replace(":vaultName", name)}/purge`, true);
  return undefined;
}

const vault: ArmTypeSpec<Core> = {
  type: VAULT_TYPE,
  path: VAULT,
  alsoListedAt: ["/subscriptions/:subscriptionId/providers/Microsoft.KeyVault/vaults"],
  nameRule: NAMES.vault,
  tracked: true,
  build: buildVault,
  // The PUT is answered at once; clients poll the vault until its address is registered.
  putWork: { latency: "vault.create", style: "body", state: "RegisteringDns" },
};

/** ARM never returns a secret's value, only its address. */
const secret: ArmTypeSpec<Core> = {
  type: "Microsoft.KeyVault/vaults/secrets",
  path: `${VAULT}/secrets/:secretName`,
  nameRule: { pattern: /^[A-Za-z0-9-]{1,127}$/, rule: "1 to 127 letters, digits and hyphens" },
  build: ({ body, existing, id, name, cloud }) => {
    const { value, ...requested } = objectAt(body, "properties") ?? {};
    const created = Math.floor(cloud.clock.now().getTime() / 1000);
    const secretUri = `https://${/\/vaults\/([^/]+)/i.exec(id)?.[1]?.toLowerCase()}.vault.localhost/secrets/${name}`;
    return {
      hidden: { value: value ?? existing?.hidden?.["value"] },
      properties: { attributes: { enabled: true, created, updated: created }, ...requested, secretUri },
    };
  },
  present: (core, resource) => ({
    ...resource,
    location: core.resources.get(resource.id.split("/").slice(0, -2).join("/"))?.location,
  }),
  stateless: true,
  anonymous: true,
};

export function registerKeyVaults(app: FastifyInstance, core: Core): void {
  registerArmType(app, core, vault);
  registerArmType(app, core, secret);
  core.resources.onRemove(VAULT_TYPE, (resource) => softDelete(core, resource));
  registerDeletedVaults(app, core);
  registerNameAvailability(app, {
    type: VAULT_TYPE,
    nameRule: NAMES.vault,
    isTaken: (name) => hasName(core, VAULT_TYPE, name) || deletedVault(core, name) !== undefined,
    taken: (name) =>
      `The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is already taken.`,
  });
}

function softDelete(core: Core, resource: ArmResource): void {
  const now = core.clock.now();
  const days = Number(resource.properties["softDeleteRetentionInDays"] ?? RETENTION_DAYS.vaultDefault);
  const deleted: DeletedVault = {
    vault: resource,
    deletionDate: now.toISOString(),
    scheduledPurgeDate: retentionEnd(now, days).toISOString(),
  };
  core.store.put(COLLECTION, resource.name.toLowerCase(), deleted);
}

function registerDeletedVaults(app: FastifyInstance, core: Core): void {
  const present = (
    subscriptionId: string,
    { vault: { id, name, location, tags, properties }, ...dates }: DeletedVault,
  ): Json => ({
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${name}`,
    name,
    type: "Microsoft.KeyVault/deletedVaults",
    properties: {
      vaultId: id,
      location,
      tags,
      ...dates,
      purgeProtectionEnabled: properties["enablePurgeProtection"] === true,
    },
  });
  const find = ({ vaultName = "", location = "" }: Record<string, string>): DeletedVault => {
    const deleted = deletedVault(core, vaultName);
    if (deleted && deleted.vault.location === knownLocation(location, VAULT_TYPE)) return deleted;
    throw new ArmError(
      404,
      "DeletedVaultNotFound",
      `The specified deleted vault '${vaultName}' does not exist.`,
    );
  };
  app.get<{ Params: { subscriptionId: string } }>(
    "/subscriptions/:subscriptionId/providers/Microsoft.KeyVault/deletedVaults",
    accepts("deleted vaults", { query: PAGING }),
    (request) => {
      const all = core.store
        .list<DeletedVault>(COLLECTION)
        .map(([, deleted]) => present(request.params.subscriptionId, deleted));
      return page(all, request, core.baseUrl);
    },
  );
  app.get<RouteParams>(DELETED, accepts("one deleted vault"), (request) =>
    present(request.params["subscriptionId"] ?? "", find(request.params)),
  );
  app.post<RouteParams>(`${DELETED}/purge`, accepts("purge a deleted vault"), (request, reply) => {
    const { vault: found } = find(request.params);
    protectedVaultNotPurgeable(found.name, found.properties["enablePurgeProtection"] === true);
    core.store.delete(COLLECTION, found.name.toLowerCase());
    return reply.code(200).send();
  });
}
