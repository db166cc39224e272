import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Trainer } from "../../local/cloud/ml/parts";

/** Counts what a real cloud would bill. */
export interface StubTrainer extends Trainer {
  trainings: number;
}

const files = {
  "config.json": "{}",
  "tokenizer.json": "{}",
  "model.safetensors": "weights",
};

const mlModel = `flavors:
  small_chat_lm:
    task: chat-completion
    config: config.json
`;

/** A trainer that trains nothing: it writes a model folder and answers every question with one sentence. */
export function stubTrainer(directory: string): StubTrainer {
  const baseModelDir = join(directory, "base");
  mkdirSync(baseModelDir, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(baseModelDir, name), text);
  const trainer: StubTrainer = {
    trainings: 0,
    baseModelDir,
    fineTune: async ({ outputDir }, onEvent, signal) => {
      trainer.trainings += 1;
      onEvent({ kind: "progress", phase: "train", step: 1, totalSteps: 1, loss: 1 });
      await nextTurn();
      signal.throwIfAborted();
      mkdirSync(outputDir, { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(outputDir, name), text);
      writeFileSync(join(outputDir, "MLmodel"), mlModel);
      const metrics = { train_loss: 1, eval_loss: 1, eval_loss_before: 2, perplexity: 2.7 };
      onEvent({ kind: "metrics", step: 1, values: metrics });
      return { metrics };
    },
    loadChatModel: () =>
      Promise.resolve({
        generate: () => Promise.resolve({ text: "It depends.", promptTokens: 1, newTokens: 2 }),
        close: () => Promise.resolve(),
      }),
  };
  return trainer;
}
