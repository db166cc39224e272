/** Datastores and connections: a workspace stores their credentials and returns them only on request. */
import { Including } from "./compare";
import { mlNotFound, mlResource } from "./common";
import { amid, armLife, changed, type Exchange, type Golden, type Json } from "./exchange";

const DATASTORE = "{ws}/datastores/extra";
const DOC =
  "inferred: from documents: AzureBlobDatastore of 2025-12-01; reference §3, Datastore GET and listSecrets (azure-ai-ml 1.35.2, 1.27.1)";
const V = "api-version=2024-10-01-preview";
const datastore = mlResource("datastores/extra", "datastores", {
  properties: {
    datastoreType: "AzureBlob",
    accountName: "goldenstore",
    containerName: "extra",
    description: "more",
    tags: { owner: "golden" },
    properties: {},
    isDefault: false,
    credentials: { credentialsType: "AccountKey" },
    endpoint: "localhost:<blobport>",
    protocol: "https",
    serviceDataAccessAuthIdentity: "None",
    subscriptionId: null,
    resourceGroup: null,
  },
});
/** The key of an account that does not exist, so that the stored key comes back. */
const KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";
const life = armLife({
  provenance: DOC,
  id: DATASTORE,
  version: "2024-10-01-preview",
  put: {
    properties: {
      datastoreType: "AzureBlob",
      accountName: "goldenstore",
      containerName: "extra",
      description: "more",
      tags: { owner: "golden" },
      credentials: { credentialsType: "AccountKey", secrets: { secretsType: "AccountKey", key: KEY } },
    },
  },
  resource: datastore,
  listed: (item) => ({ value: new Including([item]) }),
  gone: mlNotFound(DATASTORE),
});
const secrets = (name: string, body: Json, returns: Json): Exchange => ({
  name,
  provenance: DOC,
  send: `POST ${DATASTORE}/listSecrets?${V}`,
  body,
  status: 200,
  returns,
});

export const datastores: Golden = {
  about: "datastores and their secrets",
  needs: "workspace",
  exchanges: [
    ...amid(life, [
      {
        name: "the default datastore is found",
        provenance: DOC,
        send: `GET {ws}/datastores?${V}&isDefault=true`,
        status: 200,
        returns: {
          value: [
            changed(mlResource("datastores/workspaceblobstore", "datastores", {}), {
              properties: {
                ...(datastore["properties"] as Json),
                containerName: "azureml-blobstore-<guid>",
                description: null,
                tags: {},
                properties: null,
                isDefault: true,
              },
            }),
          ],
        },
      },
      secrets(
        "the secret is returned unchanged to older clients",
        {},
        { secretsType: "AccountKey", key: KEY },
      ),
      secrets(
        "the secret is returned as a signature that expires",
        { expirableSecret: true, expireAfterHours: 1 },
        { secretsType: "Sas", sasToken: "<sas>" },
      ),
    ]),
  ],
};

const CONNECTION = "{ws}/connections/git";
const CV = "2025-12-01";
const CONNECTION_DOC =
  "inferred: from documents: WorkspaceConnectionPropertiesV2 of 2025-12-01, union by authType; credentials are write-only (type files)";
const connection = mlResource("connections/git", "connections", {
  properties: {
    authType: "PAT",
    category: "Git",
    target: "https://git.example/repo",
    group: null,
    isSharedToAll: false,
    metadata: { note: "golden" },
  },
});
const connectionLife = armLife({
  provenance: CONNECTION_DOC,
  id: CONNECTION,
  version: CV,
  put: {
    properties: {
      authType: "PAT",
      category: "Git",
      target: "https://git.example/repo",
      metadata: { note: "golden" },
      credentials: { pat: "secret-token" },
    },
  },
  made: { status: 200 },
  resource: connection,
});

export const connections: Golden = {
  about: "connections of a workspace",
  needs: "workspace",
  exchanges: connectionLife,
};
