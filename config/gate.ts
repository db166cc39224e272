import { z } from "zod";
import { booleanSetting, choiceSetting, numberSetting } from "./setting";

/** A minimum of one of the ROUGE metrics, which only the evaluation step measures (azureml/evaluation.ts, `rougeMetrics`). */
const minimumRouge = (metric: string) =>
  numberSetting({
    minimum: 0,
    maximum: 1,
    doc: `Lowest accepted ${metric} of the answers to dataset.testSplit; only component versions with an evaluation step measure it.`,
    defaultText: "no limit",
    source: `metric ${metric} of the step compute_metrics`,
  }).optional();

/** The section `finetune.gate`. No setting has a default value: an absent one leaves the job's inputs as they are. */
export const gateSettings = z
  .strictObject({
    maxEvalLoss: numberSetting({
      minimum: 0,
      above: true,
      doc: "Highest accepted eval_loss, measured on dataset.validationSplit; a job above it fails, and its model is neither registered nor deployed.",
      defaultText: "no limit",
    }).optional(),
    notWorseThanServing: booleanSetting({
      doc: "Whether eval_loss must be at most that of the model that serves now; applied only if both were measured on the same data.",
      defaultText: "false",
    }).optional(),
    minRouge1: minimumRouge("rouge1"),
    minRouge2: minimumRouge("rouge2"),
    minRougeL: minimumRouge("rougeL"),
    minRougeLsum: minimumRouge("rougeLsum"),
    onMiss: choiceSetting(["fail", "keepServing"], {
      doc: "What a miss does. fail: the update fails; keepServing: it succeeds with a warning, and the model that serves now stays. If none serves, it fails.",
      defaultText: "fail",
    }).optional(),
  })
  .prefault({});

/** The first setting of a gate that requires an eval_loss. */
export function evalLossSetting(
  gate: z.output<typeof gateSettings>,
): "maxEvalLoss" | "notWorseThanServing" | undefined {
  if (gate.maxEvalLoss !== undefined) return "maxEvalLoss";
  return gate.notWorseThanServing ? "notWorseThanServing" : undefined;
}
