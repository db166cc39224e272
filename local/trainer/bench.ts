import { baseModelFolder } from "./baseModel";
import { compileLoss } from "./gradients";
import { initialAdapter } from "./lora";
import { readModelFiles } from "./modelFiles";
import { toBatch, type Window } from "./packing";

export interface TokensPerSecond {
  /** Median speed of a LoRA training step (forward and backward) on the base model, in tokens a second. */
  tokensPerSecond: number;
  /** Seconds of the first step, which compiles. */
  compileSeconds: number;
}

/** In this thread, with the default recipe's shapes (4 × 128 tokens, r = 8). Takes about 3 s. */
export async function measureTokensPerSecond(options: { steps?: number } = {}): Promise<TokensPerSecond> {
  const { steps = 10 } = options;
  const { config, weights } = await readModelFiles(baseModelFolder());
  const length = config.contextLength;
  const batch = 4;
  const functions = await compileLoss({ config, base: weights, adapterScale: 2, batch, length });
  const adapter = initialAdapter(config, 8, 1);
  const windows = Array.from({ length: batch }, (_, row) => someWindow(length, config.vocabSize, row));
  const input = toBatch(windows, batch, length, 1 / (batch * length));
  const seconds: number[] = [];
  for (let step = 0; step <= steps; step++) {
    const started = performance.now();
    await functions.lossAndGrad(adapter, input);
    seconds.push((performance.now() - started) / 1000);
  }
  functions.dispose();
  const [compileSeconds, ...warm] = seconds;
  const median = warm.sort((a, b) => a - b)[warm.length >> 1]!;
  return {
    tokensPerSecond: (batch * length) / median,
    compileSeconds: compileSeconds!,
  };
}

/** Any tokens will do: the work does not depend on them. */
function someWindow(length: number, vocabSize: number, row: number): Window {
  return {
    ids: Int32Array.from({ length }, (_, place) => (place * 7 + row) % vocabSize),
    targets: Int32Array.from({ length }, (_, place) => (place * 11 + row) % vocabSize),
    counts: new Uint8Array(length).fill(1),
    segments: new Int32Array(length).fill(1),
  };
}

if (require.main === module) {
  measureTokensPerSecond().then(
    ({ tokensPerSecond, compileSeconds }) =>
      console.log(`${tokensPerSecond.toFixed(0)} tokens/s, first step ${compileSeconds.toFixed(1)} s`),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
