/** Workspaces: their answers, their keys, their soft delete. */
import { Including } from "./compare";
import { asyncHeaders, LOCATION, resource, SYSTEM_DATA, TENANT } from "./common";
import { amid, armLife, type Exchange, type Golden } from "./exchange";

const ML = "Microsoft.MachineLearningServices";
const WORKSPACE = `{group}/providers/${ML}/workspaces/fresh`;
const STORE = "{group}/providers/Microsoft.Storage/storageAccounts/goldenstore";
const VAULT = "{group}/providers/Microsoft.KeyVault/vaults/golden-vault";
const WORKSPACE_DOC =
  "inferred: from documents: type files of workspaces 2025-12-01, inputs and outputs as azure-native 3.28.0 has them; reference §3: location, discoveryUrl, mlFlowTrackingUri and workspaceId are read by azure-ai-ml 1.35.2";
const tags = { owner: "golden" };

const workspace = resource(WORKSPACE, `${ML}/workspaces`, {
  location: LOCATION,
  tags,
  kind: "Default",
  sku: { name: "Basic", tier: "Basic" },
  identity: { type: "SystemAssigned", principalId: "<guid:principal>", tenantId: TENANT },
  systemData: SYSTEM_DATA,
  properties: {
    friendlyName: "Fresh",
    description: "a workspace",
    workspaceId: "<guid:workspace>",
    storageAccount: STORE,
    keyVault: VAULT,
    discoveryUrl: "<base>/discovery/workspaces/<guid:workspace>",
    mlFlowTrackingUri: `azureml://<host>/mlflow/v1.0${WORKSPACE}`,
    notebookInfo: {
      resourceId: "<hex>",
      fqdn: "ml-fresh.notebooks.localhost",
      isPrivateLinkEnabled: false,
      notebookPreparationError: null,
    },
    provisioningState: "Succeeded",
    tenantId: TENANT,
    creationTime: "<time>",
    hbiWorkspace: false,
    allowPublicAccessWhenBehindVnet: false,
    publicNetworkAccess: "Enabled",
    v1LegacyMode: false,
    enableDataIsolation: false,
    systemDatastoresAuthMode: "accesskey",
    storageHnsEnabled: false,
    privateLinkCount: 0,
    privateEndpointConnections: [],
  },
});
const V = "api-version=2025-12-01";
const life = armLife({
  provenance: WORKSPACE_DOC,
  id: WORKSPACE,
  version: "2025-12-01",
  put: {
    location: LOCATION,
    tags,
    identity: { type: "SystemAssigned" },
    properties: { friendlyName: "Fresh", description: "a workspace", storageAccount: STORE, keyVault: VAULT },
  },
  // Workspace/create.json of stable/2025-06-01 (Azure/azure-rest-api-specs): 202 without a body. It names Location only.
  made: {
    status: 202,
    bodiless: true,
    has: asyncHeaders(ML, "workspaceOperationsStatus", "workspaceOperationResults"),
  },
  resource: workspace,
  lists: [`{group}/providers/${ML}/workspaces`, `{sub}/providers/${ML}/workspaces`],
  listed: (item) => ({ value: new Including([item]) }),
  patch: {
    body: { tags: { owner: "other" }, properties: { friendlyName: "Other" } },
    changes: { tags: { owner: "other" }, properties: { friendlyName: "Other" } },
    state: "Updating",
  },
  deleted: 202,
});
const onWorkspace = (
  name: string,
  action: string,
  returns: unknown,
  provenance: Exchange["provenance"] = WORKSPACE_DOC,
): Exchange => ({ name, provenance, send: `POST ${WORKSPACE}/${action}?${V}`, status: 200, returns });

export const workspaces: Golden = {
  about: "workspaces",
  needs: "workspace",
  exchanges: [
    ...amid(life, [
      onWorkspace(
        "the keys are listed",
        "listKeys",
        {
          userStorageKey: "<key>",
          userStorageArmId: STORE,
          userStorageResourceId: STORE,
          appInsightsInstrumentationKey: null,
          containerRegistryCredentials: null,
          notebookAccessKeys: null,
        },
        "inferred: from documents: ListWorkspaceKeysResult of 2025-12-01 (userStorageArmId) and of 2023-04-01 (userStorageResourceId), as both clients read it",
      ),
      onWorkspace(
        "the storage key is listed",
        "listStorageAccountKeys",
        { userStorageKey: "<key>" },
        "published example: Workspace/listStorageAccountKeys.json of 2024-10-01",
      ),
      onWorkspace("the keys are synchronized", "resyncKeys", undefined),
      {
        ...onWorkspace(
          "it is diagnosed",
          "diagnose",
          {
            value: {
              userDefinedRouteResults: [],
              networkSecurityRuleResults: [],
              resourceLockResults: [],
              dnsResolutionResults: [],
              storageAccountResults: [],
              keyVaultResults: [],
              containerRegistryResults: [],
              applicationInsightsResults: [],
              otherResults: [],
            },
          },
          "published example: Workspace/diagnose.json of 2024-10-01",
        ),
        body: { value: { storageAccount: {} } },
      },
      ...["batchEndpoints", "schedules", "privateEndpointConnections"].map((collection): Exchange => ({
        name: `its ${collection} are listed: there are none`,
        provenance:
          "inferred: from documents: lists of @azure/arm-machinelearning 2.1.1; a workspace without any answers an empty page",
        send: `GET ${WORKSPACE}/${collection}?api-version=2024-04-01`,
        status: 200,
        returns: { value: [] },
      })),
      {
        name: "its services are found without a token",
        provenance:
          "inferred: from clients: azure-ai-ml 1.35.2 and 1.27.1 read `api` there, without Authorization (reference §3)",
        send: "GET /discovery/workspaces/<guid:workspace>",
        status: 200,
        returns: Object.fromEntries(
          ["api", "history", "experimentation", "modelmanagement", "mlflow", "catalog", "studio"].map(
            (name) => [name, "<base>"],
          ),
        ),
      },
    ]),
    {
      name: "its name stays reserved after it is deleted",
      provenance: "inferred: from a public log: Azure/ResourceModules#3596, code and message",
      send: `PUT ${WORKSPACE}?${V}`,
      body: {
        location: LOCATION,
        identity: { type: "SystemAssigned" },
        properties: { storageAccount: STORE, keyVault: VAULT },
      },
      status: 400,
      returns: {
        error: {
          code: "BadRequest",
          message: "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete",
        },
      },
    },
    {
      name: "deleted workspaces are listed",
      provenance: "inferred: public scripts read it; Microsoft documents only the portal's view",
      send: `GET {sub}/providers/${ML}/deletedWorkspaces?${V}`,
      status: 200,
      returns: {
        value: new Including([
          {
            id: WORKSPACE,
            name: "fresh",
            type: `${ML}/deletedWorkspaces`,
            location: LOCATION,
            kind: "Default",
            properties: { deletedAt: "<time>" },
          },
        ]),
      },
    },
    {
      name: "it is purged",
      provenance:
        "inferred: from documents: Workspaces_Delete with forceToPurge, 2023-06-01-preview and later",
      send: `DELETE ${WORKSPACE}?${V}&forceToPurge=true`,
      status: 204,
    },
  ],
};
