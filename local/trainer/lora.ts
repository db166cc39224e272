import { randomFrom } from "../data/random";
import type { ModelConfig } from "./config";
import { LINEAR_MAPS, linearName, linearShape, type LinearMap, type Weights } from "./weights";

/**
 * Low-rank adapters (Hu et al., 2021): W + alpha / r · B·A. A [r × inputs] starts uniform as torch's linear
 * layers do, B [outputs × r] at zero, so training starts exactly from the base model.
 */
export function initialAdapter(config: ModelConfig, rank: number, seed: number): Weights {
  const random = randomFrom(`adapter ${seed}`);
  const adapter: Weights = {};
  forEachMap(config, (name, [outputs, inputs]) => {
    const bound = 1 / Math.sqrt(inputs);
    const a = new Float32Array(rank * inputs).map(() => (2 * random.next() - 1) * bound);
    adapter[`${name}.lora_A.weight`] = { shape: [rank, inputs], data: a };
    adapter[`${name}.lora_B.weight`] = { shape: [outputs, rank], data: new Float32Array(outputs * rank) };
  });
  return adapter;
}

/** A copy of the base weights with the adapter merged in: the same model without a separate adapter. */
export function mergeAdapter(base: Weights, adapter: Weights, config: ModelConfig, scale: number): Weights {
  const merged: Weights = { ...base };
  forEachMap(config, (name, [outputs, inputs]) => {
    const a = adapter[`${name}.lora_A.weight`]!;
    const b = adapter[`${name}.lora_B.weight`]!.data;
    const rank = a.shape[0]!;
    const data = Float32Array.from(base[`${name}.weight`]!.data);
    for (let output = 0; output < outputs; output++) {
      for (let r = 0; r < rank; r++) {
        const factor = scale * b[output * rank + r]!;
        for (let input = 0; input < inputs; input++) {
          data[output * inputs + input]! += factor * a.data[r * inputs + input]!;
        }
      }
    }
    merged[`${name}.weight`] = { shape: [outputs, inputs], data };
  });
  return merged;
}

function forEachMap(config: ModelConfig, visit: (name: string, shape: [number, number]) => void): void {
  for (let layer = 0; layer < config.layers; layer++) {
    for (const map of LINEAR_MAPS as readonly LinearMap[]) {
      visit(linearName(layer, map), linearShape(config, map));
    }
  }
}

/** The adapter under the names that PEFT saves, for use with `adapter_config.json`. */
export function adapterForFile(adapter: Weights): Weights {
  return Object.fromEntries(
    Object.entries(adapter).map(([name, tensor]) => [`base_model.model.${name}`, tensor]),
  );
}

export function adapterConfig(rank: number, alpha: number, baseModel: string): object {
  return {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: baseModel,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    target_modules: LINEAR_MAPS.map((map) => map.split(".")[1]),
  };
}
