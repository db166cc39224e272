import { mkdir, readdir } from "node:fs/promises";
import { readChats, type ChatRow } from "./chatData";
import { TrainerError, type FineTuneRequest, type FineTuneResult, type TrainerEvent } from "./contract";
import { descend, planSteps, type DescentResult, type PlannedStep } from "./descent";
import { answerChats, evaluationMetrics, meanLoss, summarise, type Evaluation } from "./evaluate";
import { compileLoss, type LossFunctions } from "./gradients";
import { initialAdapter, mergeAdapter } from "./lora";
import { readModelFiles, type ModelFiles } from "./modelFiles";
import { packWindows } from "./packing";
import { parameterProblems } from "./parameters";
import { encodeChat } from "./template";
import { sizeOf, type Weights } from "./weights";
import { writeModelFolder, type MeasuredModel } from "./modelFolder";

/** Number of validation rows that answers are generated for, to compute ROUGE. The eval loss is over all rows. */
const ROUGE_ROWS = 48;

type Emit = (event: TrainerEvent) => void;

interface Run {
  request: FineTuneRequest;
  files: ModelFiles;
  length: number;
  validation: ChatRow[];
  /** The tensors that training changes: adapter factors, or a copy of all weights. */
  trained: Weights;
  adapterScale?: number;
}

/**
 * In the calling thread; `fineTune` runs it in a worker. @throws TrainerError for what the user can correct
 */
export async function runFineTuning(request: FineTuneRequest, emit: Emit): Promise<FineTuneResult> {
  const { parameters } = request;
  const problems = parameterProblems(parameters);
  if (problems.length > 0) throw new TrainerError("InvalidParameter", `${problems.join("; ")}.`);
  await requireEmptyFolder(request.outputDir);
  const files = await readModelFiles(request.baseModelDir);
  const { config, tokenizer } = files;
  const chats = (await readChats(request.trainFile)).map(({ messages }) => encodeChat(messages, tokenizer));
  const length =
    parameters.maxSeqLength === -1
      ? config.contextLength
      : Math.min(parameters.maxSeqLength, config.contextLength);
  const run: Run = {
    request,
    files,
    length,
    validation: request.validationFile === undefined ? [] : await readChats(request.validationFile),
    trained: parameters.applyLora
      ? initialAdapter(config, parameters.loraR, parameters.seed)
      : copyOf(files.weights),
    ...(parameters.applyLora ? { adapterScale: parameters.loraAlpha / parameters.loraR } : {}),
  };
  const steps = planSteps(chats, parameters, length, tokenizer.id("<|endoftext|>"));
  logPlan(run, chats, steps, emit);
  const training = await compile(run, parameters.perDeviceTrainBatchSize);
  const evaluating =
    parameters.perDeviceEvalBatchSize === parameters.perDeviceTrainBatchSize
      ? training
      : await compile(run, parameters.perDeviceEvalBatchSize);
  try {
    const measures = run.validation.length > 0 && steps.length >= (request.evaluationSteps ?? 0);
    const before = measures ? await evaluate(run, evaluating, "evaluate-before", emit) : undefined;
    if (before)
      emit({
        kind: "metrics",
        step: 0,
        values: { eval_loss: before.loss, epoch: 0, ...evaluationMetrics(before, "_before") },
      });
    else emit({ kind: "log", line: "This training measures no eval loss." });
    const descent = await descend(
      run.trained,
      steps,
      training,
      parameters,
      length,
      emit,
      request.checkpoints,
    );
    emit({ kind: "log", line: `Trained ${descent.steps} steps in ${descent.seconds.toFixed(1)} s.` });
    const after = measures ? await evaluate(run, evaluating, "evaluate-after", emit) : undefined;
    const evaluation = before && after ? { before, after, rows: run.validation.length } : undefined;
    const metrics = finalMetrics(evaluation, descent, chats.length);
    emit({ kind: "metrics", step: descent.steps, values: metrics });
    await writeModelFolder({
      request,
      files,
      adapter: parameters.applyLora ? run.trained : undefined,
      merged: mergedWeights(run),
      evaluation,
      metrics,
    });
    return { metrics };
  } finally {
    training.dispose();
    if (evaluating !== training) {
      evaluating.dispose();
    }
  }
}

function compile(run: Run, batch: number): Promise<LossFunctions> {
  const { config, weights } = run.files;
  return compileLoss({ config, base: weights, adapterScale: run.adapterScale, batch, length: run.length });
}

function mergedWeights({ files, trained, adapterScale }: Run): Weights {
  return adapterScale === undefined
    ? trained
    : mergeAdapter(files.weights, trained, files.config, adapterScale);
}

async function evaluate(
  run: Run,
  functions: LossFunctions,
  phase: "evaluate-before" | "evaluate-after",
  emit: Emit,
): Promise<Evaluation> {
  const { config, tokenizer } = run.files;
  const windows = packWindows(
    run.validation.map(({ messages }) => encodeChat(messages, tokenizer)),
    run.length,
    tokenizer.id("<|endoftext|>"),
  );
  const shape = { batch: run.request.parameters.perDeviceEvalBatchSize, length: run.length };
  const loss = await meanLoss(functions, run.trained, windows, shape, (step, totalSteps) =>
    emit({ kind: "progress", phase, step, totalSteps }),
  );
  const samples = answerChats(config, mergedWeights(run), tokenizer, run.validation, ROUGE_ROWS);
  const evaluation = summarise(loss, samples);
  emit({
    kind: "log",
    line:
      `${phase === "evaluate-before" ? "Before" : "After"} fine-tuning: eval loss ${loss.toFixed(3)} over ${run.validation.length} rows, ` +
      `perplexity ${evaluation.perplexity.toFixed(2)}, ROUGE-L ${evaluation.rouge.rougeL.toFixed(3)} over ${samples.length} generated answers.`,
  });
  return evaluation;
}

function finalMetrics(
  evaluation: MeasuredModel | undefined,
  descent: DescentResult,
  rows: number,
): Record<string, number> {
  return {
    ...(evaluation && {
      ...evaluationMetrics(evaluation.before, "_before"),
      ...evaluationMetrics(evaluation.after, ""),
    }),
    train_loss: descent.trainLoss,
    train_runtime: descent.seconds,
    train_samples_per_second: (rows * descent.epoch) / descent.seconds,
    train_steps_per_second: descent.steps / descent.seconds,
    tokens_per_second: descent.tokensPerSecond,
    epoch: descent.epoch,
  };
}

function logPlan(run: Run, chats: readonly { ids: number[] }[], steps: PlannedStep[], emit: Emit): void {
  const { parameters } = run.request;
  const log = (line: string) => emit({ kind: "log", line });
  const count = Object.values(run.trained).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  log(
    `Training ${count.toLocaleString("en-US")} parameters (${parameters.applyLora ? `LoRA r=${parameters.loraR}, alpha=${parameters.loraAlpha}` : "all weights"}) of a small stand-in model.`,
  );
  log(
    `${chats.length} chats, ${steps.length} optimizer steps of ${parameters.perDeviceTrainBatchSize} × ${parameters.gradientAccumulationSteps} windows of ${run.length} tokens; ` +
      `${run.validation.length} validation rows, answers generated for the first ${Math.min(ROUGE_ROWS, run.validation.length)}.`,
  );
  if (parameters.maxSeqLength > run.length) {
    log(`max_seq_length ${parameters.maxSeqLength} exceeds the model's context; ${run.length} is used.`);
  }
  const cut = chats.filter(({ ids }) => ids.length - 1 > run.length).length;
  if (cut > 0) {
    log(`${cut} chats are longer than ${run.length} tokens; their ends are not used for training.`);
  }
}

function copyOf(weights: Weights): Weights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data) },
    ]),
  );
}

async function requireEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new TrainerError(
      "InvalidParameter",
      "The output folder is not empty; a model is written only to an empty folder.",
    );
  }
}
