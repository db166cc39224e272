/** Microsoft's published answers can be read by the program's clients, and the azure-native stand-in keeps all of them. */
import { getJob } from "../../azureml/clients/jobs";
import {
  deploymentState,
  endpointBody,
  getOnlineEndpoint,
  scoringCredential,
} from "../../azureml/clients/onlineEndpoints";
import { getRegistryComponent, getRegistryModel } from "../../azureml/clients/registry";
import { listUsages, listVmSizes } from "../../azureml/clients/sizes";
import { findWorkspace, getBlobDatastore, listDatastoreSecrets } from "../../azureml/clients/workspaces";
import type { AzureSession } from "../../azureml/clients/session";
import { toOutputs } from "../../local/plugins/azureNative/shape";
import { resourceSpec } from "../../local/plugins/azureNative/tables";
import type { Properties } from "../../local/plugins/host/values";
import { fakeCloud } from "../azureml/support";
import { askGoSdk, type Example, type Json, prepareGoSdk, publishedExamples } from "./goSdk";
import { losses } from "./losses";

const go = prepareGoSdk();
const title = (what: string): string => (go.available ? what : `${what} (skipped: ${go.reason})`);
const describeWithGo = go.available ? describe : describe.skip;

const ref = { subscriptionId: "s", resourceGroupName: "test-rg", workspaceName: "my-aml-workspace" };
let examples: Record<string, Example> = {};

beforeAll(() => {
  if (go.available) examples = publishedExamples(go.executable);
});

function response(name: string): Json {
  const found = examples[name]?.response;
  if (!found) throw new Error(`The SDK has no example ${name} with an answer.`);
  return found;
}

/** The value at a path of a document. */
function at(document: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document);
}

/** A session that answers every request with the example, or with the one of the first matching path. */
function answering(body: unknown, others: Record<string, unknown> = {}): AzureSession {
  return fakeCloud(({ url }) => {
    const other = Object.keys(others).find((part) => url.toLowerCase().includes(part.toLowerCase()));
    return { status: 200, body: other ? others[other] : body };
  }).session;
}

type Read = (session: AzureSession) => Promise<unknown>;
/** What the client must return, as fields of the example (after `=`) or as values. */
type Case = readonly [example: string, read: Read, expected: Record<string, unknown>];

const field = (path: string) => ({ path });
const isField = (value: unknown): value is { path: string } =>
  typeof value === "object" && value !== null && "path" in value;

const job: Read = (session) => getJob(session, ref, "job");
const jobFields = {
  name: field("name"),
  status: field("properties.status"),
  tags: field("properties.tags"),
  properties: field("properties.properties"),
  createdAt: field("systemData.createdAt"),
};
const endpoint: Read = (session) => getOnlineEndpoint(session, ref, "endpoint");

const cases: readonly Case[] = [
  [
    "WorkspacesClient_Get",
    (session) => findWorkspace(session, ref),
    {
      id: field("id"),
      location: field("location"),
      discoveryUrl: field("properties.discoveryUrl"),
      storageAccountId: field("properties.storageAccount"),
    },
  ],
  ["JobsClient_Get_getPipelineJob", job, jobFields],
  ["JobsClient_Get_getCommandJob", job, jobFields],
  ["JobsClient_Get_getSweepJob", job, jobFields],
  ["JobsClient_Get_getAutoMlJob", job, jobFields],
  ["JobsClient_CreateOrUpdate_createOrUpdatePipelineJob", job, jobFields],
  [
    "OnlineEndpointsClient_Get",
    endpoint,
    {
      name: field("name"),
      location: field("location"),
      scoringUri: field("properties.scoringUri"),
      provisioningState: field("properties.provisioningState"),
      traffic: field("properties.traffic"),
      authMode: field("properties.authMode"),
    },
  ],
  ["OnlineEndpointsClient_BeginCreateOrUpdate", endpoint, { traffic: field("properties.traffic") }],
  [
    "OnlineDeploymentsClient_Get_getManagedOnlineDeployment",
    async (session) => ({ state: await deploymentState(session, ref, "endpoint", "blue") }),
    { state: field("properties.provisioningState") },
  ],
  [
    "DatastoresClient_ListSecrets",
    (session) => listDatastoreSecrets(session, ref, "store"),
    { accountKey: field("key") },
  ],
  [
    "VirtualMachineSizesClient_List",
    async (session) => (await listVmSizes(session, "s", "eastus"))[0],
    {
      name: field("value.0.name"),
      family: field("value.0.family"),
      vCpus: field("value.0.vCPUs"),
      gpus: field("value.0.gpus"),
      memoryGb: field("value.0.memoryGB"),
      lowPriorityCapable: field("value.0.lowPriorityCapable"),
      supportedComputeTypes: field("value.0.supportedComputeTypes"),
    },
  ],
  [
    "UsagesClient_NewListPager",
    async (session) => (await listUsages(session, "s", "eastus"))[0],
    {
      name: field("value.0.name.value"),
      displayName: field("value.0.name.localizedValue"),
      current: field("value.0.currentValue"),
      limit: field("value.0.limit"),
      unit: field("value.0.unit"),
    },
  ],
];

describeWithGo(title("the program's clients"), () => {
  it.each(cases)("read the example %s", async (name, read, expected) => {
    const body = response(name);
    const found = (await read(answering(body))) as Json;
    for (const [property, value] of Object.entries(expected)) {
      const wanted = isField(value) ? at(body, value.path) : value;
      expect([property, found[property]]).toEqual([property, wanted]);
      expect([property, wanted]).not.toEqual([property, undefined]);
    }
  });

  it("read the example of a datastore with the ones of a workspace and a storage account", async () => {
    const datastore = response("DatastoresClient_CreateOrUpdate_createOrUpdateDatastoreAzureBlobWAccountKey");
    const session = answering(response("WorkspacesClient_Get"), { "/datastores/": datastore });
    expect(await getBlobDatastore(session, ref, "store")).toMatchObject({
      accountName: at(datastore, "properties.accountName"),
      containerName: at(datastore, "properties.containerName"),
    });
  });

  it("read the examples of an endpoint's keys and token", async () => {
    const keys = response("OnlineEndpointsClient_ListKeys");
    const token = response("OnlineEndpointsClient_GetToken");
    const shown = response("OnlineEndpointsClient_Get");
    const secret = async (authMode: string, others: Record<string, unknown>): Promise<string> => {
      const body = { ...shown, properties: { ...(shown["properties"] as Json), authMode } };
      const session = answering(body, others);
      const found = await getOnlineEndpoint(session, ref, "endpoint");
      return scoringCredential(session, ref, found!);
    };
    expect(await secret("Key", { "/listKeys": keys })).toBe(keys["primaryKey"]);
    expect(await secret("AMLToken", { "/token": token })).toBe(token["accessToken"]);
  });

  it("read the examples of a model and a component in a registry", async () => {
    const discovery = {
      primaryRegionResourceProviderUri: "https://registry.test/",
      subscriptionId: "s",
      resourceGroup: "g",
    };
    const model = response("RegistryModelVersionsClient_Get");
    const component = response("RegistryComponentVersionsClient_Get");
    const session = answering(undefined, {
      "/discovery": discovery,
      "/models/": model,
      "/components/": component,
    });
    expect(await getRegistryModel(session, "registry", "model", "1")).toMatchObject({
      description: at(model, "properties.description"),
      tags: at(model, "properties.tags"),
      isArchived: at(model, "properties.isArchived") === true,
      createdAt: at(model, "systemData.createdAt"),
    });
    expect(await getRegistryComponent(session, "registry", "component", "1")).toMatchObject({
      name: "component",
      isArchived: at(component, "properties.isArchived") === true,
    });
  });

  it("send an endpoint back as the SDK's type accepts it, with all that may be written", async () => {
    if (!go.available) return;
    const shown = response("OnlineEndpointsClient_Get");
    const found = await getOnlineEndpoint(answering(shown), ref, "endpoint");
    const body = endpointBody(found!.raw, { traffic: { blue: 100 } });
    const [verdict] = askGoSdk(go.executable, [{ model: "ml.OnlineEndpoint", json: body }]);
    expect(verdict).not.toHaveProperty("error");
    expect(losses(body, (verdict as { json: unknown }).json)).toEqual([]);
    // What the client leaves out is what only the service writes.
    const readOnly = [
      ...["id", "name", "type", "systemData", "properties.traffic"],
      ...[
        "properties.scoringUri",
        "properties.swaggerUri",
        "properties.provisioningState",
        "properties.keys",
      ],
      ...["identity.principalId", "identity.tenantId", "identity.userAssignedIdentities"],
    ];
    const isReadOnly = (path: string): boolean =>
      readOnly.some((name) => path === name || path.startsWith(`${name}.`));
    expect(losses(shown, body).filter((path) => !isReadOnly(path))).toEqual([]);
  });
});

const types: ReadonlyArray<readonly [type: string, ...examples: string[]]> = [
  ["Workspace", "WorkspacesClient_Get", "WorkspacesClient_BeginCreateOrUpdate"],
  ["Compute", "ComputeClient_Get_getAAmlCompute", "ComputeClient_BeginCreateOrUpdate_createAAmlCompute"],
  ["DataVersion", "DataVersionsClient_Get", "DataVersionsClient_CreateOrUpdate"],
  ["ModelVersion", "ModelVersionsClient_Get", "ModelVersionsClient_CreateOrUpdate"],
  ["OnlineEndpoint", "OnlineEndpointsClient_Get", "OnlineEndpointsClient_BeginCreateOrUpdate"],
  [
    "OnlineDeployment",
    "OnlineDeploymentsClient_Get_getManagedOnlineDeployment",
    "OnlineDeploymentsClient_BeginCreateOrUpdate_createOrUpdateManagedOnlineDeployment",
  ],
];

describeWithGo(title("the azure-native stand-in"), () => {
  it.each(types)("has an output for every field of the examples of a %s", (type, ...names) => {
    const spec = resourceSpec(`azure-native:machinelearningservices:${type}`);
    for (const name of names) {
      const body = response(name) as Properties;
      const outputs = toOutputs(`${spec.typeKey}/out`, spec, body);
      const shown = spec.topLevel ? flattened(body) : body;
      expect(losses(shown, outputs).filter((path) => path !== "id")).toEqual([]);
    }
  });
});

/** A resource whose properties are outputs of their own, as azure-native has a workspace. */
function flattened(body: Json): Json {
  const { properties, ...envelope } = body;
  const nested = ["privateEndpointConnections", "sharedPrivateLinkResources"];
  const inner = Object.entries((properties ?? {}) as Json).map(([name, value]) => [
    name,
    nested.includes(name)
      ? (value as Json[]).map(({ properties: own, ...item }) => ({ ...item, ...(own as Json) }))
      : value,
  ]);
  return { ...envelope, ...(Object.fromEntries(inner) as Json) };
}
