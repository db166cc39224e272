import { azureMlError } from "../../azureml/errors";
import { rougeMetrics } from "../../azureml/evaluation";
import type { ServingLimit } from "../../azureml/servingLimit";
import type { Gate } from "./gateSchema";
import { type JobInputs, lossDataOf } from "./inputs";

/** The limit of each ROUGE metric: `rougeL` → `minRougeL`. */
const rougeLimit = {
  rouge1: "minRouge1",
  rouge2: "minRouge2",
  rougeL: "minRougeL",
  rougeLsum: "minRougeLsum",
} as const satisfies Record<(typeof rougeMetrics)[number], keyof Gate>;

/** The ROUGE limits of a gate: property, metric and value. */
export function rougeLimits(
  gate: Gate | undefined,
): Array<{ property: string; metric: string; limit: number }> {
  return rougeMetrics.flatMap((metric) => {
    const limit = gate?.[rougeLimit[metric]];
    return limit === undefined ? [] : [{ property: rougeLimit[metric], metric, limit }];
  });
}

/** Whether a gate has to know which model serves. */
export function needsServedModel(gate: Gate | undefined): boolean {
  return gate?.notWorseThanServing === true || gate?.onMiss === "keepServing";
}

type Measured = Pick<JobInputs, "validationData"> & Partial<Pick<JobInputs, "trainData">>;

/** Throws `LossGate` or `LossGateNoMetric` when a finished job does not meet the limits. */
export function checkGate(
  inputs: Measured & { gate?: Gate },
  metrics: Record<string, number>,
  job: { name: string; studioUrl: string },
  serving?: ServingLimit,
): void {
  const gate = inputs.gate ?? {};
  const studioUrl = job.studioUrl || "Azure ML studio";
  const data = lossDataOf(inputs);
  const misses: Array<[property: string, text: string]> = [];
  const judge = (property: string, metric: string, limit: number, isMax: boolean, allowed: string): void => {
    const value = metrics[metric];
    if (value === undefined) {
      const remedy = isMax
        ? 'Set evaluation_strategy to "epoch", or to "steps" with eval_steps below the number of optimizer steps'
        : "Use a component version with an evaluation step";
      throw azureMlError("LossGateNoMetric", {
        gate: property,
        job: job.name,
        metric,
        limit,
        remedy,
        studioUrl,
      });
    }
    if (isMax ? value <= limit : value >= limit) return;
    const measured = isMax ? `measured on ${data}` : "measured on the test data";
    misses.push([property, `${metric} of ${job.name}, ${measured}, is ${value}; allowed: ${allowed}`]);
  };
  if (gate.maxEvalLoss !== undefined)
    judge("maxEvalLoss", "eval_loss", gate.maxEvalLoss, true, `at most ${gate.maxEvalLoss}`);
  if (serving && "limit" in serving) {
    const allowed = `at most ${serving.limit}, that of ${serving.model}, which serves now`;
    judge("notWorseThanServing", "eval_loss", serving.limit, true, allowed);
  }
  for (const { property, metric, limit } of rougeLimits(gate))
    judge(property, metric, limit, false, `at least ${limit}`);
  const [first, ...others] = misses;
  if (!first) return;
  const detail = [first[1], ...others.map(([property, text]) => `gate.${property}: ${text}`)].join("; ");
  throw azureMlError("LossGate", { gate: first[0], detail, studioUrl });
}
