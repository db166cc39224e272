import type { ServedModel } from "../../azureml/clients/servedModel";
import { azureMlError } from "../../azureml/errors";
import { fromTrain, rougeMetrics } from "../../azureml/evaluation";
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

/** The limit that the model that serves sets, or why it sets none. */
export type ServingLimit = { limit: number; model: string } | { reason: string };

/**
 * The eval_loss of the model that serves, if it was measured on the same data. Data assets have a version that is the hash of
 * their content, so equal ids are equal data.
 * @param jobName the job to judge. A model is not compared with itself.
 */
export function servingLimit(
  served: ServedModel | undefined,
  jobName: string,
  measured: Measured,
): ServingLimit | undefined {
  if (!served) return { reason: "no model serves yet" };
  const { tags } = served;
  if (tags.job === jobName) return undefined;
  const model = `${served.name}:${served.version}`;
  const limit = Number(tags.evalLoss ?? Number.NaN);
  if (tags.validationData === undefined || !Number.isFinite(limit))
    return { reason: `${model}, which serves now, has no tags evalLoss and validationData` };
  const own = dataKey(measured.validationData, measured.trainData);
  if (dataKey(tags.validationData, tags.trainData) !== own)
    return { reason: `the eval_loss of ${model}, which serves now, was measured on other data` };
  return { limit, model };
}

/** The tag `validationData` of a model, and the data to compare. */
export const validationTag = (validationData: string | undefined): string => validationData ?? fromTrain;

function dataKey(validationData: string | undefined, trainData = ""): string {
  const data = validationTag(validationData);
  return (data === fromTrain ? `${fromTrain} ${trainData}` : data).toLowerCase();
}

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
