import type { ServedModel } from "./clients/servedModel";
import { fromTrain } from "./evaluation";

/** The data of a model's `eval_loss`. */
interface Measured {
  /** Data asset id, or `fromTrain`; undefined for a job of version 0.1.0, which means `fromTrain`. */
  validationData?: string;
  trainData?: string;
}

/** The limit that the model that serves sets, or why it sets none. */
export type ServingLimit = { limit: number; model: string } | { reason: string };

/**
 * The eval_loss of the model that serves, if it was measured on the same data. Data assets have a version that is the hash of
 * their content, so equal ids are equal data.
 * @param jobName the job to judge. A model is not compared with itself.
 */
export function servingLimit(
  served: Pick<ServedModel, "name" | "version" | "tags"> | undefined,
  jobName: string | undefined,
  measured: Measured,
): ServingLimit | undefined {
  if (!served) return { reason: "no model serves yet" };
  const { tags } = served;
  if (jobName !== undefined && tags.job === jobName) return undefined;
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
