import type { ComponentVersion } from "../../registry/componentVersions";

/** The steps in order, each with the pipeline input that names its compute. */
const COMPUTE = {
  ft_nlp_common_validation: "compute_model_import",
  chat_completion_model_import: "compute_model_import",
  chat_completion_datapreprocess: "compute_preprocess",
  chat_completion_finetune: "compute_finetune",
  model_prediction: "compute_model_evaluation",
  compute_metrics: "compute_model_evaluation",
  ft_nlp_model_converter: "compute_finetune",
} as const;

export type StepName = keyof typeof COMPUTE;

export interface PlannedStep {
  name: StepName;
  compute: (typeof COMPUTE)[StepName];
}

/**
 * On Azure, only some versions run `model_prediction` and `compute_metrics`. Here every version runs
 * `compute_metrics`, so that its metrics are always available.
 */
export function planSteps(component: ComponentVersion): PlannedStep[] {
  return (Object.keys(COMPUTE) as StepName[])
    .filter((name) => name !== "model_prediction" || component.evaluates)
    .map((name) => ({ name, compute: COMPUTE[name] }));
}
