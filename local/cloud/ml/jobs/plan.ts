import type { ComponentVersion } from "../../registry/componentVersions";

/** The steps in order, each with the pipeline input that names its compute. */
const COMPUTE = {
  ft_nlp_common_validation: "compute_model_import",
  chat_completion_model_import: "compute_model_import",
  chat_completion_datapreprocess: "compute_preprocess",
  chat_completion_finetune: "compute_finetune",
  ft_nlp_model_converter: "compute_finetune",
  // The name of the same step in versions 0.0.49 to 0.0.58.
  chat_completion_model_converter: "compute_finetune",
  model_prediction: "compute_model_evaluation",
  compute_metrics: "compute_model_evaluation",
} as const;

export type StepName = keyof typeof COMPUTE;

export interface PlannedStep {
  name: StepName;
  compute: (typeof COMPUTE)[StepName];
}

/** The steps of a component version. Only some versions evaluate the model on the test data. */
export function planSteps({ evaluates, converter }: ComponentVersion): PlannedStep[] {
  const steps: StepName[] = [
    "ft_nlp_common_validation",
    "chat_completion_model_import",
    "chat_completion_datapreprocess",
    "chat_completion_finetune",
    converter,
    ...(evaluates ? (["model_prediction", "compute_metrics"] as const) : []),
  ];
  return steps.map((name) => ({ name, compute: COMPUTE[name] }));
}
