import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckpointSettings } from "./contract";
import type { OptimizerState } from "./optimizer";
import { readSafetensors, writeSafetensors } from "./safetensors";
import type { Weights } from "./weights";

/** Where a training is. */
export interface TrainingState {
  /** Optimizer steps taken, as `global_step` of Hugging Face's trainer_state.json. */
  step: number;
  lossSum: number;
  sinceLogged: { loss: number; steps: number };
}

export interface Checkpoint {
  state: TrainingState;
  weights: Weights;
  optimizer: OptimizerState;
}

/** Named as Hugging Face's Trainer names them (transformers, trainer_utils.py: `PREFIX_CHECKPOINT_DIR`). */
const prefix = "checkpoint-";
const files = {
  state: "trainer_state.json",
  weights: "model.safetensors",
  first: "first.safetensors",
  second: "second.safetensors",
};

/** Writes a checkpoint so that an interruption leaves the whole one or none, and deletes the oldest beyond the limit. */
export function writeCheckpoint({ directory, totalLimit }: CheckpointSettings, checkpoint: Checkpoint): void {
  const { state, weights, optimizer } = checkpoint;
  const folder = join(directory, `${prefix}${state.step}`);
  const unfinished = join(directory, `tmp-${prefix}${state.step}`);
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(join(unfinished, files.weights), writeSafetensors(weights));
  writeFileSync(join(unfinished, files.first), writeSafetensors(optimizer.first));
  writeFileSync(join(unfinished, files.second), writeSafetensors(optimizer.second));
  writeFileSync(join(unfinished, files.state), JSON.stringify({ ...state, optimizerSteps: optimizer.steps }));
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
  if (totalLimit < 1) return;
  for (const step of stepsIn(directory).slice(0, -totalLimit))
    rmSync(join(directory, `${prefix}${step}`), { recursive: true, force: true });
}

/** The last checkpoint of a directory; undefined if there is none. */
export function readLastCheckpoint({ directory }: CheckpointSettings): Checkpoint | undefined {
  const step = stepsIn(directory).at(-1);
  if (step === undefined) return undefined;
  const file = (name: string): string => join(directory, `${prefix}${step}`, name);
  const tensors = (name: string): Weights => readSafetensors(readFileSync(file(name)), file(name));
  const { optimizerSteps, ...state } = JSON.parse(
    readFileSync(file(files.state), "utf8"),
  ) as TrainingState & {
    optimizerSteps: number;
  };
  return {
    state,
    weights: tensors(files.weights),
    optimizer: { steps: optimizerSteps, first: tensors(files.first), second: tensors(files.second) },
  };
}

/** Steps of the checkpoints of a directory, in order. */
function stepsIn(directory: string): number[] {
  mkdirSync(directory, { recursive: true });
  return readdirSync(directory)
    .flatMap((name) => (name.startsWith(prefix) ? [Number(name.slice(prefix.length))] : []))
    .filter(Number.isInteger)
    .sort((a, b) => a - b);
}
