/** Storage accounts and blob containers. */
import { LOCATION, resource } from "./common";
import { amid, armLife, type Exchange, type Golden, type Json } from "./exchange";
import { atSubscription, PROVIDERS, tags } from "./services";

const STORE_TYPE = "Microsoft.Storage/storageAccounts";
export const STORE = `${PROVIDERS}/${STORE_TYPE}/freshstore`;
const STORE_DOC =
  "inferred: from documents: OpenAPI and type files of Microsoft.Storage 2024-01-01; inputs and outputs as azure-native 3.28.0 has them";
const keyed = { keyType: "Account", enabled: true, lastEnabledTime: "<time>" };
/** What is sent for an account, and the account once it exists. */
export const ACCOUNT_PUT: Json = {
  location: LOCATION,
  tags,
  kind: "StorageV2",
  sku: { name: "Standard_LRS" },
  properties: { allowSharedKeyAccess: true },
};
export const store = resource(STORE, STORE_TYPE, {
  location: LOCATION,
  tags,
  kind: "StorageV2",
  sku: { name: "Standard_LRS", tier: "Standard" },
  properties: {
    provisioningState: "Succeeded",
    creationTime: "<time>",
    keyCreationTime: { key1: "<time>", key2: "<time>" },
    primaryLocation: LOCATION,
    statusOfPrimary: "available",
    primaryEndpoints: { blob: "https://127.0.0.1:<digits>/freshstore/" },
    privateEndpointConnections: [],
    accessTier: "Hot",
    minimumTlsVersion: "TLS1_2",
    allowBlobPublicAccess: false,
    allowSharedKeyAccess: true,
    supportsHttpsTrafficOnly: true,
    networkAcls: { bypass: "AzureServices", virtualNetworkRules: [], ipRules: [], defaultAction: "Allow" },
    encryption: { services: { file: keyed, blob: keyed }, keySource: "Microsoft.Storage" },
  },
});
const keys = {
  keys: ["key1", "key2"].map((keyName) => ({
    keyName,
    value: "<key>",
    permissions: "FULL",
    creationTime: "<time>",
  })),
};
const CONTAINER_TYPE = `${STORE_TYPE}/blobServices/containers`;
const container = resource(`${STORE}/blobServices/default/containers/box`, CONTAINER_TYPE, {
  etag: "<etag>",
  properties: {
    publicAccess: "None",
    metadata: { owner: "golden" },
    defaultEncryptionScope: "$account-encryption-key",
    denyEncryptionScopeOverride: false,
    hasImmutabilityPolicy: false,
    hasLegalHold: false,
    leaseStatus: "Unlocked",
    leaseState: "Available",
    lastModifiedTime: "<time>",
  },
});
const service = {
  id: `${STORE}/blobServices/default`,
  name: "default",
  type: `${STORE_TYPE}/blobServices`,
  sku: { name: "Standard_LRS", tier: "Standard" },
  properties: { cors: { corsRules: [] }, deleteRetentionPolicy: { enabled: false } },
};
const SV = "api-version=2024-01-01";

const atStore = (name: string, send: string, returns: unknown, body?: unknown): Exchange => ({
  name,
  provenance: STORE_DOC,
  send: `${send}?${SV}`,
  status: 200,
  returns,
  ...(body === undefined ? {} : { body }),
});

const storage = armLife({
  provenance: STORE_DOC,
  id: STORE,
  version: "2024-01-01",
  put: ACCOUNT_PUT,
  // The service answers the PUT with 202 and no body; the resource comes from the Location.
  made: { status: 202, bodiless: true, has: { location: "<base>{sub}/providers/Microsoft.Storage/<text>" } },
  resource: store,
  lists: [`${PROVIDERS}/${STORE_TYPE}`, atSubscription(STORE_TYPE)],
  patch: {
    body: { properties: { minimumTlsVersion: "TLS1_3" } },
    changes: { properties: { minimumTlsVersion: "TLS1_3" } },
  },
});

export const storageAccounts: Golden = {
  about: "storage accounts and blob containers",
  needs: "group",
  exchanges: [
    ...amid(storage, [
      atStore("the keys are listed", `POST ${STORE}/listKeys`, keys),
      atStore("a key is regenerated", `POST ${STORE}/regenerateKey`, keys, { keyName: "key2" }),
      ...["freshstore", "otherstore"].map((name): Exchange => ({
        name: `whether the name ${name} is free`,
        provenance:
          "inferred: from documents: OpenAPI of Microsoft.Storage 2023-05-01, StorageAccounts_CheckNameAvailability; the message in Microsoft Learn's lessons",
        send: `POST ${atSubscription("Microsoft.Storage")}/checkNameAvailability?api-version=2023-05-01`,
        body: { name, type: STORE_TYPE },
        status: 200,
        returns:
          name === "freshstore"
            ? {
                nameAvailable: false,
                reason: "AlreadyExists",
                message: "The storage account named freshstore is already taken.",
              }
            : { nameAvailable: true },
      })),
      atStore("the blob service is read", `GET ${STORE}/blobServices/default`, service),
      atStore(
        "the blob service is set",
        `PUT ${STORE}/blobServices/default`,
        { ...service, properties: { deleteRetentionPolicy: { enabled: true, days: 7 } } },
        { properties: { deleteRetentionPolicy: { enabled: true, days: 7 } } },
      ),
      ...armLife({
        provenance:
          "inferred: from documents: OpenAPI of Microsoft.Storage 2024-01-01, BlobContainers; top-level etag as azure-native 3.28.0 reads it",
        id: `${STORE}/blobServices/default/containers/box`,
        version: "2024-01-01",
        put: { properties: { publicAccess: "None", metadata: { owner: "golden" } } },
        resource: container,
        patch: {
          body: { properties: { metadata: { owner: "other" } } },
          changes: { properties: { metadata: { owner: "other" } } },
        },
      }),
    ]),
  ],
};
