import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configToJson, type ModelConfig } from "../../../local/trainer/config";
import type { TrainingParameters } from "../../../local/trainer/parameters";
import { trainTokenizer } from "../../../local/trainer/pretraining/bpe";
import { writeSafetensors } from "../../../local/trainer/safetensors";
import { initialWeights } from "../../../local/trainer/weights";

/** A model small enough to be trained in a test. */
export const TINY: ModelConfig = {
  vocabSize: 320,
  hiddenSize: 16,
  layers: 2,
  heads: 2,
  intermediateSize: 24,
  contextLength: 48,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
};

export const TINY_PARAMETERS: TrainingParameters = {
  numTrainEpochs: 2,
  maxSteps: -1,
  learningRate: 0.02,
  lrSchedulerType: "linear",
  warmupSteps: 2,
  perDeviceTrainBatchSize: 2,
  perDeviceEvalBatchSize: 2,
  gradientAccumulationSteps: 2,
  weightDecay: 0,
  maxGradNorm: 1,
  applyLora: true,
  loraR: 4,
  loraAlpha: 8,
  loggingSteps: 3,
  maxSeqLength: -1,
  seed: 7,
};

const TEXTS = ["red is a colour.", "What is red?", "blue is a colour.", "What is blue?"];

/** Rows the tiny model can learn: every question has one answer. */
export function tinyRows(count: number): object[] {
  return Array.from({ length: count }, (_, index) => {
    const colour = ["red", "blue"][index % 2]!;
    return {
      prompt: `What is ${colour}?`,
      prompt_id: String(index),
      messages: [
        { role: "user", content: `What is ${colour}?` },
        { role: "assistant", content: `${colour} is a colour.` },
      ],
    };
  });
}

export function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

/** A folder with a tiny base model and data; `remove` deletes it. */
export async function tinyFolder(): Promise<{
  root: string;
  base: string;
  train: string;
  test: string;
  remove: () => Promise<void>;
}> {
  const root = await mkdtemp(join(tmpdir(), "trainer-"));
  const base = join(root, "base");
  await mkdir(base);
  await writeFile(join(base, "config.json"), JSON.stringify(configToJson(TINY, { end: 4, pad: 0 })));
  await writeFile(join(base, "tokenizer.json"), JSON.stringify(trainTokenizer(TEXTS, TINY.vocabSize)));
  const weights = initialWeights(TINY, 3);
  // The tied head of a fresh model has such small weights that adapters alone could not make it confident.
  weights["model.embed_tokens.weight"]!.data.forEach((value, index, data) => (data[index] = 15 * value));
  await writeFile(join(base, "model.safetensors"), writeSafetensors(weights));
  const train = join(root, "train.jsonl");
  const test = join(root, "test.jsonl");
  await writeFile(train, jsonLines(tinyRows(40)));
  await writeFile(test, jsonLines(tinyRows(6)));
  return { root, base, train, test, remove: () => rm(root, { recursive: true, force: true }) };
}
