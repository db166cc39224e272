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

/** A minimum of one of the ROUGE metrics that the version's tags record. */
const recordedRouge = (metric: string) =>
  numberSetting({
    minimum: 0,
    maximum: 1,
    doc: `Lowest accepted ${metric} in the version's tags; only component versions with an evaluation step measure it.`,
    defaultText: "no limit",
  }).optional();

/** The section `model.gate`: limits of a promoting stack for the metrics that the training stack recorded as tags of the version. */
export const promotionGateSettings = z
  .strictObject({
    maxEvalLoss: numberSetting({
      minimum: 0,
      above: true,
      doc: "Promoting stacks: highest accepted eval_loss in the version's tags; a version above it is refused in preview.",
      defaultText: "no limit",
    }).optional(),
    notWorseThanServing: booleanSetting({
      doc: "Whether the recorded eval_loss must be at most that of the version that serves now; applied only if both were measured on the same data.",
      defaultText: "false",
    }).optional(),
    minRouge1: recordedRouge("rouge1"),
    minRouge2: recordedRouge("rouge2"),
    minRougeL: recordedRouge("rougeL"),
    minRougeLsum: recordedRouge("rougeLsum"),
  })
  .prefault({});

/** The first setting of a gate that requires an eval_loss. */
export function evalLossSetting(
  gate: z.output<typeof gateSettings>,
): "maxEvalLoss" | "notWorseThanServing" | undefined {
  if (gate.maxEvalLoss !== undefined) return "maxEvalLoss";
  return gate.notWorseThanServing ? "notWorseThanServing" : undefined;
}
