/** What Azure's clients see of clusters, asset lists, newer versions and kinds that the local cloud does not have. */
import * as fs from "node:fs";
import * as path from "node:path";
import { BODY, deploymentBody, endpointBody } from "../scoring/endpoint";
import { type MlCloud, pipelineJob, startMlCloud, stepsOf, WORKSPACE } from "./mlCloud";

const BASE = "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/15";
const LOCATION = { location: "westeurope" };

describe("the local cloud, seen by Azure's clients", () => {
  let cloud: MlCloud;
  beforeAll(async () => {
    cloud = await startMlCloud();
    fs.writeFileSync(path.join(cloud.trainer.baseModelDir, "answer.txt"), "the base model");
  });
  afterAll(() => cloud.dispose());

  /** The model of Microsoft's registry as a deployment. */
  const base = (properties: object = {}): object => {
    const body = deploymentBody(1) as { properties: object };
    return { ...body, properties: { ...body.properties, model: BASE, ...properties } };
  };
  const cluster = (settings: object): object => ({
    ...LOCATION,
    properties: {
      computeType: "AmlCompute",
      properties: { vmSize: "Standard_NC24ads_A100_v4", scaleSettings: { maxNodeCount: 1 }, ...settings },
    },
  });

  it("returns and stores neither the password nor the key of a cluster's account", async () => {
    const secrets = { adminUserPassword: "se-cret-1", adminUserSshPublicKey: "se-cret-2" };
    const body = cluster({ userAccountCredentials: { adminUserName: "me", ...secrets } });
    await cloud.done("PUT", `${WORKSPACE}/computes/accounted`, body);
    const answer = await cloud.call("GET", `${WORKSPACE}/computes/accounted`);
    expect(answer.body.properties.properties.userAccountCredentials).toEqual({ adminUserName: "me" });
    expect(JSON.stringify(cloud.cloud.resources.get(`${WORKSPACE}/computes/accounted`))).not.toContain(
      "se-cret",
    );
  });

  it("lists the idle nodes that a cluster always has", async () => {
    const scaleSettings = { minNodeCount: 1, maxNodeCount: 1 };
    await cloud.done("PUT", `${WORKSPACE}/computes/warm`, cluster({ scaleSettings }));
    const { body } = await cloud.call("POST", `${WORKSPACE}/computes/warm/listNodes`);
    expect(body.nodes).toMatchObject([{ nodeState: "idle", runId: null }]);
  });

  it("fails a job whose cluster is deleted while it trains", async () => {
    await cloud.done("PUT", `${WORKSPACE}/computes/doomed`, cluster({}));
    let training = (): void => {};
    const trains = new Promise<void>((resolve) => (training = resolve));
    cloud.trainer.during = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("the process ended")), { once: true });
        training();
      });
    await cloud.call("PUT", `${WORKSPACE}/jobs/orphan`, pipelineJob({ compute_finetune: "doomed" }));
    await trains;
    await cloud.done("DELETE", `${WORKSPACE}/computes/doomed?underlyingResourceAction=Delete`);
    expect((await cloud.ended("orphan")).body.properties.status).toBe("Failed");
    cloud.trainer.during = () => Promise.resolve();
    const failed = (await stepsOf(cloud, "orphan")).body.value.find(
      (step: { status: string }) => step.status === "Failed",
    );
    expect(failed).toMatchObject({
      name: "chat_completion_finetune",
      error: { error: { code: "ComputeDeleted", message: expect.stringContaining("'doomed' was deleted") } },
    });
  });

  it("lists jobs with a property", async () => {
    const names = async (pair: string): Promise<string[]> => {
      const { body } = await cloud.call("GET", `${WORKSPACE}/jobs?properties=${pair}`);
      return body.value.map(({ name }: { name: string }) => name);
    };
    expect(await names("azureml.runsource%3Dazureml.PipelineRun")).toEqual(["orphan"]);
    expect(await names("azureml.runsource%3Dother")).toEqual([]);
  });

  it("lists versions of a stage", async () => {
    for (const [version, stage] of Object.entries({ 1: "Development", 2: "Production" })) {
      const put = await cloud.call("PUT", `${WORKSPACE}/environments/staged/versions/${version}`, {
        properties: { image: "mcr.example/image", stage },
      });
      expect([put.body.error, put.status]).toEqual([undefined, 201]);
    }
    const list = `${WORKSPACE}/environments/staged/versions?stage=Production`;
    const { body } = await cloud.call("GET", list);
    expect(body.value.map(({ name }: { name: string }) => name)).toEqual(["2"]);
  });

  it("serves a model of Microsoft's registry, and gives its files to whoever downloads it", async () => {
    const endpoint = `${WORKSPACE}/onlineEndpoints/base-endpoint`;
    await cloud.done("PUT", endpoint, endpointBody());
    const deployed = await cloud.done("PUT", `${endpoint}/deployments/base`, base());
    expect([deployed.status, deployed.body.properties?.model]).toEqual([201, BASE]);
    await cloud.done("PUT", endpoint, endpointBody({ traffic: { base: 100 } }));
    const { scoringUri } = (await cloud.call("GET", endpoint)).body.properties;
    const { primaryKey } = (await cloud.call("POST", `${endpoint}/listKeys`)).body;
    const scored = await cloud.call("POST", scoringUri, BODY, { authorization: `Bearer ${primaryKey}` });
    expect(scored.body).toEqual({ output: "the base model" });
    const discovery = await cloud.call("GET", "/registrymanagement/v1.0/registries/azureml/discovery");
    const { subscriptionId, resourceGroup } = discovery.body;
    const registry = `/mferp/managementfrontend/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/registries/azureml`;
    const one = `Phi-3-mini-4k-instruct/versions/15`;
    const { modelUri } = (await cloud.call("GET", `${registry}/models/${one}`)).body.properties;
    const reference = { assetId: BASE, blobUri: modelUri };
    const { status, body: access } = await cloud.call("POST", `${registry}/datarefs/${one}`, reference);
    expect(status).toBe(200);
    expect(access.blobReferenceForConsumption).toMatchObject({
      blobUri: modelUri,
      credential: { credentialType: "SAS", sasUri: expect.stringContaining("sig=") },
    });
  });

  it.each([
    [
      "computes/instance",
      {
        properties: {
          computeType: "ComputeInstance",
          properties: {
            vmSize: "x",
            sshSettings: {},
            applicationSharingPolicy: "Personal",

            releaseQuotaOnStop: true,
          },
        },
      },
      'properties.computeType is "ComputeInstance"',
    ],
    [
      "jobs/tuning",
      { properties: { jobType: "FineTuning", fineTuningDetails: { modelProvider: "AzureOpenAI" } } },
      'properties.jobType is "FineTuning"',
    ],
    [
      "jobs/imported",
      {
        properties: {
          jobType: "Pipeline",
          jobs: { one: { type: "data_transfer", task: "import_data", source: { type: "database" } } },
        },
      },
      'properties.jobs.one.type is "data_transfer"',
    ],
    [
      "onlineEndpoints/chosen/deployments/k",
      {
        ...LOCATION,
        properties: { endpointComputeType: "Kubernetes", containerResourceRequirements: { x: 1 } },
      },
      'properties.endpointComputeType is "Kubernetes"',
    ],
  ])("refuses the kind of %s by name, and not one of its members", async (target, body, message) => {
    const answer = await cloud.call("PUT", `${WORKSPACE}/${target}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(message);
  });

  it("refuses the data collector of a deployment and an endpoint on a Kubernetes compute", async () => {
    const endpoint = await cloud.call(
      "PUT",
      `${WORKSPACE}/onlineEndpoints/on-cluster`,
      endpointBody({ compute: `${WORKSPACE}/computes/warm` }),
    );
    expect([endpoint.status, endpoint.body.error?.target]).toEqual([400, "properties.compute"]);
    const dataCollector = { collections: { model_inputs: { dataCollectionMode: "Enabled" } } };
    const target = `${WORKSPACE}/onlineEndpoints/base-endpoint/deployments/collecting`;
    const deployment = await cloud.call("PUT", target, base({ dataCollector }));
    expect([deployment.status, deployment.body.error?.target]).toEqual([400, "properties.dataCollector"]);
  });

  it("accepts api-versions that are newer than those it knows, with a line in its log, and no older ones", async () => {
    const newer = await cloud.call("GET", `${WORKSPACE}/computes/cpu?api-version=2031-01-01-preview`);
    expect(newer.status).toBe(200);
    expect(cloud.logLines.filter((line) => line.includes("2031-01-01-preview"))).toHaveLength(1);
    for (const version of ["2016-01-01", "2031-13", "latest"]) {
      const answer = await cloud.call("GET", `${WORKSPACE}/computes/cpu?api-version=${version}`);
      expect([version, answer.status]).toEqual([version, 400]);
    }
  });
});
