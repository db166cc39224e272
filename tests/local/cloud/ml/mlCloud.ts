/** A local cloud with a workspace, a cluster and a blob store, and a trainer that tests control. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Core } from "../../../../local/cloud/core";
import { registerMlPartsWith } from "../../../../local/cloud/ml/parts";
import type { ChatModel, FineTune, FineTuneRequest, LoadChatModel } from "../../../../local/trainer/contract";
import { TrainerError } from "../../../../local/trainer/contract";
import {
  type Answer,
  startTestCloud,
  SUBSCRIPTION,
  temporaryDirectory,
  type TestCloud,
} from "../helpers/testCloud";

export const GROUP = `${SUBSCRIPTION}/resourceGroups/rg`;
export const WORKSPACE = `${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ws`;
export const ACCOUNT = "mltests";
export const CONTAINER = "azureml-blobstore-guid";
export const DATA = "azureml://datastores/workspaceblobstore/paths/data";
const GUID = "11111111-2222-3333-4444-555555555555";

export interface FakeTrainer {
  fineTune: FineTune;
  loadChatModel: LoadChatModel;
  baseModelDir: string;
  /** Runs before fine-tuning writes the model. Tests replace it. */
  during: (signal: AbortSignal) => Promise<void>;
  /** What a served model answers, given the text of the model folder's answer.txt. */
  reply: (answer: string, question: string) => Promise<string>;
  loads: number;
  requests: FineTuneRequest[];
  /** Contents of the files of each request, which are deleted when its job ends. */
  data: Array<{ train: string; validation: string }>;
}

export interface MlCloud extends TestCloud {
  trainer: FakeTrainer;
  /** Waits until the job has ended. Returns its last GET. */
  ended(job: string): Promise<Answer>;
  /** Submits the notebook's job and waits for its end. */
  trained(job: string, inputs?: Record<string, string>): Promise<Answer>;
  /** Sends a request and polls its operation. Returns the first answer. */
  done(method: string, target: string, body?: unknown): Promise<Answer>;
}

function readData({ trainFile, validationFile }: FineTuneRequest): { train: string; validation: string } {
  return {
    train: fs.readFileSync(trainFile, "utf8"),
    validation: validationFile === undefined ? "" : fs.readFileSync(validationFile, "utf8"),
  };
}

export function fakeTrainer(directory: string): FakeTrainer {
  const baseModelDir = path.join(directory, "base");
  fs.mkdirSync(baseModelDir, { recursive: true });
  for (const file of ["config.json", "model.safetensors", "tokenizer.json"])
    fs.writeFileSync(path.join(baseModelDir, file), "{}");
  const trainer: FakeTrainer = {
    baseModelDir,
    loads: 0,
    requests: [],
    data: [],
    during: () => Promise.resolve(),
    reply: (answer) => Promise.resolve(answer),
    fineTune: async (request, onEvent, signal) => {
      trainer.requests.push(request);
      trainer.data.push(readData(request));
      onEvent({ kind: "log", line: "training begins" });
      onEvent({ kind: "metrics", step: 1, values: { loss: 2, learning_rate: 0.001, epoch: 0.5 } });
      onEvent({ kind: "progress", phase: "train", step: 1, totalSteps: 2, loss: 2 });
      signal.throwIfAborted();
      onEvent({ kind: "metrics", step: 2, values: { loss: 1, learning_rate: 0.0005, epoch: 1 } });
      await trainer.during(signal);
      fs.mkdirSync(request.outputDir, { recursive: true });
      fs.writeFileSync(
        path.join(request.outputDir, "MLmodel"),
        "flavors:\n  small_chat_lm:\n    task: chat-completion\n",
      );
      fs.writeFileSync(path.join(request.outputDir, "answer.txt"), `lr ${request.parameters.learningRate}`);
      return {
        metrics: { train_loss: 1.5, eval_loss: 0.2, eval_loss_before: 2.4, rougeL: 0.9, rougeL_before: 0.2 },
      };
    },
    loadChatModel: async (folder) => {
      trainer.loads++;
      const file = path.join(folder, "answer.txt");
      if (!fs.existsSync(file)) throw new TrainerError("InvalidModel", "answer.txt is missing.");
      const answer = fs.readFileSync(file, "utf8");
      const model: ChatModel = {
        generate: async (messages) => ({
          text: await trainer.reply(answer, messages.at(-1)?.content ?? ""),
          promptTokens: 1,
          newTokens: 1,
        }),
        close: () => Promise.resolve(),
      };
      return model;
    },
  };
  return trainer;
}

/** Puts resources into the store directly that other parts of the cloud would create. */
function putResources(core: Core): void {
  const ml = "Microsoft.MachineLearningServices/workspaces";
  const put = (id: string, type: string, properties: Record<string, unknown>): void =>
    core.resources.put({ id, name: id.split("/").pop() ?? "", type, location: "westeurope", properties });
  put(GROUP, "Microsoft.Resources/resourceGroups", {});
  put(WORKSPACE, ml, { workspaceId: GUID, provisioningState: "Succeeded" });
  put(`${WORKSPACE}/datastores/workspaceblobstore`, `${ml}/datastores`, {
    datastoreType: "AzureBlob",
    accountName: ACCOUNT,
    containerName: CONTAINER,
  });
  put(`${WORKSPACE}/computes/cpu`, `${ml}/computes`, {
    computeType: "AmlCompute",
    provisioningState: "Succeeded",
    properties: { vmSize: "Standard_NC24ads_A100_v4", scaleSettings: { minNodeCount: 0, maxNodeCount: 1 } },
  });
}

export function chat(question: string, answer: string): string {
  return JSON.stringify({
    prompt: question,
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
    prompt_id: "0",
  });
}

/** Starts the cloud. With `home`, it continues an earlier one. */
export async function startMlCloud(options: { home?: string; trainer?: FakeTrainer } = {}): Promise<MlCloud> {
  const home = options.home ?? temporaryDirectory();
  const trainer = options.trainer ?? fakeTrainer(home);
  const cloud = await startTestCloud({
    home,
    parts: [(app, part) => registerMlPartsWith(app, part, trainer)],
  });
  const core = cloud.cloud as Core;
  if (!core.resources.get(WORKSPACE)) {
    putResources(core);
    await core.azurite.addAccount(ACCOUNT);
    const rows = Array.from({ length: 5 }, (_, index) => chat(`Question ${index}?`, `Answer ${index}.`)).join(
      "\n",
    );
    for (const name of ["train.jsonl", "test.jsonl"]) {
      await core.blobs.putText({ account: ACCOUNT, container: CONTAINER, path: `data/${name}` }, `${rows}\n`);
    }
  }
  const ended = async (job: string): Promise<Answer> => {
    for (;;) {
      const answer = await cloud.call("GET", `${WORKSPACE}/jobs/${job}`);
      if (["Completed", "Failed", "Canceled"].includes(answer.body.properties?.status)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return {
    ...cloud,
    trainer,
    ended,
    trained: async (job, inputs = {}) => {
      const answer = await cloud.call("PUT", `${WORKSPACE}/jobs/${job}`, pipelineJob(inputs));
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return ended(job);
    },
    done: async (method, target, body) => {
      const answer = await cloud.call(method, target, body);
      await cloud.finish(answer);
      return answer;
    },
  };
}

/** The runs of a job's steps: the children of its only child, the run of the pipeline component. */
export async function stepsOf({ call }: Pick<TestCloud, "call">, job: string): Promise<Answer> {
  const runs = `/history/v1.0${WORKSPACE}/runs`;
  const { body } = await call("GET", `${runs}/${job}/children`);
  if (body.value.length !== 1) throw new Error(`the job has ${body.value.length} children`);
  return call("GET", `${runs}/${body.value[0].runId}/children`);
}

const MODEL = "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/15";
const COMPONENT = "azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82";

/** The notebook's job as the SDK sends it. */
export function pipelineJob(
  literals: Record<string, string> = {},
  changes: Record<string, unknown> = {},
): unknown {
  const compute = Object.fromEntries(
    ["compute_model_import", "compute_preprocess", "compute_finetune", "compute_model_evaluation"].map(
      (name) => [name, "cpu"],
    ),
  );
  const all = {
    ...compute,
    number_of_gpu_to_use_finetuning: "1",
    learning_rate: "5e-06",
    apply_lora: "true",
    ...literals,
  };
  const inputs = {
    mlflow_model_path: { job_input_type: "mlflow_model", uri: MODEL },
    train_file_path: { job_input_type: "uri_file", uri: `${DATA}/train.jsonl` },
    test_file_path: { job_input_type: "uri_file", uri: `${DATA}/test.jsonl` },
    ...Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, { job_input_type: "literal", value }]),
    ),
  };
  return {
    properties: {
      jobType: "Pipeline",
      displayName: "a display name",
      experimentName: "an experiment",
      tags: {},
      properties: {},
      isArchived: false,
      inputs: {},
      jobs: {
        chat_completion_pipeline: {
          name: "chat_completion_pipeline",
          type: "pipeline",
          _source: "REMOTE.REGISTRY",
          componentId: COMPONENT,
          inputs: { ...inputs, ...changes },
          outputs: { mlflow_model_folder: { type: "literal", value: "${{parent.outputs.trained_model}}" } },
        },
      },
      outputs: {
        trained_model: { jobOutputType: "mlflow_model", mode: "ReadWriteMount", description: "the model" },
      },
      settings: { force_rerun: true, continue_on_step_failure: false, _source: "DSL" },
    },
  };
}
