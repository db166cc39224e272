import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BASE_CONFIG, configToJson } from "../local/trainer/config";
import { pretrain } from "../local/trainer/pretraining/pretrain";
import { writeSafetensors } from "../local/trainer/safetensors";
import { openTokenizer } from "../local/trainer/tokenizer";
import { createCommand, numberFrom, wholeNumber } from "./lib/commandLine";
import { runMain } from "./lib/failure";

interface PretrainOptions {
  steps: number;
  batch: number;
  lr: number;
  seed: number;
  out: string;
}

/**
 * Creates the base model that the local cloud's registry offers. It takes about ten minutes of one core, and is needed again only
 * after the facts, the corpus or the network have changed. `node dist/local/trainer/pretraining/quality.js` then fine-tunes the result with
 * the default settings and reports how many held-out questions it answers correctly.
 */
async function main(): Promise<number> {
  const { steps, batch, lr, seed, out } = createCommand("npm run pretrain --", "Trains the small base model.")
    .option("--steps <n>", "training steps", wholeNumber, 1800)
    .option("--batch <n>", "sequences per step", wholeNumber, 8)
    .option("--lr <rate>", "peak learning rate", numberFrom(0), 4e-3)
    .option("--seed <n>", "seed of the random numbers", wholeNumber, 1)
    .option("--out <directory>", "where the model is written", "local/trainer/base")
    .parse()
    .opts<PretrainOptions>();
  const directory = resolve(out);
  const started = Date.now();
  let recent = 0;
  const result = await pretrain({
    steps,
    batch,
    peakLearningRate: lr,
    seed,
    onStep(step, loss, learningRate) {
      recent = step === 0 ? loss : 0.98 * recent + 0.02 * loss;
      if (step % 50 === 0 || step === steps - 1) {
        const seconds = (Date.now() - started) / 1000;
        console.log(
          `step ${step} of ${steps}: loss ${loss.toFixed(3)} (recent ${recent.toFixed(3)}), lr ${learningRate.toExponential(1)}, ${seconds.toFixed(0)} s`,
        );
      }
    },
  });
  const tokenizer = await openTokenizer(result.tokenizerJson, "tokenizer.json");
  const ids = { end: tokenizer.id("<|end|>"), pad: tokenizer.id("<|endoftext|>") };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "model.safetensors"), writeSafetensors(result.weights, { format: "pt" }));
  writeFileSync(join(directory, "tokenizer.json"), `${JSON.stringify(result.tokenizerJson)}\n`);
  writeFileSync(
    join(directory, "config.json"),
    `${JSON.stringify(configToJson(BASE_CONFIG, ids), null, 2)}\n`,
  );
  console.log(`wrote ${directory}`);
  return 0;
}

runMain(main);
