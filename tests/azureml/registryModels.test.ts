import {
  changeRegistryModel,
  findRegistryModel,
  importRegistryModel,
  listRegistryModels,
} from "../../azureml/clients/registryModels";
import { fakeCloud, type Reply } from "./support";

const discovery: Reply = {
  status: 200,
  body: {
    subscriptionId: "rs",
    resourceGroup: "rr",
    regions: ["westeurope"],
    primaryRegionResourceProviderUri: "https://region.test/",
  },
};
const ref = { registry: "shared", name: "chat", version: "7" };
const base =
  "https://region.test/mferp/managementfrontend/subscriptions/rs/resourceGroups/rr/providers/Microsoft.MachineLearningServices/registries/shared";
const apiVersion = "api-version=2021-10-01-dataplanepreview";

const document = {
  id: "azureml://registries/shared/models/chat/versions/7",
  name: "7",
  systemData: { createdAt: "2026-01-02T03:04:05Z" },
  properties: {
    tags: { job: "j1", contentHash: "sha256:aa" },
    properties: {},
    description: null,
    stage: "Production",
    isArchived: false,
    modelType: "mlflow_model",
    modelUri: "https://store.test/container/folder",
    provisioningState: "Succeeded",
  },
};

const cloud = (reply: (url: string, method: string) => Reply) =>
  fakeCloud(({ url, method }) => (url.includes("/discovery") ? discovery : reply(url, method)));

test("a model version of a registry is read with tags, stage and the place of its files", async () => {
  const { session, sent } = cloud(() => ({ status: 200, body: document }));
  expect(await findRegistryModel(session, ref)).toMatchObject({
    ...ref,
    id: document.id,
    tags: { job: "j1", contentHash: "sha256:aa" },
    stage: "Production",
    isArchived: false,
    modelUri: "https://store.test/container/folder",
    createdAt: "2026-01-02T03:04:05Z",
  });
  expect(sent[1]?.url).toBe(`${base}/models/chat/versions/7?${apiVersion}`);
});

test("a version or a model that does not exist is reported as absent, not as an error", async () => {
  const missing = { status: 404, body: { error: { code: "NotFound", message: "not there" } } };
  const { session } = cloud(() => missing);
  expect(await findRegistryModel(session, ref)).toBeUndefined();
  expect(await listRegistryModels(session, ref)).toEqual([]);
});

test("an import follows the operation on the registry's own host", async () => {
  const { session, sent } = cloud((_url, method) =>
    method === "POST"
      ? { status: 202, headers: { location: "https://region.test/operations/1", "retry-after": "0" } }
      : { status: 200 },
  );
  await importRegistryModel(session, ref, "azureml://locations/we/workspaces/g/models/chat/versions/7");
  expect(sent[1]?.url).toBe(`${base}/import?${apiVersion}`);
  expect(JSON.parse(String(sent[1]?.body))).toEqual({
    properties: {
      referenceType: "Id",
      destinationName: "chat",
      destinationVersion: "7",
      sourceAssetId: "azureml://locations/we/workspaces/g/models/chat/versions/7",
    },
  });
  expect(sent[2]?.url).toBe("https://region.test/operations/1");
});

test("an operation on a foreign host is not followed with our token", async () => {
  const location = "https://elsewhere.test/operations/1";
  const { session } = cloud(() => ({ status: 202, headers: { location } }));
  await expect(importRegistryModel(session, ref, "azureml://…")).rejects.toThrow("address on region.test");
});

test("archiving writes the version back with its files and tags, without stage and empty properties", async () => {
  const { session, sent } = cloud(() => ({ status: 200, body: document }));
  await changeRegistryModel(session, ref, { isArchived: true });
  expect(sent[2]?.method).toBe("PUT");
  expect(JSON.parse(String(sent[2]?.body))).toEqual({
    properties: {
      tags: document.properties.tags,
      properties: {},
      isArchived: true,
      modelType: "mlflow_model",
      modelUri: "https://store.test/container/folder",
    },
  });
});
