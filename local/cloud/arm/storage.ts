/** Storage accounts and blob containers: control plane here, data plane in Azurite. */
import type { FastifyInstance } from "fastify";
import type { ArmResource } from "../cloud";
import type { Core } from "../core";
import { resourceNotFound } from "../errors";
import { storageKindFixed, storageNamespaceFixed } from "../rules/immutability";
import { NAMES, storageNameUnique } from "../rules/names";
import { bodyOf, isObject, type Json, objectAt, requiredText, textAt } from "./body";
import { hasName, registerNameAvailability } from "./nameAvailability";
import { idFor, registerArmType, type RouteParams } from "./type";
import type { ArmTypeSpec, PutContext } from "./typeSpec";
import { accepts, members } from "../strict/declaration";

const ACCOUNT_TYPE = "Microsoft.Storage/storageAccounts";
const ACCOUNT =
  "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.Storage/storageAccounts/:accountName";
const CONTAINER_TYPE = "Microsoft.Storage/storageAccounts/blobServices/containers";
const SERVICE = `${ACCOUNT}/blobServices/default`;

const KINDS = ["Storage", "StorageV2", "BlobStorage", "FileStorage", "BlockBlobStorage"];
const SKUS = [
  "Standard_LRS",
  "Standard_GRS",
  "Standard_RAGRS",
  "Standard_ZRS",
  "Premium_LRS",
  "Premium_ZRS",
  "Standard_GZRS",
  "Standard_RAGZRS",
];

/** On Azure the account's name is part of a host name, so it must be unique in the whole cloud. */
function requireFreeName({ cloud, id, name }: PutContext<Core>): void {
  const other = cloud.resources
    .ofType(ACCOUNT_TYPE)
    .find((account) => account.name === name && account.id.toLowerCase() !== id.toLowerCase());
  storageNameUnique({ id, name }, other);
}

async function buildAccount(context: PutContext<Core>): Promise<Partial<ArmResource>> {
  const { body, existing, cloud } = context;
  requireFreeName(context);
  const kind = requiredText({ kind: body["kind"] ?? existing?.kind }, "kind", "kind", KINDS);
  const sku = objectAt(body, "sku") ?? existing?.sku ?? {};
  const name = requiredText(sku, "name", "sku.name", SKUS);
  storageKindFixed(context.name, existing?.kind, kind);
  const requested = objectAt(body, "properties") ?? {};
  const hns = requested["isHnsEnabled"] ?? false;
  storageNamespaceFixed(existing ? (existing.properties["isHnsEnabled"] ?? false) : hns, hns);
  // A change is complete when it is answered; of a new account, the work after the answer sets it.
  await cloud.azurite.allowKeys(context.name, requested["allowSharedKeyAccess"] !== false);
  const created = existing?.properties["creationTime"] ?? cloud.clock.now().toISOString();
  return {
    kind,
    sku: { name, tier: name.split("_")[0] },
    properties: {
      supportsHttpsTrafficOnly: true,
      minimumTlsVersion: "TLS1_2",
      allowBlobPublicAccess: false,
      networkAcls: { bypass: "AzureServices", virtualNetworkRules: [], ipRules: [], defaultAction: "Allow" },
      encryption: {
        services: {
          file: { keyType: "Account", enabled: true, lastEnabledTime: created },
          blob: { keyType: "Account", enabled: true, lastEnabledTime: created },
        },
        keySource: "Microsoft.Storage",
      },
      ...(kind === "StorageV2" ? { accessTier: "Hot" } : {}),
      ...requested,
      creationTime: created,
      keyCreationTime: existing?.properties["keyCreationTime"] ?? { key1: created, key2: created },
      privateEndpointConnections: [],
    },
  };
}

function presentAccount(core: Core, resource: ArmResource): ArmResource {
  const location = resource.location;
  const blob = `${core.azurite.accountUrl(resource.name)}/`;
  return {
    ...resource,
    properties: {
      ...resource.properties,
      primaryLocation: location,
      statusOfPrimary: "available",
      primaryEndpoints: { blob },
    },
  };
}

const account: ArmTypeSpec<Core> = {
  type: ACCOUNT_TYPE,
  path: ACCOUNT,
  alsoListedAt: ["/subscriptions/:subscriptionId/providers/Microsoft.Storage/storageAccounts"],
  nameRule: NAMES.storageAccount,
  tracked: true,
  topLevel: ["identity"],
  build: buildAccount,
  anonymous: true,
  putWork: {
    latency: "storage.create",
    style: "location",
    state: "ResolvingDns",
    run: async (core, resource) =>
      core.clock.during(async () => {
        await core.azurite.addAccount(resource.name);
        await core.azurite.allowKeys(resource.name, resource.properties["allowSharedKeyAccess"] !== false);
      }),
  },
  present: presentAccount,
};

const container: ArmTypeSpec<Core> = {
  type: CONTAINER_TYPE,
  path: `${SERVICE}/containers/:containerName`,
  nameRule: NAMES.blobContainer,
  build: async ({ cloud, body, id, name }) => {
    const accountName = accountOf(id);
    const requested = objectAt(body, "properties") ?? {};
    await cloud.blobs.ensureContainer(accountName, name);
    return {
      properties: {
        publicAccess: textAt(requested, "publicAccess", "properties.publicAccess") ?? "None",
        ...(isObject(requested["metadata"]) ? { metadata: requested["metadata"] } : {}),
        defaultEncryptionScope: "$account-encryption-key",
        denyEncryptionScopeOverride: false,
        hasImmutabilityPolicy: false,
        hasLegalHold: false,
        leaseStatus: "Unlocked",
        leaseState: "Available",
        lastModifiedTime: cloud.clock.now().toISOString(),
      },
    };
  },
  etagInBody: true,
  stateless: true,
  anonymous: true,
};

function accountOf(id: string): string {
  return /\/storageAccounts\/([^/]+)/i.exec(id)?.[1] ?? "";
}

export function registerStorage(app: FastifyInstance, core: Core): void {
  registerArmType(app, core, account);
  registerArmType(app, core, container);
  registerBlobServices(app, core);
  registerKeys(app, core);
  registerNameAvailability(app, {
    type: ACCOUNT_TYPE,
    nameRule: NAMES.storageAccount,
    isTaken: (name) => hasName(core, ACCOUNT_TYPE, name),
    taken: (name) => `The storage account named ${name} is already taken.`,
  });
  core.resources.onRemove(CONTAINER_TYPE, ({ id, name }) => deleteContainer(core, accountOf(id), name));
  core.resources.onRemove(ACCOUNT_TYPE, async ({ name }) => {
    for (const containerName of await containerNames(core, name))
      await deleteContainer(core, name, containerName);
    await core.azurite.removeAccount(name);
  });
}

async function containerNames(core: Core, accountName: string): Promise<string[]> {
  const names: string[] = [];
  if (!core.azurite.keysOf(accountName)) return names;
  for await (const { name } of core.blobs.service(accountName).listContainers()) names.push(name);
  return names;
}

async function deleteContainer(core: Core, accountName: string, name: string): Promise<void> {
  if (!core.azurite.keysOf(accountName)) return;
  await core.blobs.service(accountName).getContainerClient(name).deleteIfExists();
}

function findAccount(core: Core, params: RouteParams["Params"]): ArmResource {
  const id = idFor(ACCOUNT, params);
  const resource = core.resources.get(id);
  if (!resource) throw resourceNotFound(id);
  return resource;
}

function registerBlobServices(app: FastifyInstance, core: Core): void {
  const present = (resource: ArmResource): Json => ({
    id: `${resource.id}/blobServices/default`,
    name: "default",
    type: "Microsoft.Storage/storageAccounts/blobServices",
    sku: resource.sku,
    properties: resource.hidden?.["blobService"] ?? {
      cors: { corsRules: [] },
      deleteRetentionPolicy: { enabled: false },
    },
  });
  app.get<RouteParams>(SERVICE, accepts("blob service settings"), (request) =>
    present(findAccount(core, request.params)),
  );
  app.put<RouteParams>(SERVICE, (request) => {
    const resource = findAccount(core, request.params);
    const blobService = objectAt(bodyOf(request), "properties") ?? {};
    const updated = { ...resource, hidden: { ...resource.hidden, blobService } };
    core.resources.put(updated);
    return present(updated);
  });
}

function registerKeys(app: FastifyInstance, core: Core): void {
  const keysOf = async (resource: ArmResource): Promise<Json> => {
    const { key1, key2 } =
      core.azurite.keysOf(resource.name) ?? (await core.azurite.addAccount(resource.name));
    const { creationTime } = resource.properties;
    const entry = (keyName: string, value: string): Json => ({
      keyName,
      value,
      permissions: "FULL",
      creationTime,
    });
    return { keys: [entry("key1", key1), entry("key2", key2)] };
  };
  app.post<RouteParams>(
    `${ACCOUNT}/listKeys`,
    accepts("keys of a storage account", { query: ["$expand"] }),
    (request) => keysOf(findAccount(core, request.params)),
  );
  app.post<RouteParams>(
    `${ACCOUNT}/regenerateKey`,
    accepts("a new key for a storage account", { body: members("keyName") }),
    async (request) => {
      const resource = findAccount(core, request.params);
      const which = requiredText(bodyOf(request), "keyName", "keyName", ["key1", "key2"]) as "key1" | "key2";
      await core.azurite.regenerateKey(resource.name, which);
      return keysOf(resource);
    },
  );
}
