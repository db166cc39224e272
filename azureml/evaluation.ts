/**
 * Which rows the pipeline component trains on and which rows `eval_loss` is measured on.
 *
 * Source: Azure/azureml-assets, assets/training/finetune_acft_hf_nlp/src/preprocess/preprocess.py (`pre_process`). With
 * `train_file_path` and `test_file_path` but no `validation_file_path` the component trains on `train[:80%]` and validates
 * on `train[80%:100%]`. With all three it uses each file whole. The fine-tuning step measures `eval_loss` on the validation
 * data and logs it on itself and on the root run (PyPI azureml-acft-accelerator 0.0.91, utils/callbacks.py). The test data
 * are read only by the steps `model_prediction` and `compute_metrics`, which few component versions have.
 */

/** Value of `dataset.validationSplit`, and of the job's `validationData`: the component's own split of the training rows. */
export const fromTrain = "fromTrain";

/** The component's own split, in percent of the training rows. */
const ownSplit = { train: 80, validation: 20 };

/** The splits of a training. */
export interface EvaluationSplits {
  trainSplit: string;
  testSplit: string;
  /** Name of a split, or `fromTrain`. */
  validationSplit: string;
}

/** The data of `eval_loss`: `all rows of test_sft`, or `the last 20 % of train_sft`. */
export function lossData({ trainSplit, validationSplit }: EvaluationSplits): string {
  return validationSplit === fromTrain
    ? `the last ${ownSplit.validation} % of ${trainSplit}`
    : `all rows of ${validationSplit}`;
}

/** One line: which rows train and which rows judge. `strategy` is the component's `evaluation_strategy`; default `epoch`. */
export function evaluationLine(splits: EvaluationSplits, strategy = "epoch"): string {
  const own = splits.validationSplit === fromTrain;
  const train = own
    ? `the first ${ownSplit.train} % of ${splits.trainSplit}`
    : `all rows of ${splits.trainSplit}`;
  const unused = own
    ? `; ${splits.testSplit} is read only by component versions with an evaluation step`
    : "";
  const judge =
    strategy === "disable"
      ? "nothing measures eval_loss (evaluation_strategy is disable)"
      : `${lossData(splits)} measure eval_loss (dataset.validationSplit: ${splits.validationSplit})`;
  return `Training data: ${train} train, ${judge}${unused}.`;
}

/** Numbers of rows, for the same splits: `Rows: 10393 train, 1156 measure eval_loss.` */
export function rowsLine(
  splits: EvaluationSplits,
  rows: Readonly<Record<string, number | undefined>>,
): string | undefined {
  const counts = usedRows(splits, rows);
  return counts && `Rows: ${counts.train} train, ${counts.validation} measure eval_loss.`;
}

/** Numbers of rows that train and that measure `eval_loss`; `undefined` if a split's number is not known. */
export function usedRows(
  { trainSplit, validationSplit }: EvaluationSplits,
  rows: Readonly<Record<string, number | undefined>>,
): { train: number; validation: number } | undefined {
  const all = rows[trainSplit];
  if (all === undefined) return undefined;
  if (validationSplit === fromTrain) {
    // The datasets library rounds the boundary to the nearest row (arrow_reader.py, rounding "closest").
    const train = Math.round((all * ownSplit.train) / 100);
    return { train, validation: all - train };
  }
  const validation = rows[validationSplit];
  return validation === undefined ? undefined : { train: all, validation };
}

/** What decides whether a training measures `eval_loss`. */
export interface EvaluationSchedule {
  /** Pipeline inputs by the component's names, without the component's defaults. */
  parameters: Readonly<Record<string, string>>;
  /** GPUs of all nodes that train. */
  devices: number;
  /** Rows that train, if known. */
  trainRows?: number;
}

/**
 * Why a training measures no `eval_loss`; `undefined` if it measures one or if that cannot be said yet. With `steps` the
 * first evaluation is after `eval_steps` optimizer steps, and there is none at the end (transformers' Trainer). A positive
 * `evaluation_steps_interval` replaces `eval_steps` by a part of an epoch (azureml-acft-accelerator, finetune.py).
 */
export function missingEvaluation({
  parameters,
  devices,
  trainRows,
}: EvaluationSchedule): string | undefined {
  const number = (name: string, fallback: number): number => Number(parameters[name] ?? fallback);
  const strategy = parameters.evaluation_strategy ?? "epoch";
  if (strategy === "disable") return "evaluation_strategy is disable";
  if (strategy !== "steps" || number("evaluation_steps_interval", 0) > 0) return undefined;
  const every = number("eval_steps", 500);
  const maxSteps = number("max_steps", -1);
  const perStep = number("per_device_train_batch_size", 1) * devices;
  const perEpoch = (rows: number): number =>
    Math.ceil(Math.ceil(rows / perStep) / number("gradient_accumulation_steps", 1));
  const byEpochs = trainRows === undefined ? undefined : perEpoch(trainRows) * number("num_train_epochs", 1);
  const steps = maxSteps > 0 ? maxSteps : byEpochs;
  if (steps === undefined || steps >= every) return undefined;
  return `evaluation_strategy is steps with the first evaluation after ${every} optimizer steps, and the training has ${steps}`;
}

/**
 * Metrics of the evaluation step `compute_metrics`, each from 0 to 1. For chat completion it computes ROUGE and BLEU; exact match
 * is not among them (PyPI azureml-metrics 0.0.91, constants.py, `SCALAR_CHAT_COMPLETION_SET`).
 */
export const rougeMetrics = ["rouge1", "rouge2", "rougeL", "rougeLsum"] as const;

/**
 * Whether a version of the pipeline component evaluates the trained model on the test data. Versions with the steps have the
 * output `evaluation_result`: 0.0.57, 0.0.68 to 0.0.74, 0.0.77, 0.0.78. Those up to 0.0.48 declare it without the steps (git
 * history of Azure/azureml-assets, assets/training/finetune_acft_hf_nlp/components/pipeline_components/chat_completion/spec.yaml).
 */
export function hasEvaluationStep({
  version,
  outputs,
}: {
  version: string;
  outputs: readonly string[];
}): boolean {
  const old = /^0\.0\.(\d+)$/.exec(version);
  return outputs.includes("evaluation_result") && !(old && Number(old[1]) <= 48);
}
