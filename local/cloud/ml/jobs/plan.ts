import type { ComponentVersion } from "../../registry/componentVersions";

export interface PlannedStep {
  name: StepName;
  displayName: string;
  compute: "compute_model_import" | "compute_preprocess" | "compute_finetune" | "compute_model_evaluation";
}

export type StepName =
  | "ft_nlp_common_validation"
  | "chat_completion_model_import"
  | "chat_completion_datapreprocess"
  | "chat_completion_finetune"
  | "model_prediction"
  | "compute_metrics"
  | "ft_nlp_model_converter";

const COMPUTE: Record<StepName, PlannedStep["compute"]> = {
  ft_nlp_common_validation: "compute_model_import",
  chat_completion_model_import: "compute_model_import",
  chat_completion_datapreprocess: "compute_preprocess",
  chat_completion_finetune: "compute_finetune",
  model_prediction: "compute_model_evaluation",
  compute_metrics: "compute_model_evaluation",
  ft_nlp_model_converter: "compute_finetune",
};

/**
 * On Azure, only some versions run `model_prediction` and `compute_metrics`. Here every version runs
 * `compute_metrics`, so that its metrics are always available.
 */
export function planSteps(component: ComponentVersion): PlannedStep[] {
  const names: StepName[] = [
    "ft_nlp_common_validation",
    "chat_completion_model_import",
    "chat_completion_datapreprocess",
    "chat_completion_finetune",
    ...(component.evaluates ? (["model_prediction"] as const) : []),
    "compute_metrics",
    "ft_nlp_model_converter",
  ];
  return names.map((name) => ({ name, displayName: name, compute: COMPUTE[name] }));
}
