import { rougeMetrics } from "../../azureml/evaluation";
import type { Problem } from "../../azureml/problem";
import type { ServingLimit } from "../../azureml/servingLimit";
import type { PromotionConfig } from "../../config/stackConfig";

/** The limit of each ROUGE metric. */
const rougeLimits = {
  rouge1: "minRouge1",
  rouge2: "minRouge2",
  rougeL: "minRougeL",
  rougeLsum: "minRougeLsum",
} as const satisfies Record<(typeof rougeMetrics)[number], keyof PromotionConfig["gate"]>;

/**
 * The limits of `model.gate` that a version misses. Its metrics are tags: `evalLoss`, `rouge1`, … (azureml/recordedTags.ts). A
 * metric that is not recorded misses its limit.
 * @param model `<name>:<version>`, for messages.
 * @param key the full name of a setting.
 */
export function promotionGateProblems(
  gate: PromotionConfig["gate"],
  { tags, model }: { tags: Readonly<Record<string, string>>; model: string },
  serving: ServingLimit | undefined,
  key: (setting: string) => string,
): Problem[] {
  const judge = (setting: string, tag: string, limit: number, isMax: boolean, whose = ""): Problem[] => {
    const value = Number(tags[tag] ?? Number.NaN);
    const allowed = `${isMax ? "at most" : "at least"} ${limit}${whose}`;
    const property = key(`model.gate.${setting}`);
    if (!Number.isFinite(value))
      return [
        {
          property,
          seen: `${model} records no ${tag}: ${tags[tag] === undefined ? "the tag is missing" : `the tag is ${tags[tag]}`}`,
          allowed,
          remedy: "Promote a version whose training measured it, or remove the limit.",
        },
      ];
    if (isMax ? value <= limit : value >= limit) return [];
    const seen = `${tag} of ${model} is ${value}`;
    return [{ property, seen, allowed, remedy: "Promote another version, or change the limit." }];
  };
  return [
    ...(gate.maxEvalLoss === undefined ? [] : judge("maxEvalLoss", "evalLoss", gate.maxEvalLoss, true)),
    ...(serving && "limit" in serving
      ? judge(
          "notWorseThanServing",
          "evalLoss",
          serving.limit,
          true,
          `, that of ${serving.model}, which serves now`,
        )
      : []),
    ...rougeMetrics.flatMap((metric) => {
      const limit = gate[rougeLimits[metric]];
      return limit === undefined ? [] : judge(rougeLimits[metric], metric, limit, false);
    }),
  ];
}
