import { rougeMetrics } from "./evaluation";
import { trainedTagNames } from "./provenance";

/**
 * Tags of a model version that promoting stacks check, beside those of its lineage (components/registeredModel.ts): the metrics of
 * the evaluation step, and commit, run and person of the training. `eval_loss` is the tag `evalLoss`. Models of earlier versions of
 * the program have none of these tags.
 */
export const recordedTagNames: readonly string[] = [...rougeMetrics, ...Object.values(trainedTagNames)];

/** The recorded tags of a model. @param jobTags tags of the job that trained it, which contain commit, run and person. */
export function recordedTags(
  jobTags: Readonly<Record<string, string>>,
  metrics: Readonly<Record<string, number>>,
): Record<string, string> {
  const measured = rougeMetrics.flatMap((name) =>
    metrics[name] === undefined ? [] : [[name, String(metrics[name])]],
  );
  return {
    ...(Object.fromEntries(measured) as Record<string, string>),
    ...pickTags(jobTags, Object.values(trainedTagNames)),
  };
}

/** The tags of these names. */
export function pickTags(
  tags: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (tags[name] === undefined ? [] : [[name, tags[name]]])),
  ) as Record<string, string>;
}
