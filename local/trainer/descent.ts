import { randomFrom } from "../data/random";
import { readLastCheckpoint, writeCheckpoint } from "./checkpoint";
import { type CheckpointSettings, TrainerError, type TrainerEvent } from "./contract";
import type { LossFunctions } from "./gradients";
import { adamW, addInPlace, clipGradients } from "./optimizer";
import { countedTokens, packWindows, toBatch, type Window } from "./packing";
import type { TrainingParameters } from "./parameters";
import { learningRateAt } from "./schedule";
import type { EncodedChat } from "./template";
import type { Weights } from "./weights";

export interface PlannedStep {
  windows: Window[];
  /** Epochs done after this step, e.g. 1.5. */
  epoch: number;
}

/**
 * Each epoch shuffles and packs the chats again; its last step may have fewer windows. As in Hugging Face's
 * Trainer, `maxSteps` overrides the number of epochs, and a fractional number stops within the last one.
 */
export function planSteps(
  chats: readonly EncodedChat[],
  parameters: TrainingParameters,
  length: number,
  padId: number,
): PlannedStep[] {
  const { numTrainEpochs, maxSteps, perDeviceTrainBatchSize, gradientAccumulationSteps, seed } = parameters;
  const random = randomFrom(`order ${seed}`);
  const windowsPerStep = perDeviceTrainBatchSize * gradientAccumulationSteps;
  const steps: PlannedStep[] = [];
  for (let epoch = 0; maxSteps > 0 ? steps.length < maxSteps : epoch < numTrainEpochs; epoch++) {
    const windows = random.shuffle(packWindows(random.shuffle(chats), length, padId));
    if (countedTokens(windows) === 0) {
      throw new TrainerError(
        "InvalidData",
        "No row of the training file has an assistant turn to learn from.",
      );
    }
    const inEpoch = Math.ceil(windows.length / windowsPerStep);
    for (let i = 0; i < inEpoch; i++) {
      steps.push({
        windows: windows.slice(i * windowsPerStep, (i + 1) * windowsPerStep),
        epoch: epoch + (i + 1) / inEpoch,
      });
    }
  }
  if (maxSteps > 0) {
    return steps.slice(0, maxSteps);
  }
  return steps.filter(({ epoch }, index) => index === 0 || epoch <= numTrainEpochs + 1e-9);
}

export interface DescentResult {
  trainLoss: number;
  seconds: number;
  tokensPerSecond: number;
  steps: number;
  epoch: number;
}

/**
 * Sums the gradients of a step's batches, clips them and takes one AdamW step. Changes `trained` in place.
 * @throws TrainerError NonFiniteLoss
 */
export async function descend(
  trained: Weights,
  steps: readonly PlannedStep[],
  functions: LossFunctions,
  parameters: TrainingParameters,
  length: number,
  emit: (event: TrainerEvent) => void,
  checkpoints?: CheckpointSettings,
): Promise<DescentResult> {
  const last = checkpoints?.resume ? readLastCheckpoint(checkpoints) : undefined;
  if (last) {
    for (const [name, { data }] of Object.entries(last.weights)) trained[name]!.data.set(data);
    emit({ kind: "log", line: `Resumed from checkpoint-${last.state.step}.` });
  }
  const done = last?.state.step ?? 0;
  const optimizer = adamW(trained, { weightDecay: parameters.weightDecay }, last?.optimizer);
  const started = performance.now();
  // The first step compiles. The speed is measured from its end.
  let warm = started;
  let tokens = 0;
  let warmTokens = 0;
  let lossSum = last?.state.lossSum ?? 0;
  let sinceLogged = last?.state.sinceLogged ?? { loss: 0, steps: 0 };
  for (const [index, { windows, epoch }] of steps.entries()) {
    if (index < done) continue;
    const step = index + 1;
    const learningRate = learningRateAt(
      parameters.lrSchedulerType,
      index,
      steps.length,
      parameters.warmupSteps,
      parameters.learningRate,
    );
    const { loss, gradients } = await accumulate(trained, windows, functions, parameters, length);
    const norm = clipGradients(gradients, parameters.maxGradNorm);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw nonFinite(loss, norm, step, learningRate, parameters);
    }
    optimizer.step(gradients, learningRate);
    lossSum += loss;
    sinceLogged.loss += loss;
    sinceLogged.steps++;
    tokens += windows.length * length;
    const now = performance.now();
    if (index === done) {
      warm = now;
      warmTokens = tokens;
    }
    const measured = index - done;
    const perStep = measured === 0 ? undefined : (now - warm) / 1000 / measured;
    const pace = perStep && (tokens - warmTokens) / (perStep * measured);
    if (step % parameters.loggingSteps === 0 || step === steps.length) {
      const values = {
        ...(pace !== undefined && { tokens_per_second: pace }),
        loss: sinceLogged.loss / sinceLogged.steps,
        learning_rate: learningRate,
        epoch,
        grad_norm: norm,
      };
      emit({ kind: "metrics", step, values });
      sinceLogged = { loss: 0, steps: 0 };
    }
    if (checkpoints && Number.isInteger(epoch) && step < steps.length) {
      const state = { step, lossSum, sinceLogged };
      writeCheckpoint(checkpoints, { state, weights: trained, optimizer: optimizer.state() });
      emit({ kind: "log", line: `Saved checkpoint-${step}.` });
    }
    emit({
      kind: "progress",
      phase: "train",
      step,
      totalSteps: steps.length,
      loss,
      epoch,
      tokensPerSecond: pace,
      etaSeconds: perStep && perStep * (steps.length - step),
    });
  }
  const seconds = (performance.now() - started) / 1000;
  const warmSeconds = (performance.now() - warm) / 1000;
  return {
    trainLoss: lossSum / steps.length,
    seconds,
    tokensPerSecond: steps.length - done > 1 ? (tokens - warmTokens) / warmSeconds : tokens / seconds,
    steps: steps.length,
    epoch: steps.at(-1)!.epoch,
  };
}

/** Every counted token has the same weight, whichever batch it is in. */
async function accumulate(
  trained: Weights,
  windows: readonly Window[],
  functions: LossFunctions,
  { perDeviceTrainBatchSize: size }: TrainingParameters,
  length: number,
): Promise<{ loss: number; gradients: Weights }> {
  // The windows of a step may contain no answer. Its gradient is then 0, not 0 / 0.
  const weight = 1 / Math.max(1, countedTokens(windows));
  let sum: { loss: number; gradients: Weights } | undefined;
  for (let start = 0; start < windows.length; start += size) {
    const batch = toBatch(windows.slice(start, start + size), size, length, weight);
    const part = await functions.lossAndGrad(trained, batch);
    if (sum) {
      sum.loss += part.loss;
      addInPlace(sum.gradients, part.gradients);
    } else {
      sum = part;
    }
  }
  return sum!;
}

function nonFinite(
  loss: number,
  norm: number,
  step: number,
  learningRate: number,
  parameters: TrainingParameters,
): TrainerError {
  const what = Number.isFinite(loss) ? `norm of the gradient is ${norm}` : `loss is ${loss}`;
  return new TrainerError(
    "NonFiniteLoss",
    `The ${what} at step ${step} (learning rate ${learningRate} of at most ${parameters.learningRate}): training has diverged. ` +
      `Lower learning_rate (0.005 suits LoRA on the small base model), add warmup_steps, or set max_grad_norm to 1.`,
  );
}
