/**
 * The models of the registry. Tags and properties follow the published history of assets/models/system/<model>/spec.yaml in
 * Azure/azureml-assets; texts for the portal are omitted. Lists are Python literals and dictionaries JSON texts, as the publishing script
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

function description(name: string): string {
  return `${name}: a 3.8B parameters, lightweight instruction-tuned chat model. In this local cloud a small language model of the same shape stands in for its weights.`;
}

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
 * The defaults of the newer versions. `bounds` are two keys that are not component inputs.
 */
function fullDefaults({
  rate,
  bounds = "",
  more = "",
}: {
  rate: string;
  bounds?: string;
  more?: string;
}): string {
  return (
    '{"apply_deepspeed": "true", "deepspeed_stage": 2, "apply_lora": "true", "apply_ort": "false", "precision": 16, ' +
    `${more}"ignore_mismatched_sizes": "false", "num_train_epochs": 1, "per_device_train_batch_size": 1, ` +
    `"per_device_eval_batch_size": 1, "gradient_accumulation_steps": 1, "learning_rate": ${rate}, ` +
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
    description: description(PHI3_NAME),
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
 * Dates that the specs of Phi-3 and Phi-3.5 got on 2025-06-10. The specs have been archived since 2026-06-02; whether the
 * live registry followed is unknown, so these versions are listed here.
 */
const RETIRED = {
  InferenceLegacyDate: "2025-06-09",
  InferenceDeprecationDate: "2025-06-30",
  InferenceRetirementDate: "2025-08-30",
  FinetuneDeprecationDate: "2025-06-30",
  FinetuneRetirementDate: "2025-08-30",
};

const latestPhi3 = phi3(
  "15",
  "2025-02-15T00:00:00.000Z",
  A100_SIZES,
  fullDefaults({ rate: "5e-06", bounds: LEARNING_RATE_BOUNDS }),
);

/** Source: assets/models/system/phi-3.5-mini-128k-instruct/spec.yaml of 2026-05-19, version 6. */
function phi35(): RegistryModelVersion {
  const sizes = pythonList(A100_SIZES.filter((size) => size !== "Standard_ND96asr_v4"));
  const recommended = sizes.replace(/[[\]']/g, "");
  const bounds = '"learning_rate_min": 2e-06, "learning_rate_max": 0.0002, ';
  return {
    name: "Phi-3.5-mini-instruct",
    version: "6",
    createdAt: "2025-01-21T00:00:00.000Z",
    description: description("Phi-3.5-mini-instruct"),
    modelType: "mlflow_model",
    isArchived: false,
    tags: {
      ...RETIRED,
      task: "chat-completion",
      license: "MIT",
      author: "Microsoft",
      displayName: "Phi-3.5-mini instruct (128k)",
      "disable-batch": "true",
      inference_supported_envs: "['vllm']",
      finetune_compute_allow_list: sizes,
      inference_compute_allow_list: sizes,
      model_specific_defaults: fullDefaults({ rate: "2e-05", bounds, more: '"max_seq_length": 16384, ' }),
    },
    properties: {
      "finetune-min-sku-spec": "24|1|220|64",
      "finetune-recommended-sku": recommended,
      "inference-min-sku-spec": "24|1|220|64",
      "inference-recommended-sku": recommended,
      "finetuning-tasks": "chat-completion",
    },
  };
}

/**
 * Inferred: the spec of this model is not public. The name, the registry and version 1 are in Microsoft's page on retired
 * models (azure-ai-docs, model-lifecycle-retirement.md), which recommends it instead of Phi-3. The rest follows the spec of
 * Phi-4 of 2026-05-19, with Phi-3-mini's DeepSpeed stage.
 */
function phi4(): RegistryModelVersion {
  const sizes = [
    ...A100_SIZES,
    "Standard_ND96isr_H100_v5",
    "Standard_NC40ads_H100_v5",
    "Standard_NC80adis_H100_v5",
  ];
  return {
    name: "Phi-4-mini-instruct",
    version: "1",
    createdAt: "2025-02-26T00:00:00.000Z",
    description: description("Phi-4-mini-instruct"),
    modelType: "mlflow_model",
    isArchived: false,
    tags: {
      task: "chat-completion",
      license: "MIT",
      author: "Microsoft",
      displayName: "Phi-4-mini-instruct",
      "disable-batch": "true",
      inference_supported_envs: "['vllm']",
      finetune_compute_allow_list: pythonList(sizes),
      inference_compute_allow_list: pythonList(sizes),
      model_specific_defaults: fullDefaults({ rate: "5e-06" }),
    },
    properties: {
      "finetune-min-sku-spec": "24|1|220|64",
      "finetune-recommended-sku": sizes.join(", "),
      "inference-min-sku-spec": "24|1|220|64",
      "inference-recommended-sku": sizes.join(", "),
      "finetuning-tasks": "chat-completion",
    },
  };
}

/**
 * The built-in versions, oldest first for each model. The dates of versions 5, 6, 7 and 15 of Phi-3 are those of the spec's
 * history. The date of 14 is inferred: it is earlier than that of 15.
 */
export const BUILT_IN_MODELS: readonly RegistryModelVersion[] = [
  phi3("5", "2024-05-15T00:00:00.000Z", ["Standard_ND40rs_v2", ...A100_SIZES], DEFAULTS_EARLY),
  phi3("6", "2024-05-16T00:00:00.000Z", A100_SIZES, DEFAULTS_EARLY),
  phi3("7", "2024-05-20T00:00:00.000Z", A100_SIZES, fullDefaults({ rate: "5e-06" })),
  phi3("14", "2024-11-20T00:00:00.000Z", A100_SIZES, fullDefaults({ rate: "5e-06" })),
  { ...latestPhi3, tags: { ...RETIRED, ...latestPhi3.tags } },
  phi35(),
  phi4(),
];
