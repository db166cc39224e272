import type { MetricPoint } from "../../azureml/clients/mlflow";

/** A point of a curve: step and value. */
export type CurvePoint = [step: number, value: number];

/** Points of a curve that are shown, at most. A plot is some hundred pixels wide. */
export const mostPoints = 400;

/**
 * A curve with at most `most` points that looks the same: of each of equally many neighbouring points the lowest and the highest, so that
 * no peak disappears, and the first and the last point of all.
 */
export function thinned(
  points: readonly Pick<MetricPoint, "step" | "value">[],
  most = mostPoints,
): CurvePoint[] {
  const all = points
    .filter(({ value }) => Number.isFinite(value))
    .map(({ step, value }): CurvePoint => [step, value]);
  if (all.length <= most) return all;
  const groups = Math.floor((most - 2) / 2);
  const size = (all.length - 2) / groups;
  const kept = Array.from({ length: groups }, (_, group) => {
    const part = all.slice(1 + Math.floor(group * size), 1 + Math.floor((group + 1) * size));
    const low = part.reduce((a, b) => (b[1] < a[1] ? b : a));
    const high = part.reduce((a, b) => (b[1] > a[1] ? b : a));
    if (low === high) return [low];
    return low[0] <= high[0] ? [low, high] : [high, low];
  });
  return [all[0]!, ...kept.flat(), all.at(-1)!];
}
