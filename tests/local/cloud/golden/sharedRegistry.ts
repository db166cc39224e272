/** A created registry, and a model that a workspace shares to it. */
import { FROM_SERVICE, lastPage, LOCATION, MFE, resource, SYSTEM_DATA, TENANT } from "./common";
import { amid, armLife, changed, type Exchange, type Golden, type Json } from "./exchange";

const ML = "Microsoft.MachineLearningServices";
const REGISTRY = `{group}/providers/${ML}/registries/golden-registry`;
const PLANE = `/mferp/managementfrontend${REGISTRY}`;
const MANAGED = "{sub}/resourceGroups/azureml-rg-golden-registry_<guid:managed>";
const V = "api-version=2021-10-01-dataplanepreview";
const tags = { owner: "golden" };

const ARM_DOC =
  "inferred: from documents: Registries/get-SystemCreated.json of 2024-10-01 has these members; names and addresses as az ml registry create prints them";
const CLIENT =
  "inferred: from clients: azure-ai-ml 1.35.2, _utils/_registry_utils.py sends and reads it so (models.share, archive, download)";

const GENERATED =
  "inferred: from clients: the generated client v2025_01_01_preview of azure-ai-ml 1.28.1, registry_model_versions, declares these filters";

const registry = resource(REGISTRY, `${ML}/registries`, {
  location: LOCATION,
  tags,
  identity: { type: "SystemAssigned", principalId: "<guid:principal>", tenantId: TENANT },
  systemData: SYSTEM_DATA,
  properties: {
    publicNetworkAccess: "Enabled",
    intellectualPropertyPublisher: null,
    registryPrivateEndpointConnections: [],
    discoveryUrl: "<base>/registrymanagement/v1.0/registries/golden-registry/discovery",
    mlFlowRegistryUri: `azureml://<host>/mlflow/v1.0${REGISTRY}`,
    managedResourceGroup: { resourceId: MANAGED },
    regionDetails: [
      {
        location: LOCATION,
        storageAccountDetails: [
          {
            systemCreatedStorageAccount: {
              storageAccountName: "<hex:account>",
              storageAccountType: "Standard_LRS",
              storageAccountHnsEnabled: false,
              allowBlobPublicAccess: false,
              armResourceId: {
                resourceId: `${MANAGED}/providers/Microsoft.Storage/storageAccounts/<hex:account>`,
              },
            },
          },
        ],
        acrDetails: [
          {
            systemCreatedAcrAccount: {
              acrAccountName: "<hex:acr>",
              acrAccountSku: "Premium",
              armResourceId: {
                resourceId: `${MANAGED}/providers/Microsoft.ContainerRegistry/registries/<hex:acr>`,
              },
            },
          },
        ],
      },
    ],
    provisioningState: "Succeeded",
  },
});

const model: Json = {
  id: "azureml://registries/golden-registry/models/tuned/versions/1",
  name: "1",
  type: `${ML}/registries/models/versions`,
  systemData: {
    createdBy: "Local",
    createdByType: "User",
    createdAt: "<time>",
    lastModifiedBy: "Local",
    lastModifiedByType: "User",
    lastModifiedAt: "<time>",
  },
  properties: {
    description: null,
    tags: {},
    properties: {},
    isArchived: false,
    isAnonymous: false,
    flavors: { small_chat_lm: { data: { task: "chat-completion" } } },
    modelType: "mlflow_model",
    modelUri: "https://<hex:account>.blob.localhost:<blobport>/model-<guid:container>/mlflow_model_folder",
    jobName: "done",
    stage: null,
    provisioningState: "Succeeded",
  },
};
const archived = changed(model, { properties: { isArchived: true, tags, description: "for production" } });
const missing: Json = {
  error: {
    ...FROM_SERVICE,
    code: "NotFound",
    message: "The model tuned:1 was not found in registry golden-registry.",
  },
};

const call = (name: string, send: string, more: Partial<Exchange> = {}): Exchange => ({
  name,
  provenance: CLIENT,
  send,
  status: 200,
  ...more,
});

function filtered(name: string, filter: string, finds: boolean): Exchange {
  const send = `GET ${PLANE}/models/tuned/versions?${V}${filter}`;
  return { ...call(name, send), provenance: GENERATED, returns: finds ? lastPage(archived) : lastPage() };
}

const sharing: readonly Exchange[] = [
  call(
    "is discovered",
    "GET /registrymanagement/v1.0/registries/golden-registry/discovery?api-version=v1.0",
    {
      returns: {
        registryName: "golden-registry",
        primaryRegion: LOCATION,
        regions: [LOCATION],
        subscriptionId: "<guid>",
        resourceGroup: "golden",
        primaryRegionResourceProviderUri: "<base>/",
        registryFqdns: {},
      },
    },
  ),
  call("has no version before it is shared", `GET ${PLANE}/models/tuned/versions/1?${V}`, {
    status: 404,
    returns: missing,
  }),
  call("takes a workspace's model", `POST ${PLANE}/import?${V}`, {
    body: {
      properties: {
        referenceType: "Id",
        destinationName: "tuned",
        destinationVersion: "1",
        sourceAssetId: `azureml://locations/${LOCATION}/workspaces/<guid:goldenWs>/models/tuned/versions/1`,
      },
    },
    status: 202,
    has: { location: MFE["location"] ?? "" },
    settles: true,
  }),
  call("returns the shared version", `GET ${PLANE}/models/tuned/versions/1?${V}`, { returns: model }),
  call("lists the versions of a model", `GET ${PLANE}/models/tuned/versions?${V}`, {
    returns: lastPage(model),
  }),
  call("lists its models", `GET ${PLANE}/models?${V}`, {
    returns: lastPage({
      id: "azureml://registries/golden-registry/models/tuned",
      name: "tuned",
      type: `${ML}/registries/models`,
      systemData: model["systemData"],
      properties: {
        description: null,
        tags: {},
        properties: {},
        isArchived: false,
        latestVersion: "1",
        nextVersion: null,
        provisioningState: "Succeeded",
      },
    }),
  }),
  call("gives access to the files", `POST ${PLANE}/datarefs/tuned/versions/1?${V}`, {
    body: { assetId: model["id"], blobUri: "https://the.model/uri" },
    returns: {
      blobReferenceForConsumption: {
        blobUri: "https://<hex:account>.blob.localhost:<blobport>/model-<guid:container>/mlflow_model_folder",
        storageAccountArmId: `${MANAGED}/providers/Microsoft.Storage/storageAccounts/<hex:account>`,
        credential: {
          credentialType: "SAS",
          sasUri: "https://127.0.0.1:<blobport>/<hex:account>/model-<guid:container>?<sas>",
        },
      },
    },
  }),
  call("archives a version and changes its tags", `PUT ${PLANE}/models/tuned/versions/1?${V}`, {
    body: {
      properties: { isArchived: true, tags, description: "for production", modelType: "mlflow_model" },
    },
    returns: archived,
  }),
  filtered("hides the archived version", "", false),
  filtered(
    "finds a version by its tags, description and number",
    "&listViewType=All&tags=owner%3Dgolden&description=for%20production&version=1",
    true,
  ),
  filtered("finds no version by the value of another tag", "&listViewType=All&tags=owner%3Dother", false),
  filtered("finds no version by a property that it lacks", "&listViewType=All&properties=team", false),
];

export const sharedRegistry: Golden = {
  about: "a created registry and its models",
  needs: "model",
  exchanges: amid(
    armLife({
      provenance: ARM_DOC,
      id: REGISTRY,
      version: "2025-12-01",
      put: {
        location: LOCATION,
        tags,
        identity: { type: "SystemAssigned" },
        properties: {
          regionDetails: [
            {
              location: LOCATION,
              storageAccountDetails: [
                { systemCreatedStorageAccount: { storageAccountType: "Standard_LRS" } },
              ],
              acrDetails: [{ systemCreatedAcrAccount: { acrAccountSku: "Premium" } }],
            },
          ],
        },
      },
      made: { state: "Creating", has: MFE },
      resource: registry,
      lists: [`{group}/providers/${ML}/registries`, `{sub}/providers/${ML}/registries`],
      patch: {
        body: { tags: { owner: "other" } },
        changes: { tags: { owner: "other" } },
        state: "Updating",
      },
      deleted: 202,
    }),
    sharing,
  ),
};
