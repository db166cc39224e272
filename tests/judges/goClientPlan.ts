/** The calls that the Go client makes: the requests of its published examples, adapted to one workspace. */
import { NAMES, SUBSCRIPTION_ID } from "../local/cloud/clients/workspaceCloud";
import { pipelineJob } from "../local/cloud/ml/mlCloud";
import type { Example, Json, SdkCall } from "./goSdk";

const { group, workspace } = NAMES;
const groupId = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/${group}`;
export const workspaceId = `${groupId}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`;
const location = "westeurope";

type Examples = Readonly<Record<string, Example>>;
type Adapt = (name: string, changes?: Record<string, unknown>) => Json;

/** The calls until the job is submitted, and those that need the finished job. */
export function goClientPlan(examples: Examples): { first: SdkCall[]; second: SdkCall[] } {
  const example: Adapt = (name, changes) => adapted(examples, name, changes);
  return { first: first(example), second: second(example) };
}

/** A published example's request with other values at some paths. Undefined removes one. */
function adapted(examples: Examples, name: string, changes: Record<string, unknown> = {}): Json {
  const request = examples[name]?.request;
  if (!request) throw new Error(`The SDK has no example ${name} with a request.`);
  const body = structuredClone(request);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split("/");
    const last = keys.pop() ?? "";
    const parent = keys.reduce<Json>((at, key) => at[key] as Json, body);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return body;
}

const inWorkspace = (client: string, method: string, names: string[] = [], body?: Json): SdkCall => ({
  client,
  method,
  arguments: [group, workspace, ...names],
  ...(body ? { body } : {}),
});

/** Calls that create, and read what they created. */
function first(example: Adapt): SdkCall[] {
  const asset = { "properties/tags": { owner: "go" }, "properties/properties": { from: "go" } };
  return [
    {
      client: "Workspaces",
      method: "BeginCreateOrUpdate",
      arguments: [group, "second"],
      body: example("WorkspacesClient_BeginCreateOrUpdate", {
        location,
        identity: { type: "SystemAssigned" },
        "properties/storageAccount": `${groupId}/providers/Microsoft.Storage/storageAccounts/${NAMES.account}`,
        "properties/keyVault": `${groupId}/providers/Microsoft.KeyVault/vaults/clients-vault`,
        "properties/applicationInsights": undefined,
        "properties/containerRegistry": undefined,
        "properties/encryption": undefined,
        "properties/sharedPrivateLinkResources": undefined,
      }),
    },
    { client: "Workspaces", method: "Get", arguments: [group, "second"] },
    {
      client: "Workspaces",
      method: "BeginUpdate",
      arguments: [group, "second"],
      body: example("WorkspacesClient_BeginUpdate"),
    },
    { client: "Workspaces", method: "NewListByResourceGroupPager", arguments: [group] },
    { client: "Workspaces", method: "NewListBySubscriptionPager", arguments: [] },
    { client: "Workspaces", method: "ListKeys", arguments: [group, workspace] },
    { client: "Workspaces", method: "ListStorageAccountKeys", arguments: [group, workspace] },
    inWorkspace(
      "Compute",
      "BeginCreateOrUpdate",
      ["thing"],
      example("ComputeClient_BeginCreateOrUpdate_createAAmlCompute", {
        location,
        "properties/properties/osType": "Linux",
        "properties/properties/vmSize": "STANDARD_NC24ads_A100_v4",
        "properties/properties/virtualMachineImage": undefined,
      }),
    ),
    inWorkspace("Compute", "Get", ["thing"]),
    inWorkspace(
      "Compute",
      "BeginUpdate",
      ["thing"],
      example("ComputeClient_BeginUpdate", {
        "properties/properties/scaleSettings/minNodeCount": 0,
        "properties/properties/scaleSettings/maxNodeCount": 1,
      }),
    ),
    inWorkspace("Compute", "NewListPager"),
    inWorkspace("Compute", "NewListNodesPager", ["thing"]),
    inWorkspace(
      "Datastores",
      "CreateOrUpdate",
      ["thing"],
      example("DatastoresClient_CreateOrUpdate_createOrUpdateDatastoreAzureBlobWAccountKey", {
        "properties/accountName": NAMES.account,
        "properties/containerName": "extra",
        "properties/credentials/secrets/key": "c2VjcmV0",
      }),
    ),
    inWorkspace("Datastores", "Get", ["thing"]),
    inWorkspace("Datastores", "NewListPager"),
    inWorkspace("Datastores", "ListSecrets", ["thing"]),
    inWorkspace(
      "DataVersions",
      "CreateOrUpdate",
      ["thing", "1"],
      example("DataVersionsClient_CreateOrUpdate", {
        ...asset,
        "properties/dataUri": "azureml://datastores/workspaceblobstore/paths/data/train.jsonl",
      }),
    ),
    inWorkspace("DataVersions", "Get", ["thing", "1"]),
    inWorkspace("DataVersions", "NewListPager", ["thing"]),
    inWorkspace("DataContainers", "Get", ["thing"]),
    inWorkspace("Jobs", "CreateOrUpdate", ["thing"], jobBody(example)),
    inWorkspace("Jobs", "Get", ["thing"]),
    inWorkspace("Jobs", "NewListPager"),
    { client: "VirtualMachineSizes", method: "List", arguments: [location] },
    { client: "Usages", method: "NewListPager", arguments: [location] },
    { client: "Quotas", method: "NewListPager", arguments: [location] },
  ];
}

/** The example's job with the graph of a fine-tuning, which the example lacks. */
function jobBody(example: Adapt): Json {
  const { properties } = pipelineJob({ compute_finetune: "thing" }) as { properties: Json };
  const graph = JSON.parse(JSON.stringify(properties).replaceAll('"cpu"', '"thing"')) as Json;
  const body = example("JobsClient_CreateOrUpdate_createOrUpdatePipelineJob", {
    "properties/computeId": undefined,
    "properties/services": undefined,
    "properties/tags": { owner: "go" },
    "properties/properties": { from: "go" },
  });
  return { properties: { ...(body["properties"] as Json), ...graph } };
}

/** Calls that need the finished job, and those that delete. */
function second(example: Adapt): SdkCall[] {
  const tracked = { location, kind: "Managed", identity: { type: "SystemAssigned" }, tags: { owner: "go" } };
  const model = `${workspaceId}/models/thing/versions/1`;
  const deployment = "OnlineDeploymentsClient_BeginCreateOrUpdate_createOrUpdateManagedOnlineDeployment";
  return [
    inWorkspace(
      "ModelVersions",
      "CreateOrUpdate",
      ["thing", "1"],
      example("ModelVersionsClient_CreateOrUpdate", {
        "properties/modelType": "mlflow_model",
        "properties/modelUri": "azureml://jobs/thing/outputs/trained_model",
        "properties/tags": { owner: "go" },
        "properties/properties": { from: "go" },
        "properties/flavors": undefined,
      }),
    ),
    inWorkspace("ModelVersions", "Get", ["thing", "1"]),
    inWorkspace("ModelVersions", "NewListPager", ["thing"]),
    inWorkspace("ModelContainers", "Get", ["thing"]),
    inWorkspace(
      "OnlineEndpoints",
      "BeginCreateOrUpdate",
      ["thing"],
      example("OnlineEndpointsClient_BeginCreateOrUpdate", {
        ...tracked,
        sku: undefined,
        "properties/authMode": "Key",
        "properties/compute": undefined,
        "properties/traffic": {},
        "properties/properties": { from: "go" },
      }),
    ),
    inWorkspace("OnlineEndpoints", "Get", ["thing"]),
    inWorkspace(
      "OnlineDeployments",
      "BeginCreateOrUpdate",
      ["thing", "blue"],
      example(deployment, {
        ...tracked,
        identity: undefined,
        sku: { name: "Default", capacity: 1 },
        "properties/model": model,
        "properties/instanceType": "Standard_NC24ads_A100_v4",
        "properties/codeConfiguration": undefined,
        "properties/environmentId": undefined,
        "properties/modelMountPath": undefined,
        "properties/environmentVariables": { NAME: "value" },
        "properties/properties": { from: "go" },
        // The example has five minutes, which the service does not allow.
        "properties/requestSettings/requestTimeout": "PT1M30S",
        "properties/livenessProbe/failureThreshold": 30,
      }),
    ),
    inWorkspace("OnlineDeployments", "Get", ["thing", "blue"]),
    inWorkspace(
      "OnlineDeployments",
      "BeginUpdate",
      ["thing", "blue"],
      example("OnlineDeploymentsClient_BeginUpdate_updateManagedOnlineDeployment", {
        sku: { name: "Default", capacity: 1 },
        tags: { owner: "go", changed: "yes" },
      }),
    ),
    inWorkspace(
      "OnlineEndpoints",
      "BeginUpdate",
      ["thing"],
      example("OnlineEndpointsClient_BeginUpdate", {
        identity: { type: "SystemAssigned" },
        tags: { owner: "go", changed: "yes" },
      }),
    ),
    inWorkspace("OnlineDeployments", "NewListPager", ["thing"]),
    inWorkspace("OnlineDeployments", "NewListSKUsPager", ["thing", "blue"]),
    inWorkspace("OnlineDeployments", "GetLogs", ["thing", "blue"], { tail: 10 }),
    inWorkspace("OnlineEndpoints", "NewListPager"),
    inWorkspace("OnlineEndpoints", "ListKeys", ["thing"]),
    inWorkspace("OnlineEndpoints", "BeginRegenerateKeys", ["thing"], { keyType: "Primary" }),
    inWorkspace("OnlineDeployments", "BeginDelete", ["thing", "blue"]),
    inWorkspace("OnlineEndpoints", "BeginDelete", ["thing"]),
    inWorkspace("ModelVersions", "Delete", ["thing", "1"]),
    inWorkspace("DataVersions", "Delete", ["thing", "1"]),
    inWorkspace("Jobs", "BeginDelete", ["thing"]),
    inWorkspace("Compute", "BeginDelete", ["thing", "Delete"]),
    inWorkspace("Datastores", "Delete", ["thing"]),
    { client: "Workspaces", method: "BeginDelete", arguments: [group, "second"] },
  ];
}
