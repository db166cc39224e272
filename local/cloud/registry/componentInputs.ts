import { TRAINING_PARAMETERS, type ParameterName } from "../../trainer/parameters";

export interface ComponentInput {
  type: "string" | "integer" | "number" | "custom_model" | "mlflow_model" | "uri_file" | "mltable";
  /** As text, because the service sends scalars as text. */
  default?: string;
  enum?: readonly string[];
  min?: number;
  /** Every input except `task_name` is optional. */
  required?: true;
}

function trainerInput(name: ParameterName): Record<string, ComponentInput> {
  const { pipelineInput, specification } = TRAINING_PARAMETERS[name];
  return { [pipelineInput]: specification };
}

/**
 * The inputs of `chat_completion_pipeline` 0.0.82, in the order of its specification (azureml-assets
 * pipeline_components/chat_completion/spec.yaml of 2026-06-30).
 */
export const CHAT_COMPLETION_INPUTS: Readonly<Record<string, ComponentInput>> = {
  instance_type_model_import: { type: "string", default: "Standard_d12_v2" },
  instance_type_preprocess: { type: "string", default: "Standard_d12_v2" },
  instance_type_finetune: { type: "string", default: "Standard_nc24rs_v3" },
  instance_type_model_evaluation: { type: "string", default: "Standard_nc24rs_v3" },
  shm_size_finetune: { type: "string", default: "5g" },
  num_nodes_finetune: { type: "integer", default: "1", min: 1 },
  number_of_gpu_to_use_finetuning: { type: "integer", default: "1", min: 1 },
  huggingface_id: { type: "string" },
  pytorch_model_path: { type: "custom_model" },
  mlflow_model_path: { type: "mlflow_model" },
  finetune_config_path: { type: "uri_file" },
  trust_remote_code: { type: "string", default: "false", enum: ["true", "false"] },
  task_name: { type: "string", required: true, default: "ChatCompletion", enum: ["ChatCompletion"] },
  batch_size: { type: "integer", default: "1000", min: 1 },
  pad_to_max_length: { type: "string", default: "false", enum: ["true", "false"] },
  ...trainerInput("maxSeqLength"),
  train_file_path: { type: "uri_file" },
  validation_file_path: { type: "uri_file" },
  test_file_path: { type: "uri_file" },
  train_mltable_path: { type: "mltable" },
  validation_mltable_path: { type: "mltable" },
  test_mltable_path: { type: "mltable" },
  ...trainerInput("applyLora"),
  merge_lora_weights: { type: "string", default: "true", enum: ["true", "false"] },
  ...trainerInput("loraAlpha"),
  ...trainerInput("loraR"),
  lora_dropout: { type: "number", default: "0.0" },
  ...trainerInput("numTrainEpochs"),
  ...trainerInput("maxSteps"),
  ...trainerInput("perDeviceTrainBatchSize"),
  ...trainerInput("perDeviceEvalBatchSize"),
  auto_find_batch_size: { type: "string", default: "false", enum: ["true", "false"] },
  optim: { type: "string", default: "adamw_torch", enum: ["adamw_torch", "adafactor"] },
  ...trainerInput("learningRate"),
  ...trainerInput("warmupSteps"),
  ...trainerInput("weightDecay"),
  adam_beta1: { type: "number", default: "0.9" },
  adam_beta2: { type: "number", default: "0.999" },
  adam_epsilon: { type: "number", default: "1e-8" },
  ...trainerInput("gradientAccumulationSteps"),
  eval_accumulation_steps: { type: "integer", default: "-1" },
  ...trainerInput("lrSchedulerType"),
  precision: { type: "string", default: "32", enum: ["32", "16"] },
  ...trainerInput("seed"),
  enable_full_determinism: { type: "string", default: "false", enum: ["true", "false"] },
  dataloader_num_workers: { type: "integer", default: "0" },
  ignore_mismatched_sizes: { type: "string", default: "false", enum: ["true", "false"] },
  ...trainerInput("maxGradNorm"),
  evaluation_strategy: { type: "string", default: "epoch", enum: ["epoch", "steps", "disable"] },
  evaluation_steps_interval: { type: "number", default: "0.0" },
  eval_steps: { type: "integer", default: "500" },
  logging_strategy: { type: "string", default: "steps", enum: ["epoch", "steps"] },
  ...trainerInput("loggingSteps"),
  metric_for_best_model: { type: "string", default: "loss", enum: ["loss", "f1", "exact"] },
  resume_from_checkpoint: { type: "string", default: "false", enum: ["true", "false"] },
  save_total_limit: { type: "integer", default: "-1" },
  apply_early_stopping: { type: "string", default: "false", enum: ["true", "false"] },
  early_stopping_patience: { type: "integer", default: "1" },
  early_stopping_threshold: { type: "number", default: "0.0" },
  apply_deepspeed: { type: "string", default: "false", enum: ["true", "false"] },
  deepspeed: { type: "uri_file" },
  deepspeed_stage: { type: "string", default: "2", enum: ["2", "3"] },
  apply_ort: { type: "string", default: "false", enum: ["true", "false"] },
  evaluation_config: { type: "uri_file" },
  evaluation_config_params: { type: "string" },
  compute_model_import: { type: "string", default: "serverless" },
  compute_preprocess: { type: "string", default: "serverless" },
  compute_finetune: { type: "string", default: "serverless" },
  compute_model_evaluation: { type: "string", default: "serverless" },
};

/** Inputs that 0.0.82 added (git history of the specification). */
export const INPUTS_OF_0_0_82: readonly string[] = ["finetune_config_path", "trust_remote_code"];

/** Undefined if acceptable. Enumerations compare as text: 16 is "16". */
export function literalProblem(input: ComponentInput, value: string): string | undefined {
  if (input.enum && !input.enum.includes(value)) {
    return `is "${value}", allowed: ${input.enum.join(", ")}`;
  }
  if (input.type !== "integer" && input.type !== "number") return undefined;
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) return `is "${value}", not a ${input.type}`;
  if (input.type === "integer" && !Number.isInteger(number)) return `is ${value}, not an integer`;
  if (input.min !== undefined && number < input.min) return `is ${value}, must be at least ${input.min}`;
  return undefined;
}
