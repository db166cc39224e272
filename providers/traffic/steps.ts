/** Decisions of a roll-out in steps. No requests, no time. */
import type { RequestFigures } from "../../azureml/requestFigures";

/** Whole percentages by deployment. */
export type Split = Record<string, number>;

/** One step: a share of the copied or of the live traffic for the new deployment. */
export interface Step {
  kind: "mirror" | "live";
  percent: number;
}

export interface RolloutPlan {
  /** What is still to do, in order. Empty if nothing moves step by step. */
  steps: Step[];
  /** The split to return to: the others' share, as it was before the roll-out. */
  before: Split;
}

export interface Limits {
  /** From 0 to 1. */
  maxErrorRate: number;
  maxLatencyMs?: number;
}

export interface LiveTraffic {
  traffic: Split;
  mirrorTraffic: Split;
}

/**
 * The steps that are left from the live split on. A roll-out that was interrupted continues at the step that the
 * endpoint shows; that step is held again, because nobody knows how long it was. A roll-out whose last step is live has
 * ended. Without a deployment that serves, there is nothing to protect: no steps.
 * @param target deployment that shall get all traffic.
 */
export function planRollout(
  live: LiveTraffic,
  target: string,
  { steps, mirrorPercent }: { steps: readonly number[]; mirrorPercent: number },
): RolloutPlan {
  const { [target]: share = 0, ...others } = live.traffic;
  const before = scaleTo(others, 100);
  if (share === 100 || sum(before) === 0) return { steps: [], before };
  const ahead = steps.filter((step) => step >= share).map((percent): Step => ({ kind: "live", percent }));
  const isMirrored = mirrorPercent > 0 && share === 0;
  return {
    steps: [...(isMirrored ? [{ kind: "mirror" as const, percent: mirrorPercent }] : []), ...ahead],
    before,
  };
}

/** The endpoint's traffic in a step. The others share the rest as they did before. */
export function trafficAt({ kind, percent }: Step, target: string, before: Split): LiveTraffic {
  if (kind === "mirror") return { traffic: before, mirrorTraffic: { [target]: percent } };
  return {
    traffic: withoutZero({ ...scaleTo(before, 100 - percent), [target]: percent }),
    mirrorTraffic: {},
  };
}

/** Why a measurement misses the limits, for people; undefined if it meets them. Without requests nothing is missed. */
export function missedLimit(
  { requests, failed, latencyMs }: RequestFigures,
  { maxErrorRate, maxLatencyMs }: Limits,
): string | undefined {
  if (requests === 0) return undefined;
  const reasons: string[] = [];
  if (failed / requests > maxErrorRate)
    reasons.push(`error rate ${percentText(failed / requests)}, limit ${percentText(maxErrorRate)}`);
  if (maxLatencyMs !== undefined && latencyMs !== undefined && latencyMs > maxLatencyMs)
    reasons.push(`latency ${Math.round(latencyMs)} ms, limit ${maxLatencyMs} ms`);
  return reasons.length > 0 ? reasons.join("; ") : undefined;
}

/** A measurement for people: `40 requests, error rate 2.5 %, latency 130 ms`. */
export function measurementText({ requests, failed, latencyMs }: RequestFigures): string {
  if (requests === 0) return "no requests";
  const latency = latencyMs === undefined ? "" : `, latency ${Math.round(latencyMs)} ms`;
  return `${Math.round(requests)} requests, error rate ${percentText(failed / requests)}${latency}`;
}

/** A step for people: `10 %`, `mirror 20 %`. */
export const stepText = ({ kind, percent }: Step): string =>
  kind === "mirror" ? `mirror ${percent} %` : `${percent} %`;

export const percentText = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

export const sum = (split: Split): number =>
  Object.values(split).reduce((total, percent) => total + percent, 0);

/** The split with the same proportions and another sum, in whole percentages. Deployments with 0 are left out. */
function scaleTo(split: Split, total: number): Split {
  const all = sum(split);
  if (all === 0) return {};
  const entries = Object.entries(split).filter(([, percent]) => percent > 0);
  const scaled = entries.map(([name, percent]): [string, number] => [
    name,
    Math.floor((percent * total) / all),
  ]);
  const [largest] = scaled.toSorted(([, a], [, b]) => b - a);
  // The rounding's rest. Whole percentages must sum to the total.
  if (largest) largest[1] += total - scaled.reduce((done, [, percent]) => done + percent, 0);
  return Object.fromEntries(scaled);
}

const withoutZero = (split: Split): Split =>
  Object.fromEntries(Object.entries(split).filter(([, percent]) => percent > 0));
