/** The schedulers, by their names in Hugging Face's `SchedulerType`. */
export const SCHEDULER_TYPES = [
  "linear",
  "cosine",
  "cosine_with_restarts",
  "polynomial",
  "constant",
  "constant_with_warmup",
] as const;
type SchedulerType = (typeof SCHEDULER_TYPES)[number];

/** Absolute end value of the polynomial schedule: transformers' default of `lr_end`. */
const POLYNOMIAL_END = 1e-7;

/** As transformers' `get_scheduler`; `step` counts from 0. `constant` has no warm-up. */
export function learningRateAt(
  type: SchedulerType,
  step: number,
  totalSteps: number,
  warmupSteps: number,
  peak: number,
): number {
  if (type === "constant") {
    return peak;
  }
  if (step < warmupSteps) {
    return (peak * step) / Math.max(1, warmupSteps);
  }
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  switch (type) {
    case "linear":
      return peak * (1 - progress);
    case "cosine":
      return (peak * (1 + Math.cos(Math.PI * progress))) / 2;
    case "cosine_with_restarts":
      // transformers' default is one cycle, which differs from `cosine` only in ending at exactly 0.
      return progress >= 1 ? 0 : (peak * (1 + Math.cos(Math.PI * (progress % 1)))) / 2;
    case "polynomial":
      return peak > POLYNOMIAL_END ? (peak - POLYNOMIAL_END) * (1 - progress) + POLYNOMIAL_END : peak;
    case "constant_with_warmup":
      return peak;
  }
}
