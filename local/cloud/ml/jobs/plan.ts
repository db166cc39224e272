import type { ComponentVersion } from "../../registry/componentVersions";

/** A step of the pipeline: a child run with its own log. */
export interface PlannedStep {
  /** The step's component, which is also the name that clients see. */
  name: StepName;
  displayName: string;
  /** The pipeline input that names the step's compute. */
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
 * The steps of a component version in order, named like its child components. On Azure, only the versions
 * that evaluate run `model_prediction` and `compute_metrics`. The local cloud runs `compute_metrics` for
 * every version, so that the metrics before and after fine-tuning are always available.
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
