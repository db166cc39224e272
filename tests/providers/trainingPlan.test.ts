import type { Job } from "../../azureml/clients/jobs";
import type { JobInputs } from "../../providers/pipelineJob/inputs";
import type { LookAhead } from "../../providers/pipelineJob/lookAhead";
import {
  budgetRefusal,
  startsTraining,
  trainingLines,
  type TrainingPlan,
} from "../../providers/pipelineJob/trainingPlan";
import { trainingReasons } from "../../providers/pipelineJob/trainingReasons";
import { unknown } from "./support/fixture";

const training = {
  size: "Standard_NC24ads_A100_v4",
  lowPriority: false,
  nodes: 1,
  gpusPerNode: 1,
  price: { perHour: 3.673, currency: "USD", origin: "list" },
};
const bound = "at most 24 node-hours of Standard_NC24ads_A100_v4 (24 GPU-hours, 88.15 USD)";
const job = (status: string): Job => ({ name: "ft-1", status }) as Job;
const submit: LookAhead = { kind: "submit", name: "ft-1", attempt: 1, failed: [] };
const changed = { changed: ["finetune.learningRate 2e-05 → 1e-05"], unknown: [] };

const plans: Array<[name: string, plan: TrainingPlan, starts: boolean, lines: string[]]> = [
  [
    "a first training",
    { ahead: submit, unknown: [] },
    true,
    ["will train: the stack has no trained model yet", bound],
  ],
  [
    "a first training with data that are not known yet",
    { ahead: { kind: "unknown" }, unknown: ["training data", "test data"] },
    true,
    [
      "will train: the stack has no trained model yet",
      "known only during the update: training data, test data",
      bound,
    ],
  ],
  [
    "a changed parameter",
    { ahead: submit, reasons: changed, unknown: [] },
    true,
    ["will train again: finetune.learningRate 2e-05 → 1e-05", bound],
  ],
  [
    "more changes than fit",
    { ahead: submit, reasons: { changed: ["a", "b", "c", "d", "e", "f"], unknown: [] }, unknown: [] },
    true,
    ["will train again: a, b, c, d, 2 more", bound],
  ],
  [
    "data that may change during the update",
    { ahead: { kind: "unknown" }, reasons: { changed: [], unknown: ["training data"] }, unknown: [] },
    false,
    ["will train again if one of these changes during the update: training data", bound],
  ],
  [
    "a failed attempt",
    { ahead: { ...submit, attempt: 2, failed: [job("Failed")] }, unknown: [] },
    true,
    ["will train: attempt 2, because job ft-1 is Failed", bound],
  ],
  [
    "a job that has completed already",
    { ahead: { kind: "adopt", name: "ft-1", job: job("Completed") }, reasons: changed, unknown: [] },
    false,
    ["trains nothing: adopts job ft-1 (already completed)", "changed: finetune.learningRate 2e-05 → 1e-05"],
  ],
  [
    "a job that is running",
    { ahead: { kind: "attach", name: "ft-1", job: job("Running") }, unknown: [] },
    false,
    ["starts no job: attaches to job ft-1 (Running)"],
  ],
  [
    "a job of that name with other inputs",
    { ahead: { kind: "refused", message: "[ForeignJob] taken." }, unknown: [] },
    false,
    ["cannot train: [ForeignJob] taken."],
  ],
];

test.each(plans)("the lines of %s", (_, plan, starts, lines) => {
  expect(trainingLines(plan, { training, deadlineMinutes: 1440 })).toEqual(lines);
  expect(startsTraining(plan)).toBe(starts);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(90);
});

test("the duration of the last training is a hint, and absent if it is unknown", () => {
  const plan = { ahead: submit, reasons: changed, unknown: [] };
  const inputs = { training, deadlineMinutes: 60 };
  const last = { startedAt: "2026-11-01T00:00:00Z", endedAt: "2026-11-01T00:41:00Z" };
  expect(trainingLines(plan, inputs, last)).toContain("the last training took 41:00: 2.51 USD at this price");
  expect(trainingLines(plan, inputs, { startedAt: "", endedAt: "" })).toHaveLength(2);
});

test("a state of an earlier version shows no costs", () => {
  expect(trainingLines({ ahead: submit, unknown: [] }, { deadlineMinutes: 60 })).toHaveLength(1);
});

describe("budget.maxGpuHours", () => {
  const refusal = (plan: TrainingPlan, maxGpuHours: number | undefined, change = {}) =>
    budgetRefusal(plan, { training: { ...training, maxGpuHours, ...change }, deadlineMinutes: 1440 })
      ?.message;

  test("refuses a training that could exceed it, with the figures and what to change", () => {
    expect(refusal({ ahead: submit, reasons: changed, unknown: [] }, 10)).toBe(
      "[TrainingBudget] budget.maxGpuHours: the training (finetune.learningRate 2e-05 → 1e-05) could use 24 GPU-hours (1 × Standard_NC24ads_A100_v4 with 1 GPU, 24 h); allowed: at most 10. Set finetune.deadlineMinutes to at most 600, or raise budget.maxGpuHours. No job was submitted.",
    );
    expect(refusal({ ahead: submit, unknown: [] }, 191, { nodes: 2, gpusPerNode: 4 })).toContain(
      "Set finetune.deadlineMinutes to at most 1432, or fewer nodes (finetune.numNodesFinetune), or a compute.size with fewer GPUs",
    );
  });

  test("is not reached by what equals it, and off by default", () => {
    expect(refusal({ ahead: submit, unknown: [] }, 24)).toBeUndefined();
    expect(refusal({ ahead: submit, unknown: [] }, undefined)).toBeUndefined();
  });

  test("0 allows no training at all, and still a stack that trains nothing", () => {
    expect(refusal({ ahead: submit, unknown: [] }, 0)).toContain("Keep the inputs of the present model");
    for (const [, plan, starts] of plans) expect(refusal(plan, 0) !== undefined).toBe(starts);
  });
});

describe("the reasons of a training", () => {
  const asset = (type: string, name: string, version: string): string =>
    `azureml://registries/azureml/${type}/${name}/versions/${version}`;
  const inputs = {
    workspace: { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" },
    namePrefix: "ft",
    modelId: asset("models", "Phi-4-mini-instruct", "7"),
    componentId: asset("components", "chat_completion_pipeline", "0.0.82"),
    gpusPerNode: 1,
    trainData: "train/1",
    testData: "test/1",
    validationData: "test/1",
    parameters: { learning_rate: "2e-05", num_train_epochs: "3", not_declared: "1" },
    omittedParameters: ["not_declared"],
    settings: { "dataset.splitPercent": "1", "dataset.name": "a/b" },
  } as unknown as JobInputs;

  const cases: Array<[change: Partial<JobInputs>, reasons: string[]]> = [
    [{}, []],
    [
      { parameters: { ...inputs.parameters, learning_rate: "1e-05" } },
      ["finetune.learningRate 2e-05 → 1e-05"],
    ],
    [{ parameters: { ...inputs.parameters, not_declared: "2" } }, []],
    [
      { parameters: { ...inputs.parameters, lora_new: "4" } },
      ["finetune.extraParameters.lora_new not set → 4"],
    ],
    [{ modelId: asset("models", "Phi-4-mini-instruct", "8") }, ["foundationModel.version 7 → 8"]],
    [{ modelId: asset("models", "Phi-3", "1") }, ["foundationModel.name Phi-4-mini-instruct:7 → Phi-3:1"]],
    [
      { componentId: asset("components", "chat_completion_pipeline", "0.0.83") },
      ["finetune.component.version 0.0.82 → 0.0.83"],
    ],
    [{ gpusPerNode: 2 }, ["GPUs per node 1 → 2 (compute.size)"]],
    [
      { trainData: "train/2", settings: { ...inputs.settings, "dataset.splitPercent": "2" } },
      ["dataset.splitPercent 1 → 2"],
    ],
    // A setting alone does not change the rows.
    [{ settings: { ...inputs.settings, "dataset.onBadRow": "skip" } }, []],
    [{ trainData: "train/2", testData: "test/2" }, ["other rows in the training data and the test data"]],
    [{ namePrefix: "ft-2" }, ["the job's name ft → ft-2"]],
    [{ workspace: { ...inputs.workspace, workspaceName: "other" } }, ["workspace ws → other"]],
  ];

  test.each(cases)("%j", (change, reasons) => {
    expect(trainingReasons({ ...inputs }, { ...inputs, ...change })).toEqual({
      changed: reasons,
      unknown: [],
    });
  });

  test("name data that are not known yet, and the setting behind them", () => {
    const moved = { ...inputs, trainData: unknown };
    expect(trainingReasons({ ...inputs }, moved)).toEqual({ changed: [], unknown: ["training data"] });
    const settings = { "dataset.splitPercent": "5", "dataset.name": "a/b" };
    expect(trainingReasons({ ...inputs }, { ...moved, settings })).toEqual({
      changed: ["dataset.splitPercent 1 → 5"],
      unknown: ["training data"],
    });
  });

  test("name no settings of a state that has none", () => {
    const old = { ...inputs, settings: undefined };
    expect(trainingReasons(old, { ...inputs, trainData: "train/2" }).changed).toEqual([
      "other rows in the training data",
    ]);
  });
});
