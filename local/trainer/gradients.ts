import type { numpy } from "@jax-js/jax";
import type { ModelConfig } from "./config";
import { loadJax, type JaxLibrary } from "./jaxRuntime";
import { logitsOf, type JaxWeights } from "./network";
import { sizeOf, type Weights } from "./weights";

type JaxArray = numpy.Array;

export interface Batch {
  /** Input tokens, [batch × length]. */
  ids: Int32Array<ArrayBuffer>;
  targets: Int32Array<ArrayBuffer>;
  /** The chat within its window that each token belongs to; tokens attend only to their own chat. */
  segments: Int32Array<ArrayBuffer>;
  /** Weight of each position's loss; 0 excludes it. The loss is Σ weight × −log p(target). */
  weights: Float32Array<ArrayBuffer>;
}

/** With respect to the adapter's factors if there is an adapter, else to all weights. */
export interface LossFunctions {
  /** One forward and backward pass; gradients by tensor name, with the shapes of the trained tensors. */
  lossAndGrad(trained: Weights, batch: Batch): Promise<{ loss: number; gradients: Weights }>;
  /** Forward only, with the given trained tensors. */
  loss(trained: Weights, batch: Batch): Promise<number>;
  /** Frees the memory held in jax-js. */
  dispose(): void;
}

export interface LossOptions {
  config: ModelConfig;
  /** The base weights, frozen when `adapterScale` is given. */
  base: Weights;
  /** alpha / r; if given, the trained tensors are LoRA factors. */
  adapterScale?: number;
  /** Windows per batch and tokens per window. Both are fixed, because every shape is compiled separately. */
  batch: number;
  length: number;
}

/** Compiles loss and gradient for fixed shapes. The first call of each costs 1–3 s of compilation. */
export async function compileLoss(options: LossOptions): Promise<LossFunctions> {
  const jax = await loadJax();
  const { numpy: np } = jax;
  const { config, batch, length, adapterScale } = options;
  const isLora = adapterScale !== undefined;
  const rows = batch * length;
  const frozen: JaxWeights = isLora ? toJax(jax, options.base) : {};

  // jax-js would fuse the gradient of the frozen tied head's logits with the next matrix product into one
  // very slow kernel. A differentiated bias of zeros forces it to materialize them; its gradient is
  // discarded.
  const lossOf = (
    args: { trained: JaxWeights; bias: JaxArray },
    fixed: JaxWeights,
    ids: JaxArray,
    targets: JaxArray,
    segments: JaxArray,
    weights: JaxArray,
  ): JaxArray => {
    const { trained, bias } = args;
    const logits = logitsOf(jax, config, {
      weights: isLora ? fixed : trained,
      adapter: isLora ? trained : undefined,
      adapterScale: adapterScale ?? 0,
      ids,
      segments,
      batch,
      length,
    }).add(bias);
    const chosen = logits.ref.mul(jax.nn.oneHot(targets, config.vocabSize)).sum(-1);
    const losses = jax.nn.logsumexp(logits, -1).sub(chosen);
    return losses.mul(weights).sum();
  };
  const both = jax.jit(jax.valueAndGrad(lossOf));
  const forward = jax.jit(lossOf);

  const callArguments = (trained: Weights, input: Batch) =>
    [
      {
        trained: toJax(jax, trained),
        bias: np.zeros([rows, config.vocabSize]),
      },
      refs(frozen),
      np.array(input.ids, { shape: [rows], dtype: np.int32 }),
      np.array(input.targets, { shape: [rows], dtype: np.int32 }),
      np.array(input.segments, { shape: [rows], dtype: np.int32 }),
      np.array(input.weights, { shape: [rows] }),
    ] as const;

  return {
    async lossAndGrad(trained, input) {
      const [value, gradient] = both(...callArguments(trained, input));
      gradient.bias.dispose();
      const gradients: Weights = {};
      for (const [name, tensor] of Object.entries(trained)) {
        const data = (await gradient.trained[name]!.data()) as Float32Array<ArrayBuffer>;
        gradients[name] = { shape: tensor.shape, data };
      }
      return { loss: await scalar(value), gradients };
    },
    async loss(trained, input) {
      return scalar(forward(...callArguments(trained, input)));
    },
    dispose() {
      for (const array of Object.values(frozen)) {
        array.dispose();
      }
    },
  };
}

async function scalar(array: JaxArray): Promise<number> {
  const [value] = await array.data();
  return value!;
}

function toJax(jax: JaxLibrary, weights: Weights): JaxWeights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => {
      if (tensor.data.length !== sizeOf(tensor.shape)) {
        throw new Error(`${name} has ${tensor.data.length} numbers for shape [${tensor.shape.join(", ")}]`);
      }
      return [name, jax.numpy.array(tensor.data, { shape: tensor.shape })];
    }),
  );
}

function refs(weights: JaxWeights): JaxWeights {
  return Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, array.ref]));
}
