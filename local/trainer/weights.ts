import { randomFrom } from "../data/random";
import { TrainerError } from "./contract";
import type { ModelConfig } from "./config";

/** A tensor: its shape and its numbers, row by row. */
export interface Tensor {
  shape: number[];
  data: Float32Array<ArrayBuffer>;
}

export type Weights = Record<string, Tensor>;

/** The four linear maps of a layer, in the order of their application. */
export const LINEAR_MAPS = [
  "self_attn.qkv_proj",
  "self_attn.o_proj",
  "mlp.gate_up_proj",
  "mlp.down_proj",
] as const;
export type LinearMap = (typeof LINEAR_MAPS)[number];

/** Name of a layer's linear map without `.weight`, as Hugging Face's Phi-3 names it. */
export function linearName(layer: number, map: LinearMap): string {
  return `model.layers.${layer}.${map}`;
}

/** [outputs, inputs] of a linear map; its weight is stored in that order. */
export function linearShape(config: ModelConfig, map: LinearMap): [number, number] {
  const { hiddenSize, intermediateSize } = config;
  switch (map) {
    case "self_attn.qkv_proj":
      return [3 * hiddenSize, hiddenSize];
    case "self_attn.o_proj":
      return [hiddenSize, hiddenSize];
    case "mlp.gate_up_proj":
      return [2 * intermediateSize, hiddenSize];
    case "mlp.down_proj":
      return [hiddenSize, intermediateSize];
  }
}

/** The head is tied to the embedding and has no own tensor. */
export function weightShapes(config: ModelConfig): Record<string, number[]> {
  const shapes: Record<string, number[]> = {
    "model.embed_tokens.weight": [config.vocabSize, config.hiddenSize],
  };
  for (let layer = 0; layer < config.layers; layer++) {
    shapes[`model.layers.${layer}.input_layernorm.weight`] = [config.hiddenSize];
    shapes[`model.layers.${layer}.post_attention_layernorm.weight`] = [config.hiddenSize];
    for (const map of LINEAR_MAPS) {
      shapes[`${linearName(layer, map)}.weight`] = linearShape(config, map);
    }
  }
  shapes["model.norm.weight"] = [config.hiddenSize];
  return shapes;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

/**
 * Norms 1, the others normal with deviation 0.02, scaled down for maps that write into the residual stream.
 */
export function initialWeights(config: ModelConfig, seed: number): Weights {
  const random = randomFrom(seed);
  const residualScale = 1 / Math.sqrt(2 * config.layers);
  return Object.fromEntries(
    Object.entries(weightShapes(config)).map(([name, shape]) => {
      const data = new Float32Array(sizeOf(shape));
      if (name.endsWith("norm.weight")) {
        data.fill(1);
      } else {
        const writesToResidual = name.includes("o_proj") || name.includes("down_proj");
        const deviation = name.includes("embed_tokens")
          ? 0.05
          : (writesToResidual ? residualScale : 1) / Math.sqrt(shape[1]!);
        for (let i = 0; i < data.length; i++) {
          data[i] = deviation * random.normal();
        }
      }
      return [name, { shape, data }];
    }),
  );
}

/** And all finite. @throws TrainerError InvalidModel naming the file and the tensor */
export function checkWeights(weights: Weights, config: ModelConfig, file: string): void {
  for (const [name, shape] of Object.entries(weightShapes(config))) {
    const tensor = weights[name];
    if (!tensor) {
      throw new TrainerError("InvalidModel", `${file} lacks the tensor ${name}.`);
    }
    if (tensor.shape.join() !== shape.join()) {
      throw new TrainerError(
        "InvalidModel",
        `${file}: ${name} has shape [${tensor.shape.join(", ")}], config.json requires [${shape.join(", ")}].`,
      );
    }
    if (!tensor.data.every(Number.isFinite)) {
      throw new TrainerError("InvalidModel", `${file}: ${name} contains a number that is not finite.`);
    }
  }
}
