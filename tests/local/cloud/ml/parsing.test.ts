import * as fs from "node:fs";
import * as path from "node:path";
import { parseAssetUri } from "../../../../local/cloud/ml/assetUris";
import { checkChatFile } from "../../../../local/cloud/ml/jobs/chatRows";
import { trainingParameters } from "../../../../local/cloud/ml/jobs/parameters";
import { readPipelineSpec } from "../../../../local/cloud/ml/jobs/pipelineSpec";
import { isTerminal, mayFollow, mlflowStatus } from "../../../../local/cloud/ml/jobs/states";
import { readScoringRequest } from "../../../../local/cloud/scoring/scoringRequest";
import { createSlots, TooManyRequests } from "../../../../local/cloud/scoring/slots";
import { temporaryDirectory } from "../helpers/testCloud";
import { chat, pipelineJob } from "./mlCloud";

const LONG = "azureml://subscriptions/s/resourcegroups/g/workspaces/w";

describe("asset uris", () => {
  it.each([
    [`${LONG}/datastores/d/paths/a/b.jsonl`, { kind: "datastore", datastore: "d", path: "a/b.jsonl" }],
    ["azureml://datastores/d/paths/a/", { kind: "datastore", datastore: "d", path: "a" }],
    ["azureml://jobs/j/outputs/o", { kind: "jobOutput", job: "j", output: "o", path: "" }],
    ["azureml://jobs/j/outputs/o/paths/x", { kind: "jobOutput", path: "x" }],
    ["runs:/j/o", { kind: "jobOutput", job: "j", output: "o" }],
    ["azureml:train:3", { kind: "asset", type: "data", name: "train", version: "3" }],
    [
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/data/n/versions/1",
      { kind: "asset", type: "data" },
    ],
    [
      "azureml:/subscriptions/s/resourceGroups/g/providers/X/workspaces/w/models/n/versions/1",
      { kind: "asset", type: "models" },
    ],
    ["azureml://registries/r/models/m/versions/1", { kind: "registry", type: "models", name: "m" }],
    ["https://a.blob.core.windows.net/c/p", { kind: "blob" }],
  ])("reads %s", (uri, expected) => {
    expect(parseAssetUri(uri, "data")).toMatchObject(expected);
  });

  it("returns undefined for any other text", () => {
    for (const text of ["", "train.jsonl", "azureml:", "azureml://jobs/j"]) {
      expect(parseAssetUri(text, "data")).toBeUndefined();
    }
  });
});

describe("pipeline jobs", () => {
  const properties = (): Record<string, unknown> =>
    (pipelineJob() as { properties: Record<string, unknown> }).properties;

  it("follow references to inputs of the pipeline", () => {
    const job = properties();
    job["inputs"] = { rate: { jobInputType: "literal", value: "0.1" } };
    const node = (job["jobs"] as Record<string, { inputs: Record<string, unknown> }>)[
      "chat_completion_pipeline"
    ];
    if (node) node.inputs["learning_rate"] = { job_input_type: "literal", value: "${{parent.inputs.rate}}" };
    const spec = readPipelineSpec("j", job);
    expect(spec.inputs["learning_rate"]).toEqual({ kind: "literal", value: "0.1" });
    expect(spec.outputs).toEqual({ mlflow_model_folder: "trained_model" });
  });

  it("name the property that is wrong", () => {
    expect(() => readPipelineSpec("j", { ...properties(), jobType: "Sweep" })).toThrow("properties.jobType");
    expect(() => readPipelineSpec("j", { ...properties(), jobs: {} })).toThrow(
      "properties.jobs must have exactly one node",
    );
    expect(() => readPipelineSpec("j", { ...properties(), outputs: {} })).toThrow(
      'pipeline output "trained_model"',
    );
  });

  it("accumulate gradients in place of missing GPUs and nodes", () => {
    const parameters = trainingParameters({
      number_of_gpu_to_use_finetuning: "4",
      num_nodes_finetune: "2",
      gradient_accumulation_steps: "3",
    });
    expect(parameters.gradientAccumulationSteps).toBe(24);
  });

  it("move through their states in one direction, or start again", () => {
    expect(mayFollow("Running", "NotStarted")).toBe(true);
    expect(mayFollow("CancelRequested", "Running")).toBe(false);
    expect(mayFollow("Completed", "Running")).toBe(false);
    expect([isTerminal("Failed"), isTerminal("Finalizing")]).toEqual([true, false]);
    expect([mlflowStatus("Queued"), mlflowStatus("Canceled")]).toEqual(["SCHEDULED", "KILLED"]);
  });
});

describe("chat rows", () => {
  it("are counted, and a conversation without an answer is refused", async () => {
    const folder = temporaryDirectory();
    const file = path.join(folder, "rows.jsonl");
    fs.writeFileSync(file, `${chat("a", "b")}\n\n${chat("c", "d")}\n`);
    expect(await checkChatFile(file)).toBe(2);
    fs.appendFileSync(file, chat("e", "f").replace('"assistant"', '"user"'));
    await expect(checkChatFile(file)).rejects.toThrow("rows.jsonl, row 3: no turn has the role assistant");
    fs.rmSync(folder, { recursive: true });
  });
});

describe("scoring requests", () => {
  const turn = { role: "user", content: "Hello?" };
  it("read the notebook's body", () => {
    const parameters = { temperature: 0.6, top_p: 0.9, do_sample: true, max_new_tokens: 200, top_k: 3 };
    expect(readScoringRequest({ input_data: { input_string: [[turn]], parameters }, params: {} })).toEqual({
      conversations: [[turn]],
      single: true,
      parameters: { temperature: 0.6, topP: 0.9, doSample: true, maxNewTokens: 200 },
      ignored: ["top_k"],
    });
  });

  it.each([
    [{}, '"input_data" is missing'],
    [{ input_data: { input_string: "hi" } }, "must be a list of messages"],
    [{ input_data: { input_string: [[{ role: "x", content: "" }]] } }, '"input_string[0][0].role" is "x"'],
    [
      { input_data: { input_string: [turn], parameters: { temperature: 0 } } },
      '"temperature" is 0, must be greater than 0',
    ],
    [
      { input_data: { input_string: [turn], parameters: { max_new_tokens: 1.5 } } },
      "a whole number from 1 to 4096",
    ],
    [{ input_data: { input_string: [turn], parameters: { do_sample: "perhaps" } } }, "must be true or false"],
  ])("name what is wrong with %j", (body, problem) => {
    expect(() => readScoringRequest(body)).toThrow(problem);
  });
});

describe("slots of a deployment", () => {
  const limits = { concurrent: 1, pending: 2 };
  it("run one request, queue one, and refuse the third", async () => {
    const slots = createSlots();
    const { signal } = new AbortController();
    const first = await slots.enter(limits, signal);
    const second = slots.enter(limits, signal);
    await expect(slots.enter(limits, signal)).rejects.toBeInstanceOf(TooManyRequests);
    first();
    first();
    (await second)();
    expect([slots.running, slots.waiting]).toEqual([0, 0]);
  });

  it("drop a request that stops waiting", async () => {
    const slots = createSlots();
    const leave = await slots.enter(limits, new AbortController().signal);
    const impatient = new AbortController();
    const waiting = slots.enter(limits, impatient.signal);
    impatient.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    leave();
    expect([slots.running, slots.waiting]).toEqual([0, 0]);
  });
});
