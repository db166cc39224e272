import type { WorkspaceFacts } from "../../../operations/report/workspaceFacts";
import type { JobFacts } from "../../../operations/report/workspaceFacts";
import { stackFacts, type StackFacts } from "../../../operations/report/stackFacts";

const workspace =
  "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";
const urn = (type: string, name: string): string => `urn:pulumi:dev::project::${type}::${name}`;

const size = {
  size: "Standard_NC6s_v3",
  lowPriority: false,
  nodes: 2,
  gpusPerNode: 1,
  price: { perHour: 3, currency: "USD", origin: "budget.prices" },
};

export const outputs = {
  subscriptionId: "s",
  resourceGroupName: "rg",
  workspaceName: "ws",
  baseModel: "azureml://registries/azureml/models/Phi-3/versions/5",
  firstRows: [{ messages: [] }],
  parameters: { learning_rate: "0.005", lora_r: "8" },
  jobName: "job-2",
  evalLossData: "all rows of test_sft",
  registeredModel: { name: "chat", version: "7", id: `${workspace}/models/chat/versions/7` },
  endpointName: "answers",
  deploymentName: "demo-7",
  sampleScore: {
    question: "Where is Bern?",
    reference: "In Switzerland.",
    answer: "Switzerland.",
    latencyMs: 120,
  },
};

export const manifest = {
  dataset: "owner/chats",
  subset: "default",
  revision: "abc",
  isPublic: true,
  splits: {
    train_sft: { rows: 600, totalRows: 12000, bytes: 5000, sha256: "1".repeat(64) },
    test_sft: { rows: 120, sha256: "2".repeat(64) },
  },
  quality: {
    splits: {
      train_sft: { found: { nearDuplicates: { count: 4, rows: [1] }, secrets: { count: 0, rows: [] } } },
    },
    overlaps: [
      {
        split: "train_sft",
        other: "test_sft",
        same: { count: 2, rows: [] },
        similar: { count: 0, rows: [] },
      },
    ],
  },
};

export function state(changes: { stdout?: unknown; rollout?: unknown } = {}) {
  const { stdout = `text\n${JSON.stringify(manifest)}\n`, rollout } = changes;
  const root = urn("pulumi:pulumi:Stack", "project-dev");
  const resource = (type: string, name: string, outputs: object, inputs: object = {}) => ({
    urn: urn(type, name),
    type,
    custom: true,
    parent: root,
    inputs: inputs as Record<string, unknown>,
    outputs: outputs as Record<string, unknown>,
  });
  return {
    version: 3,
    deployment: {
      resources: [
        { urn: root, type: "pulumi:pulumi:Stack", custom: false },
        resource("command:local:Command", "chat-dataset", { stdout }),
        resource("pulumi-nodejs:dynamic/azureml:ModelLookup", "foundation-model", {
          tags: { model_specific_defaults: "{'lora_r': 8}" },
        }),
        resource("pulumi-nodejs:dynamic/azureml:PipelineJob", "fine-tuning", {
          training: size,
          settings: {
            "dataset.name": "owner/chats",
            "dataset.trainSplit": "train_sft",
            "dataset.validationSplit": "test_sft",
            "dataset.testSplit": "test_sft",
          },
        }),
        resource("pulumi-nodejs:dynamic/azureml:Score", "endpoint-score", {}),
        resource("pulumi-nodejs:dynamic/azureml:Traffic", "traffic", {}, rollout ? { rollout } : {}),
      ],
    },
  };
}

export const stack = (changes: Partial<StackFacts> = {}): StackFacts => ({
  ...stackFacts({ project: "project", stack: "dev" }, state(), outputs),
  ...changes,
});

const minute = 60_000;
export const start = Date.parse("2026-01-01T10:00:00Z");

export function jobFacts(
  name: string,
  changes: { latest?: Record<string, number>; parameters?: Record<string, string> } = {},
): JobFacts {
  const points = (values: number[]) =>
    values.map((value, index) => ({ step: index * 10, value, at: start + index * minute }));
  return {
    job: {
      name,
      displayName: `Training ${name}`,
      description: "",
      type: "Pipeline",
      status: "Completed",
      hasEnded: true,
      experimentName: "chat_completion_Phi-3",
      createdAt: new Date(start - minute).toISOString(),
      createdBy: "me",
      studioUrl: `https://ml.azure.com/runs/${name}`,
      tags: { commit: "c0ffee", trainedBy: "me", "pulumi-project": "project", "pulumi-stack": "dev" },
      isArchived: false,
      components: ["azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82"],
      parameters: { learning_rate: "0.005", ...changes.parameters },
      assets: { train_file_path: `${workspace}/data/train/versions/1` },
      outputs: {},
    },
    times: { startedAt: start, endedAt: start + 30 * minute, warnings: [] },
    metrics: {
      latest: changes.latest ?? {
        eval_loss: 0.4,
        eval_loss_before: 0.8,
        rouge1: 0.9,
        rouge1_before: 0.2,
        tokens_per_second: 400,
      },
      series: { loss: points([2, 1, 0.5]), eval_loss: points([0.8, 0.4]) },
    },
  };
}

export function workspaceFacts(changes: Partial<WorkspaceFacts> = {}): WorkspaceFacts {
  return {
    current: {
      ...jobFacts("job-2"),
      steps: [
        {
          runId: "a",
          name: "finetune",
          status: "Completed",
          compute: "gpu",
          startedAt: start,
          endedAt: start + 20 * minute,
          waitedMs: minute,
          tookMs: 20 * minute,
        },
        { runId: "b", name: "convert", status: "NotStarted", compute: "gpu" },
      ],
    },
    earlier: [jobFacts("job-1", { latest: { eval_loss: 0.6 } })],
    last: jobFacts("job-1", { latest: { eval_loss: 0.6 }, parameters: { learning_rate: "0.001" } }),
    model: undefined,
    endpoint: {
      id: "e",
      name: "answers",
      description: "",
      state: "Succeeded",
      authMode: "Key",
      scoringUri: "https://answers.test/score",
      traffic: { "demo-7": 90, "demo-6": 10 },
      mirrorTraffic: {},
      tags: {},
      createdAt: "",
    },
    deployments: [deployment("demo-6", "6"), deployment("demo-7", "7")],
    figures: { "demo-7": { requests: 1000, failed: 10, latencyMs: 95 } },
    computes: [],
    samples: [
      {
        question: "Where is Bern?",
        reference: "In Switzerland.",
        before: "I am not sure.",
        after: "Switzerland.",
      },
    ],
    location: "westeurope",
    regionPrices: [],
    now: start + 2 * 60 * minute,
    problems: [],
    ...changes,
  } as WorkspaceFacts;
}

const deployment = (name: string, version: string) => ({
  id: name,
  name,
  state: "Succeeded",
  model: `${workspace}/models/chat/versions/${version}`,
  instanceType: "Standard_DS3_v2",
  instances: 1,
  tags: {},
  createdAt: new Date(start + 60 * minute).toISOString(),
});
