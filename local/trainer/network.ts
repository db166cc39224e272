import type { numpy } from "@jax-js/jax";
import type { ModelConfig } from "./config";
import type { JaxLibrary } from "./jaxRuntime";
import { linearName, type LinearMap } from "./weights";

type JaxArray = numpy.Array;

/** Named jax-js arrays. A type alias, because jax-js accepts no interface as a tree. */
export type JaxWeights = { [name: string]: JaxArray };

export interface NetworkInput {
  weights: JaxWeights;
  /** LoRA factors by `<linear map>.lora_A.weight` / `.lora_B.weight`; absent = none. */
  adapter?: JaxWeights;
  /** alpha / r. */
  adapterScale: number;
  /** Token ids, [batch × length]. */
  ids: JaxArray;
  /** The chat of each token, [batch × length]; tokens attend only to their own chat. */
  segments: JaxArray;
  batch: number;
  length: number;
}

/** cos and sin of every position's rotation, [length, head size / 2] each. */
export function rotaryTables(
  config: ModelConfig,
  length: number,
): { cos: Float32Array<ArrayBuffer>; sin: Float32Array<ArrayBuffer> } {
  const half = config.hiddenSize / config.heads / 2;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * Math.pow(config.ropeTheta, -i / half);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

/**
 * Embedding, layers of RMSNorm → rotary attention and RMSNorm → SwiGLU, final norm, tied head. Returns logits
 * [batch × length, vocabulary]. jax-js frees an array when an operation uses it, unless `.ref` is taken;
 * weights are borrowed (`.ref`), everything else is consumed.
 */
export function logitsOf(jax: JaxLibrary, config: ModelConfig, input: NetworkInput): JaxArray {
  const { numpy: np, nn } = jax;
  const { weights, adapter, batch, length } = input;
  const rows = batch * length;
  const headSize = config.hiddenSize / config.heads;
  const half = headSize / 2;
  const tables = rotaryTables(config, length);
  const cos = np.array(tables.cos, { shape: [1, length, 1, half] });
  const sin = np.array(tables.sin, { shape: [1, length, 1, half] });
  const isSame = np.equal(
    input.segments.ref.reshape([batch, 1, length, 1]),
    input.segments.reshape([batch, 1, 1, length]),
  );
  const mask = np.where(isSame, np.array(causalMask(length), { shape: [1, 1, length, length] }), HIDDEN);

  const linear = (x: JaxArray, layer: number, map: LinearMap): JaxArray => {
    const name = linearName(layer, map);
    const a = adapter?.[`${name}.lora_A.weight`];
    const b = adapter?.[`${name}.lora_B.weight`];
    const w = weights[`${name}.weight`]!.ref.transpose();
    if (!a || !b) {
      return np.matmul(x, w);
    }
    const low = np.matmul(x.ref, a.ref.transpose());
    const delta = np.matmul(low, b.ref.transpose()).mul(input.adapterScale);
    return np.matmul(x, w).add(delta);
  };
  const norm = (x: JaxArray, name: string): JaxArray => {
    const square = np.square(x.ref).mean(-1, { keepdims: true }).add(config.rmsNormEps);
    return x.mul(np.reciprocal(np.sqrt(square))).mul(weights[name]!.ref);
  };
  const rotate = (x: JaxArray): JaxArray => {
    const first = x.ref.slice([], [], [], [0, half]);
    const second = x.slice([], [], [], [half, headSize]);
    return np.concatenate(
      [first.ref.mul(cos.ref).sub(second.ref.mul(sin.ref)), second.mul(cos.ref).add(first.mul(sin.ref))],
      -1,
    );
  };
  const heads = (x: JaxArray, part: number): JaxArray =>
    x
      .slice([], [part * config.hiddenSize, (part + 1) * config.hiddenSize])
      .reshape([batch, length, config.heads, headSize]);
  const attention = (x: JaxArray, layer: number): JaxArray => {
    const qkv = linear(x, layer, "self_attn.qkv_proj");
    const q = rotate(heads(qkv.ref, 0)).transpose([0, 2, 1, 3]);
    const k = rotate(heads(qkv.ref, 1)).transpose([0, 2, 3, 1]);
    const v = heads(qkv, 2).transpose([0, 2, 1, 3]);
    const scores = np
      .matmul(q, k)
      .mul(1 / Math.sqrt(headSize))
      .add(mask.ref);
    const mixed = np.matmul(nn.softmax(scores, -1), v);
    return linear(
      mixed.transpose([0, 2, 1, 3]).reshape([rows, config.hiddenSize]),
      layer,
      "self_attn.o_proj",
    );
  };
  const feedForward = (x: JaxArray, layer: number): JaxArray => {
    const both = linear(x, layer, "mlp.gate_up_proj");
    const gate = both.ref.slice([], [0, config.intermediateSize]);
    const up = both.slice([], [config.intermediateSize, 2 * config.intermediateSize]);
    return linear(nn.silu(gate).mul(up), layer, "mlp.down_proj");
  };

  let x = np.take(weights["model.embed_tokens.weight"]!.ref, input.ids, 0);
  for (let layer = 0; layer < config.layers; layer++) {
    x = x.ref.add(attention(norm(x, `model.layers.${layer}.input_layernorm.weight`), layer));
    x = x.ref.add(feedForward(norm(x, `model.layers.${layer}.post_attention_layernorm.weight`), layer));
  }
  cos.dispose();
  sin.dispose();
  mask.dispose();
  return np.matmul(norm(x, "model.norm.weight"), weights["model.embed_tokens.weight"]!.ref.transpose());
}

/** Added to a score that must not count. It is finite, so that a row of such scores still has a softmax. */
const HIDDEN = -1e9;

/** 0 where a position may attend, a large negative number elsewhere. */
function causalMask(length: number): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(length * length);
  for (let row = 0; row < length; row++) {
    mask.fill(HIDDEN, row * length + row + 1, (row + 1) * length);
  }
  return mask;
}
