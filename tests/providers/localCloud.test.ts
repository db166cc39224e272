/**
 * Runs the notebook's steps with the dynamic resources alone on the local cloud. Both sides use Azure's own
 * protocols.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { readIdentitySecret } from "../../local/cloud/identity/secret";
import { registerMlPartsWith } from "../../local/cloud/ml/parts";
import { startTestCloud, SUBSCRIPTION, type TestCloud } from "../local/cloud/helpers/testCloud";
import { type FakeTrainer, fakeTrainer } from "../local/cloud/ml/mlCloud";
import { type DynamicHost, type Properties, startDynamicHost } from "./support/dynamicHost";
import { failureOf } from "./support/fixture";

const ref = {
  subscriptionId: "00000000-0000-0000-0000-000000000001",
  resourceGroupName: "lab",
  workspaceName: "lab",
};
const group = `${SUBSCRIPTION}/resourceGroups/lab`;
const providers = `${group}/providers`;
const storage = `${providers}/Microsoft.Storage/storageAccounts/labstore`;
const vault = `${providers}/Microsoft.KeyVault/vaults/lab-vault`;
const insights = `${providers}/Microsoft.Insights/components/lab-insights`;
const workspace = `${providers}/Microsoft.MachineLearningServices/workspaces/lab`;
const location = "westeurope";

let cloud: TestCloud;
let host: DynamicHost;
let trainer: FakeTrainer;

async function put(id: string, body: object): Promise<void> {
  const answer = await cloud.call("PUT", id, { location, ...body });
  if (answer.status > 299) throw new Error(JSON.stringify(answer.body));
  const end = await cloud.finish(answer);
  if (end.body?.status === "Failed") throw new Error(JSON.stringify(end.body));
}

beforeAll(async () => {
  // The parts require the trainer, and the trainer requires the directory of the cloud.
  cloud = await startTestCloud({
    parts: [
      (app, part) => {
        trainer = fakeTrainer(part.home);
        registerMlPartsWith(app, part, trainer);
      },
    ],
  });
  await put(group, {});
  await put(storage, { kind: "StorageV2", sku: { name: "Standard_LRS" }, properties: {} });
  const tenantId = "00000000-0000-0000-0000-00000000000a";
  await put(vault, { properties: { tenantId, sku: { family: "A", name: "standard" } } });
  await put(insights, { kind: "web", properties: { Application_Type: "web" } });
  await put(workspace, {
    identity: { type: "SystemAssigned" },
    properties: { storageAccount: storage, keyVault: vault, applicationInsights: insights },
  });
  await put(`${workspace}/computes/gpu`, {
    properties: {
      computeType: "AmlCompute",
      properties: {
        vmSize: "Standard_NC24ads_A100_v4",
        vmPriority: "Dedicated",
        scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT2M" },
      },
    },
  });
  host = await startDynamicHost(cloud.home, {
    ARM_METADATA_HOSTNAME: `127.0.0.1:${cloud.port}`,
    ARM_DISABLE_INSTANCE_DISCOVERY: "true",
    IDENTITY_ENDPOINT: `http://127.0.0.1:${cloud.identityPort}/msi/token`,
    IDENTITY_HEADER: readIdentitySecret(cloud.home),
    REGISTRY_DISCOVERY_ENDPOINT_URL: `${cloud.cloud.baseUrl}/`,
    NODE_EXTRA_CA_CERTS: cloud.caFile,
    AZUREML_RUN_POLLING_INTERVAL_MIN: "0.05",
    CI: "true",
  });
});

afterAll(async () => {
  await host?.kill();
  await cloud?.dispose();
});

function conversation(index: number, withAnswer: boolean): string {
  const user = { role: "user", content: `Question ${index}?` };
  const assistant = { role: "assistant", content: `Answer ${index}.` };
  return JSON.stringify({
    prompt: user.content,
    messages: withAnswer ? [user, assistant] : [user],
    prompt_id: createHash("sha256").update(String(index)).digest("hex"),
  });
}

async function uploaded(name: string, withAnswer: boolean): Promise<Properties> {
  const text = Array.from({ length: 6 }, (_, index) => `${conversation(index, withAnswer)}\n`).join("");
  fs.mkdirSync(path.join(cloud.home, ".data"), { recursive: true });
  fs.writeFileSync(path.join(cloud.home, ".data", name), text);
  const { inputs, failures } = await host.check(
    "dataUpload",
    {},
    {
      workspace: ref,
      datastoreName: "workspaceblobstore",
      file: `.data/${name}`,
      sha256: createHash("sha256").update(text).digest("hex"),
      folder: "azureml-finetune/test",
      onDestroy: "delete",
    },
  );
  expect(failures).toEqual([]);
  return (await host.create("dataUpload", inputs)).outs;
}

test("runs model, data, job, traffic and score together, and reads every resource back unchanged", async () => {
  const model = (
    await host.check(
      "modelLookup",
      {},
      { registry: "azureml", name: "Phi-3-mini-4k-instruct", version: "latest" },
    )
  ).inputs;
  expect(model.modelId).toMatch(
    /^azureml:\/\/registries\/azureml\/models\/Phi-3-mini-4k-instruct\/versions\/\d+$/,
  );
  expect(model.tags).toHaveProperty("finetune_compute_allow_list");

  const train = await uploaded("train_sft.jsonl", true);
  const held = await uploaded("test_sft.jsonl", true);
  const gen = await uploaded("test_gen.jsonl", false);
  const asked: Properties = {
    workspace: ref,
    namePrefix: "azureml-finetune-test",
    experimentName: "chat",
    displayName: "display",
    component: { registry: "azureml", name: "chat_completion_pipeline", version: "latest" },
    modelId: model.modelId,
    trainData: train.dataUri,
    testData: held.dataUri,
    compute: "gpu",
    gpusPerNode: 1,
    parameters: { num_train_epochs: "1", learning_rate: "0.005", learning_rate_min: "5e-07" },
    deadlineMinutes: 10,
    onDestroy: "archive",
  };
  const job = await host.check("pipelineJob", {}, asked);
  expect(job.failures).toEqual([]);
  expect(job.inputs.omittedParameters).toEqual(["learning_rate_min"]);
  const { id, outs } = await host.create("pipelineJob", job.inputs);
  expect(outs).toMatchObject({
    status: "Completed",
    attempt: 1,
    metrics: { loss: 1, epoch: 1, train_loss: 1.5, eval_loss: 0.2, rougeL: 0.9 },
  });
  expect(Date.parse(String(outs.endedAt))).toBeGreaterThanOrEqual(Date.parse(String(outs.startedAt)));
  expect((await host.read("pipelineJob", id, outs)).outs).toEqual(outs);

  await put(`${workspace}/models/tuned/versions/1`, {
    properties: { modelType: "mlflow_model", modelUri: outs.outputUri },
  });
  await put(`${workspace}/onlineEndpoints/chat-test`, {
    identity: { type: "SystemAssigned" },
    properties: { authMode: "Key", traffic: {} },
  });
  await put(`${workspace}/onlineEndpoints/chat-test/deployments/tuned-v1`, {
    sku: { name: "Default", capacity: 1 },
    properties: {
      endpointComputeType: "Managed",
      model: `${workspace}/models/tuned/versions/1`,
      instanceType: "Standard_NC6s_v3",
    },
  });
  const score = await host.create("score", {
    workspace: ref,
    endpointName: "chat-test",
    deploymentName: "tuned-v1",
    triggers: ["1"],
    heldOut: { genUri: gen.dataUri, sftUri: held.dataUri },
    seed: 3,
    parameters: { temperature: 0.6, topP: 0.9, doSample: true, maxNewTokens: 20 },
    requestFile: ".data/sample_score.json",
  });
  const { rowIndex } = score.outs as { rowIndex: number };
  expect(score.outs).toMatchObject({
    question: `Question ${rowIndex}?`,
    reference: `Answer ${rowIndex}.`,
    answer: "lr 0.005",
  });

  const split = { workspace: ref, endpointName: "chat-test", traffic: { "tuned-v1": 100 } };
  const traffic = await host.create("traffic", split);
  expect((await host.read("traffic", traffic.id, traffic.outs)).outs).toEqual(traffic.outs);
  expect((await cloud.call("GET", `${workspace}/onlineEndpoints/chat-test`)).body.properties.traffic).toEqual(
    { "tuned-v1": 100 },
  );

  await host.delete("traffic", traffic.id, traffic.outs);
  await host.delete("pipelineJob", id, outs);
  expect((await cloud.call("GET", `${workspace}/jobs/${id}`)).body.properties.isArchived).toBe(true);
  for (const data of [train, held, gen]) await host.delete("dataUpload", "x", data);
  expect((await host.read("dataUpload", "x", train)).id).toBe("");
  expect(host.everything()).not.toContain(readIdentitySecret(cloud.home));
});

test("reports the failed step and its cause, and submits the next attempt as a new job", async () => {
  const train = await uploaded("train_sft.jsonl", true);
  const check = await host.check(
    "pipelineJob",
    {},
    {
      workspace: ref,
      namePrefix: "azureml-finetune-bad",
      experimentName: "chat",
      displayName: "display",
      component: { registry: "azureml", name: "chat_completion_pipeline", version: "latest" },
      modelId: "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/15",
      trainData: train.dataUri,
      testData: train.dataUri,
      compute: "gpu",
      gpusPerNode: 1,
      parameters: { learning_rate: "9" },
      deadlineMinutes: 10,
      onDestroy: "delete",
    },
  );
  trainer.during = () => Promise.reject(new Error("the loss is not a number at step 3"));
  const error = await failureOf(host.create("pipelineJob", check.inputs));
  trainer.during = () => Promise.resolve();
  expect(error.message).toMatch(
    /^\[JobFailed\] azureml-finetune-bad-\w+: the fine-tuning job ended as Failed in step /,
  );
  expect(error.message).toContain("not a number at step 3");
  expect(error.message).toContain("training begins");
  const outs = await host.update("pipelineJob", String(error.id), error.properties ?? {}, check.inputs);
  expect(outs).toMatchObject({ jobName: `${String(error.id)}-2`, attempt: 2, status: "Completed" });
  await host.delete("pipelineJob", String(error.id), outs);
  expect((await cloud.call("GET", `${workspace}/jobs/${String(error.id)}-2`)).status).toBe(404);
});
