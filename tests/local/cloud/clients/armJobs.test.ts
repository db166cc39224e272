/** Jobs, endpoints and deployments through `@azure/arm-machinelearning`, from submission to the last DELETE. */
import type { JobBase, OnlineDeployment, OnlineEndpoint } from "@azure/arm-machinelearning";
import { pipelineJob } from "../ml/mlCloud";
import {
  all,
  FAST,
  type OfficialClients,
  failureOf,
  startOfficialClients,
  uploadConversations,
  withoutTimes,
} from "./officialClients";
import { NAMES } from "./workspaceCloud";

const { group, workspace } = NAMES;
const location = "westeurope";
const MODEL = "tuned";

describe("@azure/arm-machinelearning", () => {
  let clients: OfficialClients;
  let job: JobBase;
  beforeAll(async () => {
    clients = await startOfficialClients();
    await uploadConversations(clients);
    const { computeOperations } = clients.ml;
    await computeOperations.beginCreateOrUpdateAndWait(
      group,
      workspace,
      "cpu",
      {
        location,
        properties: {
          computeType: "AmlCompute",
          properties: {
            vmSize: "Standard_NC24ads_A100_v4",
            scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT2M" },
          },
        },
      },
      FAST,
    );
    job = pipelineJob() as JobBase;
  });
  afterAll(() => clients.dispose());

  const ended = async (name: string): Promise<string | undefined> => {
    for (;;) {
      const { properties } = await clients.ml.jobs.get(group, workspace, name);
      if (["Completed", "Failed", "Canceled"].includes(properties.status ?? "")) return properties.status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it("submits a pipeline, follows it, lists it with filters, archives and deletes it", async () => {
    const { jobs } = clients.ml;
    const made = await jobs.createOrUpdate(group, workspace, "first", job);
    expect(made).toMatchObject({ name: "first", properties: { jobType: "Pipeline", status: "NotStarted" } });
    expect(made.properties.services?.["Tracking"]?.endpoint).toMatch(/^azureml:\/\//);
    expect(await ended("first")).toBe("Completed");
    const tagged: JobBase = { properties: { ...job.properties, tags: { owner: "client" } } };
    await jobs.createOrUpdate(group, workspace, "first", tagged);
    await jobs.createOrUpdate(group, workspace, "second", job);
    expect(await ended("second")).toBe("Completed");
    const names = async (options?: object): Promise<unknown[]> =>
      (await all(jobs.list(group, workspace, options))).map(({ name }) => name);
    expect(await names()).toEqual(["second", "first"]);
    expect(await names({ tag: "owner=client" })).toEqual(["first"]);
    expect(await names({ jobType: "Command" })).toEqual([]);
    const read = await jobs.get(group, workspace, "first");
    expect(withoutTimes(await jobs.createOrUpdate(group, workspace, "first", read))).toEqual(
      withoutTimes(read),
    );
    await jobs.createOrUpdate(group, workspace, "second", {
      properties: { ...job.properties, isArchived: true },
    });
    expect(await names()).toEqual(["first"]);
    expect(await names({ listViewType: "ArchivedOnly" })).toEqual(["second"]);
    await jobs.beginDeleteAndWait(group, workspace, "second", FAST);
    expect(await failureOf(jobs.get(group, workspace, "second"))).toMatchObject({ status: 404 });
  });

  it("cancels a running job", async () => {
    clients.trainer.during = (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    await clients.ml.jobs.createOrUpdate(group, workspace, "stopped", job);
    await clients.ml.jobs.beginCancelAndWait(group, workspace, "stopped", FAST);
    expect(await ended("stopped")).toBe("Canceled");
    clients.trainer.during = () => Promise.resolve();
  });

  it("serves a registered model: endpoint, deployment, keys, logs, traffic, and deletion in order", async () => {
    const { modelVersions, onlineEndpoints, onlineDeployments } = clients.ml;
    const model = await modelVersions.createOrUpdate(group, workspace, MODEL, "1", {
      properties: { modelType: "mlflow_model", modelUri: "azureml://jobs/first/outputs/trained_model" },
    });
    expect(model.properties).toMatchObject({ jobName: "first", flavors: { small_chat_lm: {} } });

    const endpoint: OnlineEndpoint = {
      location,
      identity: { type: "SystemAssigned" },
      tags: { owner: "client" },
      properties: { authMode: "Key", description: "by the client" },
    };
    const made = await onlineEndpoints.beginCreateOrUpdateAndWait(
      group,
      workspace,
      "client-endpoint",
      endpoint,
      FAST,
    );
    expect(made.properties).toMatchObject({ provisioningState: "Succeeded", traffic: {}, authMode: "Key" });
    expect(made.properties.scoringUri).toMatch(/\/score$/);

    const deployment: OnlineDeployment = {
      location,
      sku: { name: "Default", capacity: 1 },
      properties: {
        endpointComputeType: "Managed",
        model: model.id,
        instanceType: "Standard_NC4as_T4_v3",
        requestSettings: { requestTimeout: "PT1M30S", maxConcurrentRequestsPerInstance: 2 },
        livenessProbe: { initialDelay: "PT10M" },
        environmentVariables: { A: "b" },
      },
    };
    const deployed = await onlineDeployments.beginCreateOrUpdateAndWait(
      group,
      workspace,
      "client-endpoint",
      "blue",
      deployment,
      FAST,
    );
    expect(deployed.properties).toMatchObject({
      provisioningState: "Succeeded",
      endpointComputeType: "Managed",
      scaleSettings: { scaleType: "Default" },
      readinessProbe: { failureThreshold: 30, period: "PT10S" },
    });
    await all(onlineDeployments.listSkus(group, workspace, "client-endpoint", "blue"));
    expect(
      (await all(onlineDeployments.list(group, workspace, "client-endpoint"))).map(({ name }) => name),
    ).toEqual(["blue"]);
    const { content } = await onlineDeployments.getLogs(group, workspace, "client-endpoint", "blue", {
      containerType: "InferenceServer",
      tail: 2,
    });
    expect(content?.trim().split("\n")).toHaveLength(2);

    const scaled = await onlineDeployments.beginUpdateAndWait(
      group,
      workspace,
      "client-endpoint",
      "blue",
      { sku: { name: "Default", capacity: 2 }, tags: { a: "b" } },
      FAST,
    );
    expect(scaled).toMatchObject({ sku: { capacity: 2 }, tags: { a: "b" } });

    const routed = await onlineEndpoints.beginCreateOrUpdateAndWait(
      group,
      workspace,
      "client-endpoint",
      { ...made, properties: { ...made.properties, traffic: { blue: 100 } } },
      FAST,
    );
    expect(routed.properties.traffic).toEqual({ blue: 100 });
    const patched = await onlineEndpoints.beginUpdateAndWait(
      group,
      workspace,
      "client-endpoint",
      { tags: { more: "x" } },
      FAST,
    );
    expect(patched.tags).toEqual({ owner: "client", more: "x" });

    const keys = await onlineEndpoints.listKeys(group, workspace, "client-endpoint");
    await onlineEndpoints.beginRegenerateKeysAndWait(
      group,
      workspace,
      "client-endpoint",
      { keyType: "Secondary" },
      FAST,
    );
    const renewed = await onlineEndpoints.listKeys(group, workspace, "client-endpoint");
    expect([renewed.primaryKey === keys.primaryKey, renewed.secondaryKey === keys.secondaryKey]).toEqual([
      true,
      false,
    ]);
    expect(await failureOf(onlineEndpoints.getToken(group, workspace, "client-endpoint"))).toMatchObject({
      status: 400,
    });

    const listed = async (options: object): Promise<unknown[]> =>
      (await all(onlineEndpoints.list(group, workspace, options))).map(({ name }) => name);
    expect(await listed({ name: "client-endpoint" })).toEqual(["client-endpoint"]);
    expect(await listed({ tags: "owner=nobody" })).toEqual([]);
    expect(await listed({ computeType: "Managed", orderBy: "CreatedAtDesc" })).toEqual(["client-endpoint"]);

    expect(
      await failureOf(
        onlineDeployments.beginDeleteAndWait(group, workspace, "client-endpoint", "blue", FAST),
      ),
    ).toMatchObject({ status: 409 });
    await onlineEndpoints.beginDeleteAndWait(group, workspace, "client-endpoint", FAST);
    expect(await failureOf(onlineEndpoints.get(group, workspace, "client-endpoint"))).toMatchObject({
      status: 404,
    });
    expect(await failureOf(onlineDeployments.get(group, workspace, "client-endpoint", "blue"))).toMatchObject(
      {
        status: 404,
      },
    );
  });

  it("returns tokens of an endpoint with authMode AMLToken, and no keys", async () => {
    const { onlineEndpoints } = clients.ml;
    const body: OnlineEndpoint = { location, properties: { authMode: "AMLToken" } };
    await onlineEndpoints.beginCreateOrUpdateAndWait(group, workspace, "tokens", body, FAST);
    const token = await onlineEndpoints.getToken(group, workspace, "tokens");
    expect(token).toMatchObject({ tokenType: "Bearer" });
    expect(token.expiryTimeUtc ?? 0).toBeGreaterThan(token.refreshAfterTimeUtc ?? 0);
    expect(await failureOf(onlineEndpoints.listKeys(group, workspace, "tokens"))).toMatchObject({
      status: 400,
    });
    await onlineEndpoints.beginDeleteAndWait(group, workspace, "tokens", FAST);
  });
});
