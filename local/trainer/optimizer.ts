import type { Weights } from "./weights";

export interface AdamOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** Decoupled weight decay. Norms and other vectors are excluded, as in Hugging Face's Trainer. */
  weightDecay: number;
}

/** What AdamW remembers between steps. */
export interface OptimizerState {
  steps: number;
  first: Weights;
  second: Weights;
}

export interface Optimizer {
  state(): OptimizerState;
  /** Moves the weights in place by one step against the gradients. */
  step(gradients: Weights, learningRate: number): void;
}

/** AdamW (Loshchilov & Hutter) with transformers' defaults: betas 0.9 / 0.999, epsilon 1e-8. */
export function adamW(weights: Weights, options: AdamOptions, from?: OptimizerState): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay } = options;
  const moments = new Map(
    Object.entries(weights).map(([name, tensor]) => [
      name,
      {
        first: from?.first[name]?.data ?? new Float32Array(tensor.data.length),
        second: from?.second[name]?.data ?? new Float32Array(tensor.data.length),
      },
    ]),
  );
  let steps = from?.steps ?? 0;
  const momentsOf = (which: "first" | "second"): Weights =>
    Object.fromEntries(
      Object.entries(weights).map(([name, { shape }]) => [name, { shape, data: moments.get(name)![which] }]),
    );
  return {
    state: () => ({ steps, first: momentsOf("first"), second: momentsOf("second") }),
    step(gradients, learningRate) {
      steps++;
      const correction1 = 1 - Math.pow(beta1, steps);
      const correction2 = 1 - Math.pow(beta2, steps);
      for (const [name, { data, shape }] of Object.entries(weights)) {
        const gradient = gradients[name]!.data;
        const { first, second } = moments.get(name)!;
        const decay = shape.length > 1 ? 1 - learningRate * weightDecay : 1;
        for (let i = 0; i < data.length; i++) {
          const g = gradient[i]!;
          const m = (first[i] = beta1 * first[i]! + (1 - beta1) * g);
          const v = (second[i] = beta2 * second[i]! + (1 - beta2) * g * g);
          data[i] =
            decay * data[i]! - (learningRate * (m / correction1)) / (Math.sqrt(v / correction2) + epsilon);
        }
      }
    },
  };
}

function gradientNorm(gradients: Weights): number {
  let sum = 0;
  for (const { data } of Object.values(gradients)) {
    for (let i = 0; i < data.length; i++) {
      sum += data[i]! * data[i]!;
    }
  }
  return Math.sqrt(sum);
}

/** In place, as torch's `clip_grad_norm_` (0 = no clipping). Returns the norm before. */
export function clipGradients(gradients: Weights, maxNorm: number): number {
  const norm = gradientNorm(gradients);
  if (maxNorm > 0 && norm > maxNorm) {
    scaleInPlace(gradients, maxNorm / (norm + 1e-6));
  }
  return norm;
}

export function addInPlace(sum: Weights, more: Weights): void {
  for (const [name, { data }] of Object.entries(sum)) {
    const other = more[name]!.data;
    for (let i = 0; i < data.length; i++) {
      data[i] = data[i]! + other[i]!;
    }
  }
}

function scaleInPlace(weights: Weights, factor: number): void {
  for (const { data } of Object.values(weights)) {
    for (let i = 0; i < data.length; i++) {
      data[i] = data[i]! * factor;
    }
  }
}
