/**
 * The tags follow the published history of assets/models/system/phi-3-mini-4k-instruct/spec.yaml in
 * Azure/azureml-assets. Lists are Python literals and dictionaries JSON texts, as the publishing script
 * writes them.
 */
export interface RegistryModelVersion {
  name: string;
  version: string;
  /** ISO 8601. "latest" means the most recently created version, not the highest number. */
  createdAt: string;
  description: string;
  modelType: string;
  tags: Record<string, string>;
  properties: Record<string, string>;
  isArchived: boolean;
}

const PHI3_NAME = "Phi-3-mini-4k-instruct";

const DESCRIPTION =
  "Phi-3-Mini-4K-Instruct: a 3.8B parameters, lightweight instruction-tuned chat model. In this local cloud a small " +
  "language model of the same shape stands in for its weights.";

const A100_SIZES = [
  "Standard_NC24ads_A100_v4",
  "Standard_NC48ads_A100_v4",
  "Standard_NC96ads_A100_v4",
  "Standard_ND96asr_v4",
  "Standard_ND96amsr_A100_v4",
];

const INFERENCE_SIZES = [
  "Standard_NC6s_v3",
  "Standard_NC12s_v3",
  "Standard_NC24s_v3",
  "Standard_ND40rs_v2",
  "Standard_NC24ads_A100_v4",
  "Standard_NC48ads_A100_v4",
  "Standard_ND96asr_v4",
  "Standard_ND96amsr_A100_v4",
  "Standard_NC96ads_A100_v4",
];

const DEFAULTS_EARLY =
  '{"apply_deepspeed": "true", "deepspeed_stage": 2, "apply_lora": "true", "apply_ort": "false", "precision": 16}';

/**
 * Versions 7 to 14, and 15 before its metadata edit. `bounds` are the two keys that are not component inputs.
 */
function fullDefaults(bounds: string): string {
  return (
    '{"apply_deepspeed": "true", "deepspeed_stage": 2, "apply_lora": "true", "apply_ort": "false", "precision": 16, ' +
    '"ignore_mismatched_sizes": "false", "num_train_epochs": 1, "per_device_train_batch_size": 1, ' +
    '"per_device_eval_batch_size": 1, "gradient_accumulation_steps": 1, "learning_rate": 5e-06, ' +
    `${bounds}"lr_scheduler_type": "cosine", "logging_strategy": "steps", "logging_steps": 10, "save_total_limit": 1}`
  );
}

const LEARNING_RATE_BOUNDS = '"learning_rate_min": 5e-07, "learning_rate_max": 5e-05, ';

function pythonList(items: string[]): string {
  return `[${items.map((item) => `'${item}'`).join(", ")}]`;
}

function phi3(
  version: string,
  createdAt: string,
  finetuneSizes: string[],
  defaults: string,
): RegistryModelVersion {
  return {
    name: PHI3_NAME,
    version,
    createdAt,
    description: DESCRIPTION,
    modelType: "mlflow_model",
    isArchived: false,
    tags: {
      task: "chat-completion",
      license: "mit",
      author: "Microsoft",
      displayName: PHI3_NAME,
      "disable-batch": "true",
      inference_supported_envs: "['vllm']",
      finetune_compute_allow_list: pythonList(finetuneSizes),
      inference_compute_allow_list: pythonList(INFERENCE_SIZES),
      model_specific_defaults: defaults,
    },
    properties: {
      "finetune-min-sku-spec": "24|1|220|64",
      "inference-min-sku-spec": "6|1|112|64",
      "finetuning-tasks": "chat-completion",
    },
  };
}

/**
 * The built-in versions, oldest first. The dates of versions 5, 6, 7 and 15 are those of the spec's history.
 * The date of 14 is inferred: it is earlier than that of 15.
 */
export const BUILT_IN_MODELS: readonly RegistryModelVersion[] = [
  phi3("5", "2024-05-15T00:00:00.000Z", ["Standard_ND40rs_v2", ...A100_SIZES], DEFAULTS_EARLY),
  phi3("6", "2024-05-16T00:00:00.000Z", A100_SIZES, DEFAULTS_EARLY),
  phi3("7", "2024-05-20T00:00:00.000Z", A100_SIZES, fullDefaults("")),
  phi3("14", "2024-11-20T00:00:00.000Z", A100_SIZES, fullDefaults("")),
  phi3("15", "2025-02-15T00:00:00.000Z", A100_SIZES, fullDefaults(LEARNING_RATE_BOUNDS)),
];
