import type { Run } from "../../../azureml/clients/history";
import { listArtifacts, readArtifact } from "../../../azureml/clients/artifacts";
import { assetOfId, listDataVersions, listModelVersions } from "../../../operations/workspaceView/assets";
import { listComputes } from "../../../operations/workspaceView/computes";
import { findEndpoint, listDeployments } from "../../../operations/workspaceView/endpoints";
import { findJob, listJobs, parseJob } from "../../../operations/workspaceView/jobs";
import { stepsOf } from "../../../operations/workspaceView/jobSteps";
import { readRunMetrics } from "../../../operations/workspaceView/metrics";
import { fakeCloud, type Reply } from "../../azureml/support";

const ref = { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" };
const workspace =
  "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";

/** A workspace that answers these paths below it, and 404 for all others. */
function workspaceWith(answers: Record<string, unknown>) {
  const services: Record<string, unknown> = {
    [workspace]: {
      id: workspace,
      name: "ws",
      properties: {
        discoveryUrl: "https://api.test/discovery",
        mlFlowTrackingUri: "azureml://api.test/mlflow",
      },
    },
    "/discovery": { api: "https://api.test" },
  };
  return fakeCloud(({ url }): Reply => {
    const { pathname, search } = new URL(url);
    const path = decodeURIComponent(pathname);
    const below = path.replace(`${workspace}/`, "");
    const body = services[path] ?? answers[`${below}${search}`] ?? answers[below];
    return body === undefined
      ? { status: 404, body: { error: { code: "NotFound" } } }
      : { status: 200, body };
  });
}

const job = (name: string, createdAt: string, properties: object = {}) => ({
  id: `${workspace}/jobs/${name}`,
  name,
  systemData: { createdAt, createdBy: "me" },
  properties: { jobType: "Pipeline", status: "Completed", ...properties },
});

const run = (runId: string, created: string, start?: string, end?: string): Run => ({
  runId,
  displayName: runId,
  runType: "azureml.StepRun",
  status: "Completed",
  createdTime: `2026-01-01T00:00:${created}Z`,
  ...(start ? { startTime: `2026-01-01T00:00:${start}Z` } : {}),
  ...(end ? { endTime: `2026-01-01T00:00:${end}Z` } : {}),
  properties: {},
});

describe("jobs", () => {
  it("lists the jobs of all pages, newest first", async () => {
    const { session, sent } = workspaceWith({
      "jobs?api-version=2025-12-01&listViewType=ActiveOnly": {
        value: [job("old", "2026-01-01")],
        nextLink: `https://arm.test${workspace}/jobs?page=2`,
      },
      "jobs?page=2": { value: [job("new", "2026-01-02")] },
    });
    expect((await listJobs(session, ref)).map(({ name }) => name)).toEqual(["new", "old"]);
    expect(sent).toHaveLength(2);
  });

  it("reads parameters, assets and outputs of a pipeline", () => {
    const found = parseJob(
      job("j", "2026-01-01", {
        displayName: "Training",
        tags: { commit: "abc", count: 3 },
        services: { Studio: { endpoint: "https://ml.azure.com/runs/j" }, Tracking: null },
        jobs: {
          chat: {
            componentId: "azureml://registries/azureml/components/chat/versions/1",
            inputs: {
              learning_rate: { job_input_type: "literal", value: "0.005" },
              train_file_path: { job_input_type: "uri_file", uri: `${workspace}/data/train/versions/7` },
            },
          },
        },
        outputs: { trained_model: { uri: "azureml://somewhere" } },
      }),
    );
    expect(found).toMatchObject({
      displayName: "Training",
      hasEnded: true,
      experimentName: "Default",
      studioUrl: "https://ml.azure.com/runs/j",
      tags: { commit: "abc", count: "3" },
      components: ["azureml://registries/azureml/components/chat/versions/1"],
      parameters: { learning_rate: "0.005" },
      assets: { train_file_path: `${workspace}/data/train/versions/7` },
      outputs: { trained_model: "azureml://somewhere" },
    });
  });

  it("accepts a job in which the service leaves everything out", () => {
    const found = parseJob(job("j", "", { status: null, jobs: null, outputs: null, services: null }));
    expect(found).toMatchObject({ status: "Unknown", hasEnded: false, parameters: {}, studioUrl: "" });
  });

  it("names what a response lacks", () => {
    expect(() => parseJob({ name: "j", properties: {} })).toThrow(/has no usable id/);
  });

  it("returns nothing for a job that does not exist", async () => {
    expect(await findJob(workspaceWith({}).session, ref, "j")).toBeUndefined();
  });
});

describe("steps", () => {
  it("counts the waiting time of a step from the end of the step before it", () => {
    const steps = stepsOf([
      run("second", "00", "30", "50"),
      run("first", "00", "05", "20"),
      run("third", "00"),
    ]);
    expect(steps.map(({ name, waitedMs, tookMs }) => ({ name, waitedMs, tookMs }))).toEqual([
      { name: "first", waitedMs: 5_000, tookMs: 15_000 },
      { name: "second", waitedMs: 10_000, tookMs: 20_000 },
      { name: "third", waitedMs: undefined, tookMs: undefined },
    ]);
  });
});

describe("metrics", () => {
  const api = "/mlflow/api/2.0/mlflow";
  const history = `${api}/metrics/get-history?run_uuid=j&run_id=j&metric_key=loss&max_results=25000`;
  const point = (step: number, value: unknown) => ({ key: "loss", step, value, timestamp: step });
  const { session } = workspaceWith({
    [`${api}/runs/get`]: {
      run: {
        data: {
          metrics: [
            { key: "loss", value: 1, step: 30 },
            { key: "epoch", value: 3, step: 30 },
          ],
        },
      },
    },
    [history]: { metrics: [point(20, 2), point(30, "NaN")], next_page_token: "t" },
    [`${history}&page_token=t`]: { metrics: [point(10, 3)] },
  });

  it("reads all pages of a history, ordered by step and without values that are no numbers", async () => {
    expect(await readRunMetrics(session, ref, "j", ["loss"])).toEqual({
      latest: { loss: 1, epoch: 3 },
      series: {
        loss: [
          { step: 10, value: 3, at: 10 },
          { step: 20, value: 2, at: 20 },
        ],
      },
    });
  });

  it("returns nothing for a run that MLflow does not have", async () => {
    expect(await readRunMetrics(workspaceWith({}).session, ref, "j")).toEqual({ latest: {}, series: {} });
  });
});

describe("assets", () => {
  it("lists versions with the name of their container, newest first", async () => {
    const version = (name: string, createdAt: string, properties: object) => ({
      id: `x/${name}`,
      name,
      systemData: { createdAt },
      properties,
    });
    const { session } = workspaceWith({
      "models/chat/versions": {
        value: [
          version("1", "2026-01-01", {
            modelType: "mlflow_model",
            modelUri: "azureml://m",
            tags: { job: "j" },
          }),
          version("2", "2026-01-02", { modelType: "custom_model" }),
        ],
      },
      "data/train/versions": {
        value: [version("7", "2026-01-01", { dataType: "uri_file", dataUri: "azureml://d" })],
      },
    });
    const models = await listModelVersions(session, ref, "chat");
    expect(models.map(({ name, version, type }) => [name, version, type])).toEqual([
      ["chat", "2", "custom_model"],
      ["chat", "1", "mlflow_model"],
    ]);
    expect(models[1]).toMatchObject({ uri: "azureml://m", tags: { job: "j" } });
    expect(await listDataVersions(session, ref, "train")).toMatchObject([
      { name: "train", version: "7", type: "uri_file", uri: "azureml://d" },
    ]);
    expect(await listModelVersions(session, ref, "absent")).toEqual([]);
  });

  it("finds name and version in the ids of a workspace and of a registry", () => {
    expect(assetOfId(`${workspace}/models/chat/versions/1`)).toEqual({ name: "chat", version: "1" });
    expect(assetOfId("azureml://registries/r/models/chat/versions/2")).toEqual({
      name: "chat",
      version: "2",
    });
    expect(assetOfId("azureml://datastores/d/paths/p")).toBeUndefined();
  });
});

describe("endpoints and computes", () => {
  it("reads traffic, deployments and nodes", async () => {
    const { session } = workspaceWith({
      "onlineEndpoints/chat": {
        id: "e",
        name: "chat",
        tags: { owner: "me" },
        properties: {
          traffic: { demo: 100 },
          authMode: "Key",
          provisioningState: "Succeeded",
          mirrorTraffic: null,
        },
      },
      "onlineEndpoints/chat/deployments": {
        value: [
          {
            id: "d",
            name: "demo",
            sku: { capacity: 2 },
            properties: { model: "m", instanceType: "Standard_DS3_v2" },
          },
        ],
      },
      computes: {
        value: [
          {
            id: "c",
            name: "gpu",
            properties: {
              computeType: "AmlCompute",
              properties: {
                vmSize: "Standard_NC6s_v3",
                vmPriority: "LowPriority",
                scaleSettings: { maxNodeCount: 4 },
              },
            },
          },
          { id: "k", name: "kubernetes", properties: { computeType: "Kubernetes", properties: null } },
        ],
      },
    });
    expect(await findEndpoint(session, ref, "chat")).toMatchObject({
      state: "Succeeded",
      traffic: { demo: 100 },
      mirrorTraffic: {},
      tags: { owner: "me" },
    });
    expect(await listDeployments(session, ref, "chat")).toMatchObject([
      { name: "demo", instances: 2, model: "m" },
    ]);
    expect(await listDeployments(session, ref, "absent")).toEqual([]);
    expect(await listComputes(session, ref)).toMatchObject([
      { name: "gpu", lowPriority: true, nodes: 0, maxNodes: 4 },
      { name: "kubernetes", size: "" },
    ]);
  });
});

describe("files of a run", () => {
  const artifacts = `/history/v1.0${workspace}/experiments/e/runs/r/artifacts`.replace(`${workspace}/`, "");
  const owner = { runId: "r", experimentName: "e" };

  it("lists all pages and reads a file without sending the token to its signed address", async () => {
    const { session, sent } = workspaceWith({
      [`${artifacts}?api-version=v1.0`]: { value: [{ path: "a.txt" }], continuationToken: "t" },
      [`${artifacts}?api-version=v1.0&continuationtoken=t`]: { value: [{ path: "b.txt" }] },
      [`${artifacts}/contentinfo`]: { contentUri: "https://blob.test/a.txt?sig=x" },
      "/a.txt": "content",
    });
    expect(await listArtifacts(session, ref, owner)).toEqual(["a.txt", "b.txt"]);
    expect(await readArtifact(session, ref, owner, "a.txt")).toBe("content");
    expect(sent.at(-1)?.headers.get("authorization")).toBeUndefined();
    expect(await readArtifact(session, ref, { ...owner, runId: "absent" }, "a.txt")).toBeUndefined();
  });
});
