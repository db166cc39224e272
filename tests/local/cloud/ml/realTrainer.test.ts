import { randomUUID } from "node:crypto";
import { generateSplit } from "../../../../local/data/conversations";
import type { Conversation } from "../../../../local/data/conversations";
import { registerMlParts } from "../../../../local/cloud/ml/parts";
import { type Answer, startTestCloud, SUBSCRIPTION, type TestCloud } from "../helpers/testCloud";
import { pipelineJob } from "./mlCloud";

const group = `${SUBSCRIPTION}/resourceGroups/real`;
const account = `${group}/providers/Microsoft.Storage/storageAccounts/realtrainer`;
const vault = `${group}/providers/Microsoft.KeyVault/vaults/real-vault`;
const insights = `${group}/providers/Microsoft.Insights/components/real-insights`;
const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/real-ws`;
const location = "westeurope";

/** The first rows of a split, as the data step writes them. */
function rows(split: "train_sft" | "test_sft", count: number): Conversation[] {
  const taken: Conversation[] = [];
  for (const row of generateSplit(split)) {
    taken.push(row);
    if (taken.length === count) break;
  }
  return taken;
}

const jsonLines = (list: Conversation[]): string => list.map((row) => `${JSON.stringify(row)}\n`).join("");

describe("the whole notebook against the local cloud, with the real trainer", () => {
  let cloud: TestCloud;
  const done = async (method: string, target: string, body?: unknown): Promise<Answer> => {
    const answer = await cloud.call(method, target, body);
    if (answer.status >= 400) throw new Error(`${target}: ${JSON.stringify(answer.body)}`);
    const end = await cloud.finish(answer);
    if (end.body?.status === "Failed") throw new Error(`${target}: ${JSON.stringify(end.body)}`);
    return answer;
  };

  beforeAll(async () => {
    cloud = await startTestCloud({ parts: [registerMlParts] });
    await done("PUT", group, { location });
    await done("PUT", account, { location, kind: "StorageV2", sku: { name: "Standard_LRS" } });
    const tenantId = "00000000-0000-0000-0000-00000000000a";
    const vaultProperties = {
      tenantId,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
    };
    await done("PUT", vault, { location, properties: vaultProperties });
    await done("PUT", insights, { location, kind: "web", properties: { Application_Type: "web" } });
    await done("PUT", workspace, {
      location,
      identity: { type: "SystemAssigned" },
      properties: { storageAccount: account, keyVault: vault, applicationInsights: insights },
    });
    await done("PUT", `${workspace}/computes/cpu`, {
      location,
      properties: {
        computeType: "AmlCompute",
        properties: {
          vmSize: "Standard_NC24ads_A100_v4",
          vmPriority: "Dedicated",
          scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT2M" },
        },
      },
    });
  });
  afterAll(() => cloud.dispose());

  it("fine-tunes, registers, deploys and answers", async () => {
    const store = (await cloud.call("GET", `${workspace}/datastores/workspaceblobstore`)).body.properties;
    const { accountName, containerName } = store;
    const data: Record<string, unknown> = {};
    for (const [input, split, count] of [
      ["train_file_path", "train_sft", 24],
      ["test_file_path", "test_sft", 4],
    ] as const) {
      const path = `uploads/${split}.jsonl`;
      await cloud.cloud.blobs.putText(
        { account: accountName, container: containerName, path },
        jsonLines(rows(split, count)),
      );
      const version = `${workspace}/data/${split.replace("_", "-")}/versions/1`;
      const dataUri = `azureml://subscriptions/x/resourcegroups/real/workspaces/real-ws/datastores/workspaceblobstore/paths/${path}`;
      await done("PUT", version, {
        properties: {
          dataType: "uri_file",
          dataUri: dataUri.replace("/x/", `/${SUBSCRIPTION.split("/")[2]}/`),
        },
      });
      data[input] = { job_input_type: "uri_file", uri: version };
    }
    const settings = {
      max_steps: "4",
      learning_rate: "0.005",
      per_device_train_batch_size: "4",
      logging_steps: "1",
    };
    const job = `${workspace}/jobs/job-${randomUUID()}`;
    expect((await cloud.call("PUT", job, pipelineJob(settings, data))).status).toBe(201);
    let state: Answer;
    do {
      await new Promise((resolve) => setTimeout(resolve, 50));
      state = await cloud.call("GET", job);
    } while (!["Completed", "Failed", "Canceled"].includes(state.body.properties.status));
    expect(state.body.properties.status).toBe("Completed");
    const name = state.body.name as string;
    const run = await cloud.call("GET", `/mlflow/v2.0${workspace}/api/2.0/mlflow/runs/get?run_id=${name}`);
    const keys = run.body.run.data.metrics.map((metric: { key: string }) => metric.key);
    expect(keys).toEqual(
      expect.arrayContaining([
        "loss",
        "learning_rate",
        "epoch",
        "train_loss",
        "eval_loss",
        "eval_loss_before",
      ]),
    );

    const model = `${workspace}/models/tuned/versions/1`;
    await done("PUT", model, {
      properties: { modelType: "mlflow_model", modelUri: `azureml://jobs/${name}/outputs/trained_model` },
    });
    const endpoint = `${workspace}/onlineEndpoints/real-endpoint`;
    const endpointBody = (traffic: Record<string, number>): unknown => ({
      location,
      properties: { authMode: "Key", traffic },
    });
    await done("PUT", endpoint, endpointBody({}));
    await done("PUT", `${endpoint}/deployments/demo`, {
      location,
      sku: { name: "Default", capacity: 1 },
      properties: {
        endpointComputeType: "Managed",
        model,
        instanceType: "Standard_NC6s_v3",
        requestSettings: { requestTimeout: "PT1M30S" },
      },
    });
    await done("PUT", endpoint, endpointBody({ demo: 100 }));
    const { scoringUri } = (await cloud.call("GET", endpoint)).body.properties;
    const { primaryKey } = (await cloud.call("POST", `${endpoint}/listKeys`)).body;
    const question = [{ role: "user", content: "What is the capital of France?" }];
    const parameters = { temperature: 0.6, top_p: 0.9, do_sample: true, max_new_tokens: 20 };
    const body = { input_data: { input_string: [question], parameters }, params: {} };
    const answer = await cloud.call("POST", scoringUri, body, { authorization: `Bearer ${primaryKey}` });
    expect(answer.status).toBe(200);
    expect(typeof answer.body.output).toBe("string");
    expect(answer.body.output.length).toBeGreaterThan(0);
    await done("DELETE", group);
    expect(cloud.cloud.resources.children(group)).toEqual([]);
  });
});
