import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { BASE_CONFIG, configToJson } from "../local/trainer/config";
import { pretrain } from "../local/trainer/pretraining/pretrain";
import { writeSafetensors } from "../local/trainer/safetensors";
import { openTokenizer } from "../local/trainer/tokenizer";

/**
 * Makes the base model the local cloud's registry offers: `npm run pretrain [-- --steps 1800 --out local/trainer/base]`. It takes about ten minutes
 * of one core and is only needed again after the facts, the corpus or the network have changed. Afterwards `node dist/local/trainer/pretraining/quality.js` fine-tunes
 * the result by the default recipe and says how many held-out questions come out right.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      steps: { type: "string", default: "1800" },
      batch: { type: "string", default: "8" },
      lr: { type: "string", default: "4e-3" },
      seed: { type: "string", default: "1" },
      out: { type: "string", default: "local/trainer/base" },
    },
  });
  const out = resolve(values.out);
  const steps = Number(values.steps);
  const started = Date.now();
  let recent = 0;
  const result = await pretrain({
    steps,
    batch: Number(values.batch),
    peakLearningRate: Number(values.lr),
    seed: Number(values.seed),
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
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "model.safetensors"), writeSafetensors(result.weights, { format: "pt" }));
  writeFileSync(join(out, "tokenizer.json"), `${JSON.stringify(result.tokenizerJson)}\n`);
  writeFileSync(join(out, "config.json"), `${JSON.stringify(configToJson(BASE_CONFIG, ids), null, 2)}\n`);
  console.log(`wrote ${out}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
