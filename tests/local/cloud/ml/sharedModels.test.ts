import { registryBody } from "../../../../operations/contract/registry";
import { SUBSCRIPTION } from "../helpers/testCloud";
import { ACCOUNT, CONTAINER, GROUP, type MlCloud, startMlCloud, WORKSPACE } from "./mlCloud";
import { dataPlaneOf, shareModel } from "./registries";

const REGISTRY = `${GROUP}/providers/Microsoft.MachineLearningServices/registries/shared`;
const MODEL = `${WORKSPACE}/models/chat/versions/1`;
const tags = { job: "trained", contentHash: "sha256:aa" };
const ref = { registry: "shared", name: "chat", version: "1" };

describe("a created registry", () => {
  let cloud: MlCloud;
  let base: string;
  beforeAll(async () => {
    cloud = await startMlCloud();
    await cloud.done("PUT", REGISTRY, registryBody("westeurope"));
    await cloud.trained("trained", { learning_rate: "1" });
    const modelUri = "azureml://jobs/trained/outputs/trained_model";
    await cloud.call("PUT", MODEL, { properties: { modelType: "mlflow_model", modelUri, tags } });
    base = await dataPlaneOf(cloud, "shared");
  });
  afterAll(() => cloud.dispose());
  const version = (): ReturnType<MlCloud["call"]> => cloud.call("GET", `${base}/models/chat/versions/1`);

  it("is discovered with its regions, and has a managed group with a storage account", async () => {
    const { body } = await cloud.call("GET", "/registrymanagement/v1.0/registries/SHARED/discovery");
    expect(body).toMatchObject({ registryName: "shared", regions: ["westeurope"], resourceGroup: "rg" });
    const { properties } = (await cloud.call("GET", REGISTRY)).body;
    const [{ storageAccountDetails }] = properties.regionDetails;
    const { armResourceId } = storageAccountDetails[0].systemCreatedStorageAccount;
    expect(armResourceId.resourceId).toContain(properties.managedResourceGroup.resourceId);
    expect((await cloud.call("GET", armResourceId.resourceId)).status).toBe(200);
  });

  it("copies a model version with its files, tags and flavors; the answer of the import is empty", async () => {
    expect((await version()).status).toBe(404);
    const { accepted, ended } = await shareModel(cloud, ref);
    expect([accepted.status, ended.status, ended.body]).toEqual([202, 204, ""]);
    const { body } = await version();
    expect(body.id).toBe("azureml://registries/shared/models/chat/versions/1");
    expect(body.properties).toMatchObject({ tags, modelType: "mlflow_model", isArchived: false });
    expect(body.properties.flavors).toHaveProperty("small_chat_lm");
    const list = await cloud.call("GET", `${base}/models`);
    expect(list.body.value).toMatchObject([{ name: "chat", properties: { latestVersion: "1" } }]);
  });

  it("returns access to the files: the same names and sizes as in the workspace", async () => {
    const { modelUri } = (await version()).body.properties;
    const answer = await cloud.call("POST", `${base}/datarefs/chat/versions/1`, {
      assetId: "azureml://registries/shared/models/chat/versions/1",
      blobUri: modelUri,
    });
    const { credential } = answer.body.blobReferenceForConsumption;
    expect(credential.credentialType).toBe("SAS");
    const { hostname, pathname } = new URL(modelUri);
    const [account = ""] = hostname.split(".");
    const [, container = "", ...path] = pathname.split("/");
    const copied = await cloud.cloud.blobs.list({ account, container, path: path.join("/") });
    const source = (await cloud.call("GET", MODEL)).body.properties.modelUri.split("/paths/")[1];
    expect(copied).toEqual(
      await cloud.cloud.blobs.list({ account: ACCOUNT, container: CONTAINER, path: source }),
    );
    expect(credential.sasUri).toContain(`/${account}/${container}?`);
  });

  it("serves a version from a deployment, with the bytes of the registry and not of the workspace", async () => {
    const endpoint = `${WORKSPACE}/onlineEndpoints/from-registry`;
    const location = "westeurope";
    await cloud.done("PUT", endpoint, { location, properties: { authMode: "Key" } });
    const source = (await cloud.call("GET", MODEL)).body.properties.modelUri.split("/paths/")[1];
    const answerFile = { account: ACCOUNT, container: CONTAINER, path: `${source}/answer.txt` };
    await cloud.cloud.blobs.putText(answerFile, "changed after the import");
    const properties = {
      endpointComputeType: "Managed",
      model: "azureml://registries/shared/models/chat/versions/1",
      instanceType: "Standard_NC4as_T4_v3",
    };
    const deployment = { location, sku: { name: "Default", capacity: 1 }, properties };
    await cloud.done("PUT", `${endpoint}/deployments/blue`, deployment);
    const { body } = await cloud.call("GET", `${endpoint}/deployments/blue`);
    expect(body.properties).toMatchObject({ provisioningState: "Succeeded", model: properties.model });
    const { primaryKey } = (await cloud.call("POST", `${endpoint}/listKeys`)).body;
    const { scoringUri } = (await cloud.call("GET", endpoint)).body.properties;
    const question = { input_data: { input_string: [[{ role: "user", content: "?" }]], parameters: {} } };
    const answer = await cloud.call("POST", scoringUri, question, {
      authorization: `Bearer ${primaryKey}`,
      "azureml-model-deployment": "blue",
    });
    expect(JSON.stringify(answer.body)).toContain("lr 1");
    const missing = { ...properties, model: "azureml://registries/shared/models/chat/versions/9" };
    const refused = await cloud.call("PUT", `${endpoint}/deployments/blue`, {
      ...deployment,
      properties: missing,
    });
    expect(refused.body.error.message).toContain("registry shared has no such model version");
  });

  it("archives a version and changes its tags, but not its files", async () => {
    const { properties } = (await version()).body;
    const change = (changes: object) =>
      cloud.call("PUT", `${base}/models/chat/versions/1`, {
        properties: { ...properties, stage: undefined, jobName: undefined, ...changes },
      });
    expect((await change({ isArchived: true, tags: { a: "b" } })).status).toBe(200);
    expect((await version()).body.properties).toMatchObject({ isArchived: true, tags: { a: "b" } });
    expect((await cloud.call("GET", `${base}/models/chat/versions`)).body.value).toEqual([]);
    expect(
      (await cloud.call("GET", `${base}/models/chat/versions?listViewType=All`)).body.value,
    ).toHaveLength(1);
    expect((await change({ modelUri: "https://elsewhere/c/p" })).status).toBe(409);
  });

  it("replaces a version that exists when it is imported again", async () => {
    await shareModel(cloud, ref);
    expect((await version()).body.properties).toMatchObject({ isArchived: false, tags });
  });

  it("refuses the import of what does not exist, and into the registry of Microsoft", async () => {
    expect((await shareModel(cloud, { ...ref, name: "nobody" })).accepted.status).toBe(404);
    expect((await shareModel(cloud, { ...ref, registry: "azureml" })).accepted.status).toBe(403);
  });

  it("is deleted with its versions, files and managed group", async () => {
    const { resourceId } = (await cloud.call("GET", REGISTRY)).body.properties.managedResourceGroup;
    await cloud.done("DELETE", REGISTRY);
    expect((await cloud.call("GET", resourceId)).status).toBe(404);
    const { value } = (await cloud.call("GET", `${SUBSCRIPTION}/resources`)).body;
    const left = value.map(({ type }: { type: string }) => type);
    expect(left.filter((type: string) => /registries|storageAccounts/i.test(type))).toEqual([]);
    expect((await cloud.call("GET", "/registrymanagement/v1.0/registries/shared/discovery")).status).toBe(
      404,
    );
  });
});
