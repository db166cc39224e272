import type { FastifyInstance } from "fastify";
import { isObject, type Json, objectAt, requiredText, textAt } from "../arm/body";
import { registerArmType } from "../arm/type";
import type { ArmTypeSpec, PutContext } from "../arm/typeSpec";
import { ArmError } from "../armError";
import type { ArmResource } from "../cloud";
import type { Core } from "../core";
import { defaultDatastoreNotDeletable } from "../rules/lifecycle";
import { secretExpiryVersions } from "../rules/versions";
import { NAMES } from "../rules/names";
import { storageClient } from "../storageClient";
import { accepts, members } from "../strict/declaration";
import { propertiesOf, resourceOf } from "./request";
import { ML, WORKSPACE_ROUTE } from "./workspace";

const SECRETS = accepts("secrets of a datastore", { body: members("expirableSecret", "expireAfterHours") });
const DATASTORE_TYPE = `${ML}/workspaces/datastores`;
const DATASTORE = `${WORKSPACE_ROUTE}/datastores/:name`;
const TYPES = ["AzureBlob", "AzureFile", "AzureDataLakeGen2"];
const CREDENTIALS = ["AccountKey", "Sas", "ServicePrincipal", "Certificate", "None"];
const DEFAULT_SAS_HOURS = 1;
const HOUR_MS = 3600 * 1000;

function buildDatastore({ body, existing, cloud, id }: PutContext<Core>): Partial<ArmResource> {
  const requested = propertiesOf(body);
  const datastoreType = requiredText(requested, "datastoreType", "properties.datastoreType", TYPES);
  const accountName = requiredText(requested, "accountName", "properties.accountName");
  const place =
    datastoreType === "AzureBlob"
      ? "containerName"
      : datastoreType === "AzureFile"
        ? "fileShareName"
        : "filesystem";
  requiredText(requested, place, `properties.${place}`);
  const credentials = objectAt(requested, "credentials", "properties.credentials") ?? {
    credentialsType: "None",
  };
  const credentialsType = requiredText(
    credentials,
    "credentialsType",
    "properties.credentials.credentialsType",
    CREDENTIALS,
  );
  const secrets = isObject(credentials["secrets"]) ? credentials["secrets"] : existing?.hidden?.["secrets"];
  const visible = Object.fromEntries(Object.entries(credentials).filter(([key]) => key !== "secrets"));
  if (requested["isDefault"] === true) clearDefault(cloud, id);
  return {
    ...(secrets ? { hidden: { secrets } } : {}),
    properties: {
      description: null,
      tags: {},
      properties: {},
      isDefault: existing?.properties["isDefault"] ?? false,
      serviceDataAccessAuthIdentity: "None",
      endpoint: `localhost:${cloud.azurite.port}`,
      protocol: "https",
      subscriptionId: null,
      resourceGroup: null,
      ...requested,
      datastoreType,
      accountName,
      credentials: { ...visible, credentialsType },
    },
  };
}

function clearDefault(core: Core, id: string): void {
  const parent = id.split("/").slice(0, -2).join("/");
  for (const other of core.resources.children(parent)) {
    if (other.type !== DATASTORE_TYPE || other.properties["isDefault"] !== true) continue;
    if (other.id.toLowerCase() === id.toLowerCase()) continue;
    core.resources.put({ ...other, properties: { ...other.properties, isDefault: false } });
  }
}

const datastore: ArmTypeSpec<Core> = {
  type: DATASTORE_TYPE,
  path: DATASTORE,
  nameRule: NAMES.datastore,
  build: buildDatastore,
  patchable: false,
  stateless: true,
  beforeDelete: (_core, resource) =>
    defaultDatastoreNotDeletable(resource.name, resource.properties["isDefault"] === true),
  filter: (resource, query) => {
    const { isDefault, names } = query;
    const requestedNames = names?.split(",").map((name) => name.trim().toLowerCase());
    if (requestedNames && !requestedNames.includes(resource.name.toLowerCase())) return false;
    return isDefault === undefined || String(resource.properties["isDefault"]) === isDefault.toLowerCase();
  },
};

export function registerDatastores(app: FastifyInstance, core: Core): void {
  registerArmType(app, core, datastore);
  app.post(`${DATASTORE}/listSecrets`, SECRETS, (request) => {
    const requested = isObject(request.body) ? request.body : {};
    const version = new URLSearchParams(request.url.split("?")[1]).get("api-version") ?? "";
    secretExpiryVersions(version.toLowerCase(), Object.keys(requested));
    return secretsOf(core, resourceOf(core, DATASTORE, request), requested);
  });
}

/** With `expirableSecret` (newer SDKs) an account SAS, otherwise the stored secrets. */
function secretsOf(core: Core, resource: ArmResource, requested: Json): Json {
  const credentials = resource.properties["credentials"] as Json;
  const type = textAt(credentials, "credentialsType");
  const secrets = (resource.hidden?.["secrets"] ?? {}) as Json;
  const account = String(resource.properties["accountName"]);
  const key = textAt(secrets, "key") ?? core.azurite.keysOf(account)?.key1;
  if (type === "None") {
    const message = `The datastore '${resource.name}' has no credentials. It uses the caller's identity.`;
    throw new ArmError(400, "UserError", message);
  }
  if (type === "AccountKey") {
    if (!key)
      throw new ArmError(
        400,
        "UserError",
        `The datastore '${resource.name}' has no account key, and the storage account '${account}' does not exist here.`,
      );
    if (requested["expirableSecret"] !== true) return { secretsType: "AccountKey", key };
    return {
      secretsType: "Sas",
      sasToken: accountSas(account, key, Number(requested["expireAfterHours"] ?? DEFAULT_SAS_HOURS)),
    };
  }
  return { ...secrets, secretsType: type };
}

function accountSas(account: string, key: string, hours: number): string {
  const sas = storageClient();
  const now = Date.now();
  return sas
    .generateAccountSASQueryParameters(
      {
        services: sas.AccountSASServices.parse("b").toString(),
        resourceTypes: sas.AccountSASResourceTypes.parse("sco").toString(),
        permissions: sas.AccountSASPermissions.parse("rwdlac"),
        protocol: sas.SASProtocol.Https,
        startsOn: new Date(now - 5 * 60_000),
        expiresOn: new Date(now + hours * HOUR_MS),
      },
      new sas.StorageSharedKeyCredential(account, key),
    )
    .toString();
}

/** The datastores of a new workspace. Container names contain the workspace's GUID. */
export function defaultDatastores(core: Core, workspace: ArmResource, account: string): ArmResource[] {
  const guid = String(workspace.properties["workspaceId"]);
  const identityOnly =
    String(workspace.properties["systemDatastoresAuthMode"] ?? "").toLowerCase() === "identity";
  const credentials = { credentialsType: identityOnly ? "None" : "AccountKey" };
  const make = (name: string, properties: Json): ArmResource => ({
    id: `${workspace.id}/datastores/${name}`,
    name,
    type: DATASTORE_TYPE,
    systemData: workspace.systemData,
    properties: {
      description: null,
      tags: {},
      properties: null,
      isDefault: name === "workspaceblobstore",
      credentials,
      accountName: account,
      endpoint: `localhost:${core.azurite.port}`,
      protocol: "https",
      serviceDataAccessAuthIdentity: identityOnly ? "WorkspaceSystemAssignedIdentity" : "None",
      subscriptionId: null,
      resourceGroup: null,
      ...properties,
    },
  });
  return [
    make("workspaceblobstore", { datastoreType: "AzureBlob", containerName: `azureml-blobstore-${guid}` }),
    make("workspaceartifactstore", { datastoreType: "AzureBlob", containerName: "azureml" }),
    make("workspacefilestore", { datastoreType: "AzureFile", fileShareName: `azureml-filestore-${guid}` }),
    make("workspaceworkingdirectory", { datastoreType: "AzureFile", fileShareName: `code-${guid}` }),
  ];
}
