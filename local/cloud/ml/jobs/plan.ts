import type { ComponentVersion } from "../../registry/componentVersions";

/** A step of the pipeline: a child run with a log of its own. */
export interface PlannedStep {
  /** Component of the step; the name clients see. */
  name: StepName;
  displayName: string;
  /** The input that names the compute it runs on. */
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
 * The steps of a component version in order, named as its children are. Versions that evaluate have `model_prediction`
 * and `compute_metrics`; the others run no evaluation child on Azure. The local cloud shows `compute_metrics` for those
 * too, so that the comparison before and after fine-tuning is always there to look at.
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
