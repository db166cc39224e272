import { z } from "zod";
import { booleanSetting, integerSetting, numberSetting, setting } from "./setting";

/** The percentages of a roll-out: whole numbers that grow and end with 100. */
const steps = setting(
  {
    doc: "Percentages of the traffic that a new deployment gets, one after the other. [100] moves all traffic at once, after the direct score.",
    allowed: "a list of growing whole numbers from 1 to 100 that ends with 100, such as [10, 50, 100]",
  },
  z
    .array(z.number())
    .refine(
      (list) =>
        list.at(-1) === 100 &&
        list.every((step, index) => Number.isInteger(step) && step > (list[index - 1] ?? 0)),
    ),
).default([100]);

/** The section `rollout`: how traffic moves to a new deployment, and what happens to one that fails. */
export const rolloutSection = z.strictObject({
  steps,
  holdSeconds: integerSetting({
    doc: "How long each step keeps its share before its figures are compared with the limits. Azure Monitor has one value per minute, so with less than 120 they also contain requests before the step.",
    unit: "seconds",
    minimum: 1,
    maximum: 86_400,
  }).default(300),
  maxErrorRate: numberSetting({
    doc: "Highest share of failed requests of the new deployment in a step (HTTP 408, 424, 429 and 5xx); above it, all traffic is put back and the update fails.",
    minimum: 0,
    maximum: 1,
    defaultText: "0.05 if steps, mirrorPercent or maxLatencyMs ask for a roll-out in steps, else none",
  }).optional(),
  maxLatencyMs: integerSetting({
    doc: "Highest latency of the new deployment in a step: the 95th percentile of each minute, averaged over the step; above it, all traffic is put back and the update fails.",
    unit: "ms",
    minimum: 1,
    defaultText: "no limit",
  }).optional(),
  mirrorPercent: integerSetting({
    doc: "Before the first step: share of the traffic that is copied to the new deployment for one hold, with the same limits. Callers get the old deployment's answers.",
    unit: "%",
    minimum: 0,
    maximum: 50,
    source: "upper limit of managed endpoints",
  }).default(0),
  keepFailed: booleanSetting({
    doc: "Keep a new deployment that failed, to examine it. It bills. By default it is deleted, and the end of its logs is printed.",
  }).default(false),
});

type RolloutConfig = z.output<typeof rolloutSection>;

/** A roll-out in steps, as providers/traffic carries it out. */
export interface SteppedRollout {
  steps: number[];
  holdSeconds: number;
  /** Share from 0 to 1. */
  maxErrorRate: number;
  maxLatencyMs?: number;
  mirrorPercent: number;
}

const defaultErrorRate = 0.05;

/** The roll-out in steps that a section asks for; undefined if it moves the traffic at once. */
export function steppedRollout(config: RolloutConfig): SteppedRollout | undefined {
  const { steps: percentages, holdSeconds, maxErrorRate, maxLatencyMs, mirrorPercent } = config;
  const isAtOnce =
    percentages.length === 1 &&
    mirrorPercent === 0 &&
    maxErrorRate === undefined &&
    maxLatencyMs === undefined;
  if (isAtOnce) return undefined;
  return {
    steps: percentages,
    holdSeconds,
    maxErrorRate: maxErrorRate ?? defaultErrorRate,
    ...(maxLatencyMs === undefined ? {} : { maxLatencyMs }),
    mirrorPercent,
  };
}
