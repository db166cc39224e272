import * as fs from "node:fs";
import { request } from "../helpers/testCloud";
import { BODY, deploymentBody, endpointBody } from "../scoring/endpoint";
import { fakeTrainer, type MlCloud, pipelineJob, startMlCloud, WORKSPACE } from "./mlCloud";

const ENDPOINT = `${WORKSPACE}/onlineEndpoints/chat-endpoint`;
const MODELS = `${WORKSPACE}/models/phi-tuned/versions`;
describe("models, endpoints, deployments and scoring of the local cloud", () => {
  let cloud: MlCloud;
  let scoringUri: string;
  let key: string;
  const score = (headers: Record<string, string> = {}, body: unknown = BODY) =>
    cloud.call("POST", scoringUri, body, { authorization: `Bearer ${key}`, ...headers });
  const deploymentState = async (name: string): Promise<string> =>
    (await cloud.call("GET", `${ENDPOINT}/deployments/${name}`)).body.properties.provisioningState;

  beforeAll(async () => {
    cloud = await startMlCloud();
    await cloud.trained("low", { learning_rate: "0.001" });
    await cloud.trained("high", { learning_rate: "0.002" });
  });
  afterAll(() => cloud.dispose());

  it("registers a job's output as an MLflow model with its lineage", async () => {
    expect((await cloud.call("GET", MODELS)).status).toBe(404);
    const modelUri = "azureml://jobs/low/outputs/trained_model";
    const put = await cloud.call("PUT", `${MODELS}/1`, {
      properties: { modelType: "mlflow_model", modelUri, tags: { a: "b" } },
    });
    expect(put.status).toBe(201);
    expect(put.body).toMatchObject({
      name: "1",
      properties: {
        jobName: "low",
        modelUri: expect.stringMatching(
          /^azureml:\/\/subscriptions\/.*\/paths\/azureml\/[^/]+\/mlflow_model_folder$/,
        ),
        flavors: { small_chat_lm: { data: { task: "chat-completion" } } },
        tags: { a: "b" },
      },
    });
    const again = await cloud.call("PUT", `${MODELS}/1`, { properties: put.body.properties });
    expect(again.status).toBe(200);
    const second = { modelType: "mlflow_model", modelUri: "azureml://jobs/high/outputs/trained_model" };
    expect((await cloud.call("PUT", `${MODELS}/1`, { properties: second })).status).toBe(409);
    expect((await cloud.call("PUT", `${MODELS}/2`, { properties: second })).status).toBe(201);
    const newest = await cloud.call("GET", `${MODELS}?$orderBy=createdtime desc&$top=1`.replace(/ /g, "%20"));
    expect(newest.body.value.map((model: { name: string }) => model.name)).toEqual(["2"]);
    const container = await cloud.call("GET", `${WORKSPACE}/models/phi-tuned`);
    expect(container.body.properties).toMatchObject({ latestVersion: "2", nextVersion: "3" });
  });

  it("refuses models whose job is unknown or has no such output", async () => {
    const put = (modelUri: string) =>
      cloud.call("PUT", `${MODELS}/9`, { properties: { modelType: "mlflow_model", modelUri } });
    expect((await put("azureml://jobs/nobody/outputs/trained_model")).status).toBe(404);
    expect((await put("azureml://jobs/low/outputs/other")).status).toBe(400);
    expect((await put("azureml://datastores/workspaceblobstore/paths/data")).body.error.message).toContain(
      "no MLmodel file",
    );
  });

  it("creates an endpoint with its own keys, which a later PUT does not change", async () => {
    const put = await cloud.done("PUT", ENDPOINT, endpointBody({ authMode: "key" }));
    expect(put.status).toBe(201);
    expect(put.body.properties).toMatchObject({ provisioningState: "Creating", authMode: "Key" });
    const endpoint = await cloud.call("GET", ENDPOINT);
    expect(endpoint.body).toMatchObject({ kind: "Managed", identity: { principalId: expect.any(String) } });
    expect(endpoint.body.properties.provisioningState).toBe("Succeeded");
    expect(JSON.stringify(endpoint.body)).not.toContain("primaryKey");
    scoringUri = endpoint.body.properties.scoringUri;
    const keys = await cloud.call("POST", `${ENDPOINT}/listKeys`);
    key = keys.body.primaryKey;
    expect(key).not.toBe(keys.body.secondaryKey);
    await cloud.done("PUT", ENDPOINT, endpointBody());
    expect((await cloud.call("POST", `${ENDPOINT}/listKeys`)).body).toEqual(keys.body);
    expect((await score()).status).toBe(404);
    expect((await cloud.call("POST", `${ENDPOINT}/token`)).status).toBe(400);
  });

  it("deploys a model, and answers by header before it has traffic, then by traffic", async () => {
    const put = await cloud.done("PUT", `${ENDPOINT}/deployments/blue`, deploymentBody(1));
    expect(put.status).toBe(201);
    expect(put.body).toMatchObject({
      sku: { capacity: 1 },
      properties: { scaleSettings: { scaleType: "Default" } },
    });
    expect(put.body.properties.readinessProbe).toMatchObject({ failureThreshold: 30, initialDelay: "PT10S" });
    expect(await deploymentState("blue")).toBe("Succeeded");
    expect((await score()).status).toBe(404);
    const direct = await score({ "azureml-model-deployment": "blue" });
    expect(direct.body).toEqual({ output: "lr 0.001" });
    expect(direct.headers["azureml-model-deployment"]).toBe("blue");
    expect((await cloud.call("PUT", ENDPOINT, endpointBody({ traffic: { blue: 50 } }))).status).toBe(400);
    expect((await cloud.done("PUT", ENDPOINT, endpointBody({ traffic: { blue: 100 } }))).status).toBe(200);
    expect((await score()).body).toEqual({ output: "lr 0.001" });
    const logs = await cloud.call("POST", `${ENDPOINT}/deployments/blue/getLogs`, {
      containerType: "InferenceServer",
      tail: 1,
    });
    expect(logs.body.content).toContain("POST /score 200");
  });

  it("accepts a list of conversations and answers each", async () => {
    const [conversation] = BODY.input_data.input_string;
    const body = { input_data: { input_string: [conversation, conversation] } };
    expect((await score({}, body)).body).toEqual({ output: ["lr 0.001", "lr 0.001"] });
    expect((await score({}, { input_data: { input_string: conversation } })).body).toEqual({
      output: "lr 0.001",
    });
  });

  it("changes the number of instances without loading the model again", async () => {
    const before = cloud.trainer.loads;
    const put = await cloud.call("PUT", `${ENDPOINT}/deployments/blue`, deploymentBody(1, { capacity: 3 }));
    expect((await score()).status).toBe(200);
    await cloud.finish(put);
    expect(cloud.trainer.loads).toBe(before + 1);
    const patch = await cloud.done("PATCH", `${ENDPOINT}/deployments/blue`, {
      sku: { name: "Default", capacity: 1 },
    });
    expect(patch.body.sku.capacity).toBe(1);
    expect(cloud.trainer.loads).toBe(before + 1);
  });

  it("refuses no request while traffic moves to another deployment", async () => {
    await cloud.done("PUT", `${ENDPOINT}/deployments/green`, deploymentBody(2));
    let asking = true;
    const statuses = new Set<number>();
    const ask = async (): Promise<void> => {
      while (asking) statuses.add((await score()).status);
    };
    const asked = ask();
    await cloud.done("PUT", ENDPOINT, endpointBody({ traffic: { blue: 50, green: 50 } }));
    expect((await cloud.call("DELETE", `${ENDPOINT}/deployments/blue`)).status).toBe(409);
    await cloud.done("PUT", ENDPOINT, endpointBody({ traffic: { blue: 0, green: 100 } }));
    expect((await cloud.done("DELETE", `${ENDPOINT}/deployments/blue`)).status).toBe(202);
    asking = false;
    await asked;
    expect([...statuses]).toEqual([200]);
    expect((await score()).body).toEqual({ output: "lr 0.002" });
    expect((await cloud.call("GET", ENDPOINT)).body.properties.traffic).toEqual({ green: 100 });
  });

  it("fails a deployment whose model cannot be loaded, and keeps the previous one serving", async () => {
    const broken = {
      modelType: "custom_model",
      modelUri: "azureml://datastores/workspaceblobstore/paths/data",
    };
    await cloud.call("PUT", `${MODELS}/3`, { properties: broken });
    expect((await cloud.call("PUT", `${ENDPOINT}/deployments/red`, deploymentBody(3))).status).toBe(400);
    await cloud.trained("again", { learning_rate: "0.003" });
    await cloud.call("PUT", `${MODELS}/4`, {
      properties: { modelType: "mlflow_model", modelUri: "azureml://jobs/again/outputs/trained_model" },
    });
    cloud.trainer.reply = () => Promise.reject(new Error("out of memory"));
    const put = await cloud.call("PUT", `${ENDPOINT}/deployments/red`, deploymentBody(4));
    const status = await cloud.finish(put);
    cloud.trainer.reply = (text) => Promise.resolve(text);
    expect(status.body).toMatchObject({ status: "Failed", error: { code: "ResourceNotReady" } });
    expect(await deploymentState("red")).toBe("Failed");
    expect((await score()).body).toEqual({ output: "lr 0.002" });
    expect((await cloud.done("PUT", `${ENDPOINT}/deployments/red`, deploymentBody(4))).status).toBe(200);
    expect(await deploymentState("red")).toBe("Succeeded");
  });

  it("serves again after a restart with the same keys, and resumes a running job", async () => {
    const started = new Promise<void>((resolve) => {
      cloud.trainer.during = (signal) => {
        resolve();
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      };
    });
    const put = cloud.call("PUT", `${WORKSPACE}/jobs/interrupted`, pipelineJob());
    expect((await put).status).toBe(201);
    await started;
    await cloud.close();
    const { home } = cloud;
    cloud = await startMlCloud({ home, trainer: fakeTrainer(home) });
    const endpoint = await cloud.call("GET", ENDPOINT);
    scoringUri = endpoint.body.properties.scoringUri;
    expect((await score()).body).toEqual({ output: "lr 0.002" });
    const job = await cloud.ended("interrupted");
    expect(job.body.properties.status).toBe("Completed");
    const details = await cloud.call("GET", `/history/v1.0${WORKSPACE}/runs/interrupted/details`);
    const ca = fs.readFileSync(cloud.caFile);
    const log = await request(
      new URL(details.body.logFiles["logs/azureml/executionlogs.txt"]),
      "GET",
      {},
      undefined,
      ca,
    );
    expect(log.body).toContain("The job runs again from its first step");
  });
});
