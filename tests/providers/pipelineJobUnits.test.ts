import { decideAttempt } from "../../providers/pipelineJob/claim";
import { diffPipelineJob } from "../../providers/pipelineJob/diff";
import { failedStep, logBlock } from "../../providers/pipelineJob/failure";
import type { JobInputs } from "../../providers/pipelineJob/inputs";
import { attemptName, baseName, specHash } from "../../providers/pipelineJob/jobName";
import { servingLimit } from "../../azureml/servingLimit";
import { checkGate } from "../../providers/pipelineJob/gate";
import { jobProperties } from "../../providers/pipelineJob/requestBody";

const inputs: JobInputs = {
  workspace: { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" },
  namePrefix: "azureml-finetune-dev",
  experimentName: "chat_completion_Phi-3-mini-4k-instruct",
  displayName: "Phi-3",
  component: { registry: "azureml", name: "chat_completion_pipeline", version: "latest" },
  modelId: "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/15",
  trainData: "/subscriptions/s/data/train/versions/1",
  testData: "/subscriptions/s/data/test/versions/1",
  compute: "gpu",
  gpusPerNode: 1,
  parameters: { learning_rate: "5e-06", num_train_epochs: "3", learning_rate_min: "5e-07" },
  deadlineMinutes: 1440,
  onDestroy: "archive",
  componentId: "azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82",
  omittedParameters: ["learning_rate_min"],
  specHash: "",
};
inputs.specHash = specHash(inputs);

describe("the name of a job", () => {
  test("does not depend on the order of parameters, on omitted parameters, or on mutable inputs", () => {
    const same: Partial<JobInputs>[] = [
      { parameters: { num_train_epochs: "3", learning_rate: "5e-06" } },
      { validationData: "fromTrain" },
      { compute: "other", displayName: "x", deadlineMinutes: 1, tags: { a: "b" }, onDestroy: "keep" },
    ];
    for (const change of same) expect(specHash({ ...inputs, ...change })).toBe(inputs.specHash);
  });

  test("depends on every input that determines the trained model", () => {
    const other: Partial<JobInputs>[] = [
      { modelId: "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/16" },
      { trainData: "/subscriptions/s/data/train/versions/2" },
      { testData: "/subscriptions/s/data/test/versions/2" },
      { validationData: "/subscriptions/s/data/test/versions/1" },
      { gpusPerNode: 2 },
      { parameters: { ...inputs.parameters, learning_rate: "1e-05" } },
      { componentId: `${inputs.componentId}1` },
    ];
    const hashes = other.map((change) => specHash({ ...inputs, ...change }));
    expect(new Set([...hashes, inputs.specHash]).size).toBe(other.length + 1);
  });

  test("consists of the prefix, ten digits of the hash, and the number of the attempt from the second on", () => {
    const base = baseName(inputs);
    expect(base).toMatch(/^azureml-finetune-dev-[0-9a-f]{10}$/);
    expect([1, 2, 10].map((attempt) => attemptName(base, attempt))).toEqual([
      base,
      `${base}-2`,
      `${base}-10`,
    ]);
  });
});

describe("the diff of a pipeline job", () => {
  const done = { ...inputs, status: "Completed" };
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  test.each<[string, object, object, boolean, string[]]>([
    ["nothing", done, {}, false, []],
    ["the cluster", done, { compute: "other" }, true, []],
    ["the gate", done, { gate: { maxEvalLoss: 1 } }, true, []],
    ["onDestroy", done, { onDestroy: "keep" }, true, []],
    ["the learning rate", done, { parameters: { learning_rate: "1" }, specHash: "x" }, true, ["parameters"]],
    ["unknown training data", done, { trainData: unknown, specHash: unknown }, true, ["trainData"]],
    ["the validation data", done, { validationData: "azureml://v", specHash: "x" }, true, ["validationData"]],
    ["the model", done, { modelId: "azureml://m", specHash: "x" }, true, ["modelId"]],
    ["the workspace", done, { workspace: { ...inputs.workspace, workspaceName: "w2" } }, true, ["workspace"]],
    ["the prefix", done, { namePrefix: "p" }, true, ["namePrefix"]],
    ["nothing, after a failure", { ...inputs, status: "Failed" }, {}, true, []],
    ["nothing, after a missed gate", { ...inputs, status: "Rejected" }, {}, true, []],
  ])("%s changed", (_what, olds, change, changes, replaces) => {
    expect(diffPipelineJob(olds as never, { ...inputs, ...change })).toEqual({ changes, replaces });
  });
});

test.each([
  [undefined, "submit"],
  ["Completed", "adopt"],
  ["Running", "attach"],
  ["Queued", "attach"],
  ["SomethingNew", "attach"],
  ["Paused", "attach"],
  ["Failed", "nextAttempt"],
  ["Canceled", "nextAttempt"],
  ["NotResponding", "nextAttempt"],
  ["CancelRequested", "nextAttempt"],
])("for a job in state %s the decision is %s", (status, decision) => {
  const job = status && { status, tags: {}, properties: { "azureml-finetune.specHash": "h" } };
  expect(decideAttempt(job || undefined, "h")).toBe(decision);
  if (job) expect(decideAttempt(job, "other")).toBe("foreign");
  if (job) expect(decideAttempt({ ...job, properties: {}, tags: job.properties }, "h")).toBe(decision);
});

test("the job request equals the one of the notebook's SDK: scalars as strings, no defaults", () => {
  const literal = (value: string): object => ({ job_input_type: "literal", value });
  expect(jobProperties({ ...inputs, tags: { owner: "me" }, description: "d" })).toEqual({
    jobType: "Pipeline",
    displayName: "Phi-3",
    experimentName: "chat_completion_Phi-3-mini-4k-instruct",
    description: "d",
    tags: { owner: "me", "azureml-finetune.specHash": inputs.specHash },
    properties: { "azureml-finetune.specHash": inputs.specHash },
    isArchived: false,
    inputs: {},
    jobs: {
      chat_completion_pipeline: {
        name: "chat_completion_pipeline",
        type: "pipeline",
        _source: "REMOTE.REGISTRY",
        componentId: inputs.componentId,
        inputs: {
          mlflow_model_path: { job_input_type: "mlflow_model", uri: inputs.modelId },
          train_file_path: { job_input_type: "uri_file", uri: inputs.trainData },
          test_file_path: { job_input_type: "uri_file", uri: inputs.testData },
          number_of_gpu_to_use_finetuning: literal("1"),
          compute_model_import: literal("gpu"),
          compute_preprocess: literal("gpu"),
          compute_finetune: literal("gpu"),
          compute_model_evaluation: literal("gpu"),
          learning_rate: literal("5e-06"),
          num_train_epochs: literal("3"),
        },
        outputs: { mlflow_model_folder: { type: "literal", value: "${{parent.outputs.trained_model}}" } },
      },
    },
    outputs: { trained_model: { jobOutputType: "mlflow_model", mode: "ReadWriteMount" } },
    settings: { force_rerun: true, continue_on_step_failure: false, _source: "DSL" },
  });
});

describe("the end of a job", () => {
  test("is attributed to the step that failed, not to the steps canceled after it", () => {
    const run = (runId: string, status: string): never => ({ runId, displayName: runId, status }) as never;
    expect(failedStep([run("a", "Completed"), run("b", "Canceled"), run("c", "Failed")])?.runId).toBe("c");
    expect(failedStep([run("a", "Completed"), run("b", "Canceled")])?.runId).toBe("b");
    expect(failedStep([run("a", "Completed")])).toBeUndefined();
  });

  test("shows log lines indented, shortened and without secrets", () => {
    const block = logBlock("step", [`GET https://x/?sig=abcd ${"y".repeat(500)}`]);
    expect(block).toContain("\nEnd of the log of step:\n  | GET https://x/?sig=*** yyy");
    expect(block.split("\n").at(-1)?.length).toBeLessThan(210);
    expect(logBlock("step", [])).toBe("");
  });
});

describe("the gate", () => {
  const job = { name: "j", studioUrl: "https://studio" };
  const check = (gate: JobInputs["gate"], metrics: Record<string, number>) => () =>
    checkGate({ gate }, metrics, job);

  test("is met at the limit, and missed above it, without a value, and with NaN", () => {
    expect(check({ maxEvalLoss: 0.5 }, { eval_loss: 0.5 })).not.toThrow();
    expect(check(undefined, {})).not.toThrow();
    expect(check({ maxEvalLoss: 0.5 }, { eval_loss: 0.51 })).toThrow("[LossGate]");
    expect(check({ maxEvalLoss: 0.5 }, { eval_loss: Number.NaN })).toThrow("[LossGate]");
    expect(check({ maxEvalLoss: 0.5 }, {})).toThrow(
      "[LossGateNoMetric] gate.maxEvalLoss: j logged no eval_loss",
    );
  });

  test("names every missed limit with value, data and what is allowed", () => {
    expect(check({ maxEvalLoss: 0.5, minRougeL: 0.3 }, { eval_loss: 0.6, rougeL: 0.25 })).toThrow(
      "[LossGate] gate.maxEvalLoss: eval_loss of j, measured on the last 20 % of the training data, is 0.6; allowed: at most 0.5; gate.minRougeL: rougeL of j, measured on the test data, is 0.25; allowed: at least 0.3",
    );
    expect(check({ minRouge1: 0.3 }, { rouge1: 0.3 })).not.toThrow();
    expect(check({ minRouge1: 0.3 }, {})).toThrow(/j logged no rouge1.*evaluation step/);
  });

  const data = "/subscriptions/S/data/test/versions/1";
  const served = (tags: Record<string, string>) => ({ deployment: "d", name: "m", version: "7", tags });

  test("compares with the model that serves if it was measured on the same data", () => {
    const tags = { job: "other", evalLoss: "0.4", validationData: data.toLowerCase() };
    const serving = servingLimit(served(tags), "j", { validationData: data });
    expect(serving).toEqual({ limit: 0.4, model: "m:7" });
    const judge = (eval_loss: number) => () =>
      checkGate({ validationData: data }, { eval_loss }, job, serving);
    expect(judge(0.4)).not.toThrow();
    expect(judge(0.41)).toThrow("is 0.41; allowed: at most 0.4, that of m:7, which serves now");
  });

  test("says why it does not compare, and never compares a model with itself", () => {
    const own = { validationData: data, trainData: "t" };
    const reason = (tags: Record<string, string>, measured = own) =>
      servingLimit(served(tags), "j", measured);
    expect(servingLimit(undefined, "j", own)).toEqual({ reason: "no model serves yet" });
    expect(reason({ job: "other" })).toEqual({
      reason: "m:7, which serves now, has no tags evalLoss and validationData",
    });
    const tags = { job: "other", evalLoss: "0.4", validationData: `${data}2` };
    expect(reason(tags)).toEqual({
      reason: "the eval_loss of m:7, which serves now, was measured on other data",
    });
    expect(reason({ ...tags, job: "j" })).toBeUndefined();
    // The component's own split of other training data is other data.
    const split = { job: "other", evalLoss: "0.4", validationData: "fromTrain", trainData: "t1" };
    expect(reason(split, { validationData: "fromTrain", trainData: "t2" })).toHaveProperty("reason");
    expect(reason(split, { validationData: "fromTrain", trainData: "t1" })).toHaveProperty("limit");
  });
});
