import * as fs from "node:fs";
import { type BlobServiceClient, StorageSharedKeyCredential, newPipeline } from "@azure/storage-blob";
import { BlobServiceClient as Client } from "@azure/storage-blob";
import type { Core } from "../../../local/cloud/core";
import { readFault, strike, type Fault } from "../../../local/cloud/faults/fault";
import { SUBSCRIPTION, type Answer } from "./helpers/testCloud";
import { ACCOUNT, CONTAINER, GROUP, type MlCloud, pipelineJob, startMlCloud, WORKSPACE } from "./ml/mlCloud";

const cluster = (name: string): string => `${WORKSPACE}/computes/${name}`;
const clusterBody = {
  location: "westeurope",
  properties: {
    computeType: "AmlCompute",
    properties: { vmSize: "Standard_NC4as_T4_v3", scaleSettings: { maxNodeCount: 1 } },
  },
};

describe("a fault", () => {
  it.each([
    [{ kind: "418" }, /'kind' is "418". Allowed: 429, 500/],
    [{ kind: "__proto__" }, /'kind' is "__proto__". Allowed: 429, 500/],
    [{ kind: "constructor" }, /'kind' is "constructor". Allowed: 429, 500/],
    [{ kind: "500", nth: 0 }, /'nth' is 0. Allowed: a whole number from 1/],
    [{ kind: "500", times: "many" }, /'times' is "many"/],
    [{ kind: "500", on: "moon" }, /'on' is "moon". Allowed: api, blobs/],
    [{ kind: "429", on: "blobs" }, /on the blob store 500, 503/],
    [{ kind: "interrupt" }, /--on blobs/],
    [{ kind: "500", pth: "x" }, /'pth' is "x". Allowed: no such member/],
  ])("is rejected if it is invalid: %j", (given, message) => {
    expect(() => readFault(given)).toThrow(message);
  });

  it.each([
    [{ nth: 1, times: 1 }, "X...."],
    [{ nth: 3, times: 2 }, "..XX."],
    [{ nth: 2, times: 0 }, ".XXXX"],
  ])("strikes the calls it is meant for: %j", (which, expected) => {
    const fault: Fault = { ...readFault({ kind: "500", ...which }), id: 1, seen: 0, struck: 0 };
    const struck = [1, 2, 3, 4, 5].map(() => (strike([fault], () => true, { path: "/a" }) ? "X" : "."));
    expect(struck.join("")).toBe(expected);
    expect(fault.seen).toBe(5);
  });

  it("matches method and path without case", () => {
    const request = readFault({ kind: "500", method: "put", path: "*/computes/*", times: 0 });
    const fault: Fault = { ...request, id: 1, seen: 0, struck: 0 };
    const strikes = (method: string, path: string): boolean =>
      strike([fault], () => true, { method, path }) !== undefined;
    expect(strikes("PUT", "/ws/Computes/a")).toBe(true);
    expect(strikes("GET", "/ws/computes/a")).toBe(false);
    expect(strikes("PUT", "/ws/computes")).toBe(false);
  });
});

describe("faults of a running cloud", () => {
  let cloud: MlCloud;
  beforeAll(async () => {
    cloud = await startMlCloud();
  });
  afterAll(() => cloud.dispose());
  afterEach(async () => {
    await cloud.call("DELETE", "/local/faults");
  });
  const add = (fault: Record<string, unknown>): Promise<Answer> => cloud.call("POST", "/local/faults", fault);

  it.each([
    ["429", 429, "TooManyRequests"],
    ["500", 500, "InternalServerError"],
    ["503", 503, "ServiceUnavailable"],
  ])("answer %s without executing the call, once, with Retry-After", async (kind, status, code) => {
    await add({ kind, method: "PUT", path: `*/computes/f${kind}`, retryAfterMs: 1500 });
    const refused = await cloud.call("PUT", cluster(`f${kind}`), clusterBody);
    expect(refused.status).toBe(status);
    expect(refused.body.error.code).toBe(code);
    expect(refused.headers).toMatchObject({ "retry-after": "2", "retry-after-ms": "1500" });
    expect((await cloud.call("GET", cluster(`f${kind}`))).status).toBe(404);
    expect((await cloud.call("PUT", cluster(`f${kind}`), clusterBody)).status).toBe(201);
  });

  it("answer 504 after the call was executed", async () => {
    await add({ kind: "504-after-commit", method: "PUT", path: "*/computes/*" });
    const answer = await cloud.call("PUT", cluster("committed"), clusterBody);
    expect([answer.status, answer.body.error.code]).toEqual([504, "GatewayTimeout"]);
    expect(answer.headers["azure-asyncoperation"]).toBeUndefined();
    expect((await cloud.call("GET", cluster("committed"))).status).toBe(200);
  });

  it("drop the connection before or after the call was executed", async () => {
    await add({ kind: "drop", method: "PUT", path: "*/computes/dropped" });
    await expect(cloud.call("PUT", cluster("dropped"), clusterBody)).rejects.toThrow(/socket|ECONNRESET/);
    expect((await cloud.call("GET", cluster("dropped"))).status).toBe(404);
    await add({ kind: "drop-after-commit", method: "PUT", path: "*/computes/dropped" });
    await expect(cloud.call("PUT", cluster("dropped"), clusterBody)).rejects.toThrow(/socket|ECONNRESET/);
    expect((await cloud.call("GET", cluster("dropped"))).status).toBe(200);
  });

  it("leave a call unanswered until they are cleared", async () => {
    await add({ kind: "hang", path: "*/computes/silent" });
    let answered = false;
    const call = cloud.call("GET", cluster("silent")).finally(() => (answered = true));
    call.catch(() => undefined);
    while ((await cloud.call("GET", "/local/faults")).body.faults[0].struck === 0);
    expect(answered).toBe(false);
    expect((await cloud.call("DELETE", "/local/faults/99")).status).toBe(404);
    await cloud.call("DELETE", "/local/faults");
    await expect(call).rejects.toThrow(/socket|ECONNRESET/);
  });

  it("make a long-running operation fail, and not the next one", async () => {
    await add({
      kind: "fail-operation",
      method: "PUT",
      path: "*/computes/*",
      code: "Broken",
      message: "It broke.",
    });
    const first = await cloud.call("PUT", cluster("doomed"), clusterBody);
    expect(first.status).toBe(201);
    const { body } = await cloud.finish(first);
    expect(body).toMatchObject({ status: "Failed", error: { code: "Broken", message: "It broke." } });
    expect((await cloud.call("GET", cluster("doomed"))).body.properties.provisioningState).toBe("Failed");
    const again = await cloud.finish(await cloud.call("PUT", cluster("doomed"), clusterBody));
    expect(again.body.status).toBe("Succeeded");
  });

  it("crash a step of a job with an error", async () => {
    await add({
      kind: "step-crash",
      path: "*/jobs/crashing/steps/chat_completion_finetune",
      message: "CUDA out of memory.",
    });
    expect((await cloud.trained("crashing")).body.properties.status).toBe("Failed");
    const details = (await cloud.call("GET", `/history/v1.0${WORKSPACE}/runs/crashing/details`)).body;
    expect(details.error.error.message).toContain(
      "Failed nodes: /chat_completion_pipeline/chat_completion_finetune",
    );
    expect(details.error.error.details[0].message).toBe("CUDA out of memory.");
  });

  it("take the node of a low-priority cluster, and queue its step again with its checkpoints", async () => {
    const spot = cluster("spot");
    const size = { vmSize: "Standard_NC24ads_A100_v4", vmPriority: "LowPriority" };
    const properties = { ...size, scaleSettings: { minNodeCount: 0, maxNodeCount: 1 } };
    await cloud.done("PUT", spot, {
      location: "westeurope",
      properties: { computeType: "AmlCompute", properties },
    });
    await add({ kind: "preempt-node", path: "*/jobs/spot/steps/chat_completion_finetune", times: 2 });
    const { requests } = cloud.trainer;
    const before = requests.length;
    const inputs = { resume_from_checkpoint: "true", save_total_limit: "1", compute_finetune: "spot" };
    expect((await cloud.trained("spot", inputs)).body.properties.status).toBe("Completed");
    const sent = requests.slice(before).map(({ checkpoints }) => checkpoints);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map((checkpoints) => checkpoints?.directory)).size).toBe(1);
    expect(sent[2]).toMatchObject({ totalLimit: 1, resume: true });
    const counts = (await cloud.call("GET", spot)).body.properties.properties.nodeStateCounts;
    expect(counts.preemptedNodeCount).toBe(0);
  });

  it("never take the node of a dedicated cluster", async () => {
    await add({ kind: "preempt-node", path: "*/jobs/dedicated/steps/*", times: 0 });
    const before = cloud.trainer.requests.length;
    expect((await cloud.trained("dedicated")).body.properties.status).toBe("Completed");
    expect(cloud.trainer.requests.length).toBe(before + 1);
    await cloud.call("DELETE", "/local/faults");
  });

  it("keep a job queued without capacity, and let it continue when they are cleared", async () => {
    await add({ kind: "no-capacity", path: "*/computes/cpu" });
    await cloud.call("PUT", `${WORKSPACE}/jobs/patient`, pipelineJob());
    const state = async () => (await cloud.call("GET", cluster("cpu"))).body.properties.properties;
    while ((await state()).errors === null);
    expect((await state()).errors[0].error.code).toBe("AllocationFailed");
    expect((await cloud.call("GET", `${WORKSPACE}/jobs/patient`)).body.properties.status).toBe("Queued");
    await cloud.call("DELETE", "/local/faults");
    expect((await cloud.ended("patient")).body.properties.status).toBe("Completed");
    expect((await state()).errors).toBeNull();
  });

  it("fail a deployment without capacity", async () => {
    await cloud.trained("for-model");
    const model = `${WORKSPACE}/models/faulty/versions/1`;
    const modelUri = "azureml://jobs/for-model/outputs/trained_model";
    await cloud.call("PUT", model, { properties: { modelType: "mlflow_model", modelUri } });
    const endpoint = `${WORKSPACE}/onlineEndpoints/faulty`;
    await cloud.done("PUT", endpoint, { location: "westeurope", properties: { authMode: "Key" } });
    const body = { location: "westeurope", properties: { model, instanceType: "Standard_NC4as_T4_v3" } };
    await add({ kind: "no-capacity", path: "*/deployments/*" });
    const blue = `${endpoint}/deployments/blue`;
    const { body: operation } = await cloud.finish(await cloud.call("PUT", blue, body));
    expect(operation).toMatchObject({ status: "Failed", error: { code: "OutOfCapacity" } });
    await cloud.finish(await cloud.call("PUT", blue, body));
    expect((await cloud.call("GET", blue)).body.properties.provisioningState).toBe("Succeeded");
  });

  describe("on the blob store", () => {
    const client = (): BlobServiceClient => {
      const { azurite } = cloud.cloud as Core;
      const key = azurite.keysOf(ACCOUNT)?.key1 ?? "";
      const options = {
        tlsOptions: { ca: fs.readFileSync(cloud.caFile, "utf8") },
        retryOptions: { maxTries: 1 },
      } as object;
      const credential = new StorageSharedKeyCredential(ACCOUNT, key);
      return new Client(azurite.accountUrl(ACCOUNT), newPipeline(credential, options));
    };
    const upload = (name: string): Promise<unknown> =>
      client().getContainerClient(CONTAINER).getBlockBlobClient(name).uploadData(Buffer.alloc(100_000));
    const isThere = (name: string): Promise<boolean> =>
      client().getContainerClient(CONTAINER).getBlobClient(name).exists();

    it("interrupt an upload: the blob does not exist, and the next attempt succeeds", async () => {
      await add({ kind: "interrupt", on: "blobs", method: "PUT", path: "*/cut.bin" });
      await expect(upload("cut.bin")).rejects.toThrow();
      expect(await isThere("cut.bin")).toBe(false);
      await upload("cut.bin");
      expect(await isThere("cut.bin")).toBe(true);
      expect((await cloud.call("GET", "/local/faults")).body.faults[0]).toMatchObject({ seen: 2, struck: 1 });
    });

    it("answer 503 as Azure Storage does, and spare the cloud's own services", async () => {
      await add({ kind: "503", on: "blobs", times: 0 });
      await expect(upload("busy.bin")).rejects.toMatchObject({ statusCode: 503, code: "ServerBusy" });
      const { blobs } = cloud.cloud;
      await blobs.putText({ account: ACCOUNT, container: CONTAINER, path: "own.txt" }, "own");
      await cloud.call("DELETE", "/local/faults");
      expect(await isThere("own.txt")).toBe(true);
      expect(await isThere("busy.bin")).toBe(false);
    });
  });

  it("end with the process, and never strike the cloud's own routes", async () => {
    await add({ kind: "500", times: 0 });
    expect((await cloud.call("GET", GROUP)).status).toBe(500);
    expect((await cloud.call("GET", "/local/status")).status).toBe(200);
    expect((await cloud.call("GET", `${SUBSCRIPTION}/nonsense`)).status).toBe(500);
    await cloud.close();
    cloud = await startMlCloud({ home: cloud.home, trainer: cloud.trainer });
    expect((await cloud.call("GET", "/local/faults")).body.faults).toEqual([]);
    expect((await cloud.call("GET", GROUP)).status).toBe(200);
  });
});
