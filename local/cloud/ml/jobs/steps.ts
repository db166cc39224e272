import * as fs from "node:fs";
import * as path from "node:path";
import type { TrainerEvent } from "../../../trainer/contract";
import { parameterProblem } from "../../../trainer/parameters";
import { StepError } from "./chatRows";
import { computeMetrics, predict } from "./evaluationSteps";
import { logMetrics, type JobContext } from "./jobRecord";
import { storeOutputs } from "./outputs";
import { effectiveLiterals, evaluationOf, HONOURED_INPUTS, trainingParameters } from "./parameters";
import type { StepName } from "./plan";
import { preprocess } from "./preprocessStep";
import { dataFiles, type StepContext } from "./stepContext";

const MODEL_OUTPUTS = ["mlflow_model_folder", "pytorch_model_folder"];
const BASE_FILES = ["config.json", "model.safetensors", "tokenizer.json"];

/** The work of each step. A StepError or TrainerError is the user's mistake and becomes the step's error. */
export const STEP_WORK: Record<StepName, (step: StepContext) => Promise<void>> = {
  ft_nlp_common_validation: validate,
  chat_completion_model_import: importModel,
  chat_completion_datapreprocess: preprocess,
  chat_completion_finetune: fineTuneModel,
  model_prediction: predict,
  compute_metrics: computeMetrics,
  ft_nlp_model_converter: convertModel,
  chat_completion_model_converter: convertModel,
};

async function validate(step: StepContext): Promise<void> {
  const { spec, checked, log } = step;
  const { component, baseModel } = checked;
  const literals = effectiveLiterals(spec, component);
  log(`Component ${component.name} ${component.version}, base model ${baseModel.name}:${baseModel.version}`);
  if (literals["task_name"] !== "ChatCompletion")
    throw new StepError("UserError", `task_name is "${literals["task_name"]}".`);
  const given = Object.entries(literals).filter(([name]) => spec.inputs[name] !== undefined);
  for (const [name, value] of given) {
    log(
      `  ${name} = ${value}${HONOURED_INPUTS.includes(name) ? "" : " (recorded; no effect on the local trainer)"}`,
    );
  }
  const learningRate = Number(literals["learning_rate"]);
  const problem = parameterProblem("learningRate", learningRate);
  if (problem) throw new StepError("UserError", `${problem}.`);
  log(`Per device batch ${literals["per_device_train_batch_size"]}, learning rate ${learningRate}`);
}

async function importModel(step: StepContext): Promise<void> {
  const { baseModelDir, folder, checked, log } = step;
  const target = path.join(folder, "pytorch_model");
  fs.mkdirSync(target, { recursive: true });
  let bytes = 0;
  for (const file of BASE_FILES) {
    const source = path.join(baseModelDir, file);
    if (!fs.existsSync(source)) {
      throw new StepError(
        "ModelImportError",
        `The base model has no file ${file}. Check the project's files (git status local/trainer).`,
      );
    }
  }
  for (const file of fs.readdirSync(baseModelDir)) {
    const source = path.join(baseModelDir, file);
    if (!fs.statSync(source).isFile()) continue;
    fs.copyFileSync(source, path.join(target, file));
    bytes += fs.statSync(source).size;
  }
  log(`Imported ${checked.baseModel.name}:${checked.baseModel.version} (${bytes} bytes).`);
  log("The local cloud uses a small language model of the same interface in its place.");
}

async function fineTuneModel(step: StepContext): Promise<void> {
  const { job, spec, checked, folder, signal, log } = step;
  const literals = effectiveLiterals(spec, checked.component);
  recordParameters(step, literals);
  const { train, validation } = dataFiles(folder);
  const inputUri = (name: string): string => {
    const input = spec.inputs[name];
    return input?.kind === "asset" ? input.uri : "";
  };
  const runs = [step.runId, job.jobName];
  const result = await step.fineTune(
    {
      baseModelDir: path.join(folder, "pytorch_model"),
      trainFile: train,
      ...evaluationOf(literals, rowCount(train), validation),
      outputDir: emptied(path.join(folder, "mlflow_model_folder")),
      checkpoints: {
        directory: path.join(folder, "checkpoints"),
        totalLimit: Number(literals["save_total_limit"]),
        resume: literals["resume_from_checkpoint"] === "true",
      },
      parameters: trainingParameters(literals),
      lineage: {
        base_model: inputUri("mlflow_model_path"),
        job: job.jobName,
        component: spec.componentId,
        train_data: inputUri("train_file_path"),
        validation_data: inputUri("validation_file_path"),
        test_data: inputUri("test_file_path"),
      },
    },
    (event) => {
      onTrainerEvent(job, runs, event, log);
      if (event.kind === "progress" && event.phase === "train") step.onTrainingStep();
    },
    signal,
  );
  signal.throwIfAborted();
  logFinalMetrics(job, runs, result.metrics);
}

/** An interrupted run of the step can have left something. */
function emptied(folder: string): string {
  fs.rmSync(folder, { recursive: true, force: true });
  return folder;
}

function rowCount(file: string): number {
  return fs.readFileSync(file, "utf8").trimEnd().split("\n").length;
}

function onTrainerEvent(
  job: JobContext,
  runs: string[],
  event: TrainerEvent,
  log: (line: string) => void,
): void {
  if (event.kind === "log") return log(event.line);
  if (event.kind === "metrics") {
    logMetrics(job, runs, event.step, event.values);
    return log(JSON.stringify(event.values));
  }
  const percent = event.totalSteps > 0 ? Math.round((100 * event.step) / event.totalSteps) : 0;
  const loss = event.loss === undefined ? "" : `, loss ${event.loss.toFixed(4)}`;
  const eta = event.etaSeconds === undefined ? "" : `, ${Math.round(event.etaSeconds)} s left`;
  log(`${event.phase}: ${percent}% ${event.step}/${event.totalSteps}${loss}${eta}`);
}

/** Logs the final values that differ from those logged during training. */
function logFinalMetrics(job: JobContext, runs: string[], metrics: Record<string, number>): void {
  for (const run of runs) {
    const latest = new Map(job.tracking.latest(run).map((metric) => [metric.key, metric]));
    const step = Math.max(0, ...[...latest.values()].map((metric) => metric.step));
    const missing = Object.entries(metrics).filter(([key, value]) => latest.get(key)?.value !== value);
    logMetrics(job, [run], step, Object.fromEntries(missing));
  }
}

function recordParameters(step: StepContext, literals: Record<string, string>): void {
  const { tracking } = step.job;
  const run = tracking.run(step.runId);
  if (run) tracking.putRun({ ...run, params: literals });
}

/** Publishes the model folder and the other declared outputs in the workspace's blob store. */
async function convertModel(step: StepContext): Promise<void> {
  const model = path.join(step.folder, "mlflow_model_folder");
  if (!fs.existsSync(path.join(model, "MLmodel"))) {
    throw new StepError("ModelConversionError", "The fine-tune step wrote no MLmodel file.");
  }
  await storeOutputs(step, MODEL_OUTPUTS);
}
