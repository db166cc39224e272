/** Inputs of the fine-tuning component that the job sets from its own properties (providers/pipelineJob/requestBody.ts). */

export const computeInputs = [
  "compute_model_import",
  "compute_preprocess",
  "compute_finetune",
  "compute_model_evaluation",
] as const;

/** Inputs that every supported fine-tuning component declares. */
export const requiredInputs = ["mlflow_model_path", "train_file_path", "test_file_path"] as const;

/** Without this input the component splits the training data itself (evaluation.ts). */
export const validationInput = "validation_file_path";

/** Names that `parameters` must not contain. */
export const reservedInputs: readonly string[] = [
  ...requiredInputs,
  validationInput,
  ...computeInputs,
  "number_of_gpu_to_use_finetuning",
];
