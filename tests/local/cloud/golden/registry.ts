/** Discovery of the registry `azureml`, and its models and components. */
import type { Exchange, Golden, Json } from "./exchange";

const RG =
  "/mferp/managementfrontend/subscriptions/<guid:registrySub>/resourceGroups/registry-rg/providers/Microsoft.MachineLearningServices/registries/azureml";
const V = "api-version=2021-10-01-dataplanepreview";
const LATEST = `${V}&$orderBy=createdtime desc&$top=1`;
const DOC =
  "inferred: from clients: azure-ai-ml 1.35.2 and 1.27.1 ask and read it so (reference §3, registry model and component)";
const TAGS =
  "inferred: from documents: azureml-assets, spec.yaml of phi-3-mini-4k-instruct over time, stringified as it is published (reference §9)";
const systemData = {
  createdBy: "Microsoft",
  createdByType: "User",
  createdAt: "<time>",
  lastModifiedAt: "<time>",
  lastModifiedBy: "Microsoft",
  lastModifiedByType: "User",
};
const A100 = ["NC24ads_A100_v4", "NC48ads_A100_v4", "NC96ads_A100_v4", "ND96asr_v4", "ND96amsr_A100_v4"];
const INFERENCE = [
  ...["NC6s_v3", "NC12s_v3", "NC24s_v3", "ND40rs_v2", "NC24ads_A100_v4", "NC48ads_A100_v4"],
  ...["ND96asr_v4", "ND96amsr_A100_v4", "NC96ads_A100_v4"],
];
const list = (sizes: string[]): string => `[${sizes.map((size) => `'Standard_${size}'`).join(", ")}]`;

const MODEL = "Phi-3-mini-4k-instruct";
const type = (kind: string): string => `Microsoft.MachineLearningServices/registries/${kind}`;
const model: Json = {
  id: `azureml://registries/azureml/models/${MODEL}/versions/15`,
  name: "15",
  type: type("models/versions"),
  systemData,
  properties: {
    description: "<text>",
    tags: {
      InferenceLegacyDate: "2025-06-09",
      InferenceDeprecationDate: "2025-06-30",
      InferenceRetirementDate: "2025-08-30",
      FinetuneDeprecationDate: "2025-06-30",
      FinetuneRetirementDate: "2025-08-30",
      task: "chat-completion",
      license: "mit",
      author: "Microsoft",
      displayName: MODEL,
      "disable-batch": "true",
      inference_supported_envs: "['vllm']",
      finetune_compute_allow_list: list(A100),
      inference_compute_allow_list: list(INFERENCE),
      model_specific_defaults:
        '{"apply_deepspeed": "true", "deepspeed_stage": 2, "apply_lora": "true", "apply_ort": "false", "precision": 16, "ignore_mismatched_sizes": "false", "num_train_epochs": 1, "per_device_train_batch_size": 1, "per_device_eval_batch_size": 1, "gradient_accumulation_steps": 1, "learning_rate": 5e-06, "learning_rate_min": 5e-07, "learning_rate_max": 5e-05, "lr_scheduler_type": "cosine", "logging_strategy": "steps", "logging_steps": 10, "save_total_limit": 1}',
    },
    properties: {
      "finetune-min-sku-spec": "24|1|220|64",
      "inference-min-sku-spec": "6|1|112|64",
      "finetuning-tasks": "chat-completion",
    },
    isArchived: false,
    isAnonymous: false,
    flavors: {
      hftransformersv2: { data: { task_type: "chat-completion" } },
      python_function: { data: {} },
    },
    modelType: "mlflow_model",
    modelUri: "https://azuremlregistry.blob.localhost:<blobport>/models/mlflow_model_folder",
    jobName: null,
    stage: null,
    provisioningState: "Succeeded",
  },
};

/** The component's 69 inputs: name, type, default, allowed values or bound. */
const INPUTS = `
  instance_type_model_import | string | Standard_d12_v2
  instance_type_preprocess | string | Standard_d12_v2
  instance_type_finetune | string | Standard_nc24rs_v3
  instance_type_model_evaluation | string | Standard_nc24rs_v3
  shm_size_finetune | string | 5g
  num_nodes_finetune | integer | 1 | >= 1
  number_of_gpu_to_use_finetuning | integer | 1 | >= 1
  huggingface_id | string
  pytorch_model_path | custom_model
  mlflow_model_path | mlflow_model
  finetune_config_path | uri_file
  trust_remote_code | string | false | true / false
  task_name | string | ChatCompletion | ChatCompletion
  batch_size | integer | 1000 | >= 1
  pad_to_max_length | string | false | true / false
  max_seq_length | integer | -1
  train_file_path | uri_file
  validation_file_path | uri_file
  test_file_path | uri_file
  train_mltable_path | mltable
  validation_mltable_path | mltable
  test_mltable_path | mltable
  apply_lora | string | false | true / false
  merge_lora_weights | string | true | true / false
  lora_alpha | integer | 128
  lora_r | integer | 8
  lora_dropout | number | 0.0
  num_train_epochs | integer | 1 | >= 1
  max_steps | integer | -1
  per_device_train_batch_size | integer | 1 | >= 1
  per_device_eval_batch_size | integer | 1 | >= 1
  auto_find_batch_size | string | false | true / false
  optim | string | adamw_torch | adamw_torch / adafactor
  learning_rate | number | 2e-05
  warmup_steps | integer | 0
  weight_decay | number | 0.0
  adam_beta1 | number | 0.9
  adam_beta2 | number | 0.999
  adam_epsilon | number | 1e-8
  gradient_accumulation_steps | integer | 1
  eval_accumulation_steps | integer | -1
  lr_scheduler_type | string | linear | linear / cosine / cosine_with_restarts / polynomial / constant / constant_with_warmup
  precision | string | 32 | 32 / 16
  seed | integer | 42
  enable_full_determinism | string | false | true / false
  dataloader_num_workers | integer | 0
  ignore_mismatched_sizes | string | false | true / false
  max_grad_norm | number | 1.0
  evaluation_strategy | string | epoch | epoch / steps / disable
  evaluation_steps_interval | number | 0.0
  eval_steps | integer | 500
  logging_strategy | string | steps | epoch / steps
  logging_steps | integer | 10
  metric_for_best_model | string | loss | loss / f1 / exact
  resume_from_checkpoint | string | false | true / false
  save_total_limit | integer | -1
  apply_early_stopping | string | false | true / false
  early_stopping_patience | integer | 1
  early_stopping_threshold | number | 0.0
  apply_deepspeed | string | false | true / false
  deepspeed | uri_file
  deepspeed_stage | string | 2 | 2 / 3
  apply_ort | string | false | true / false
  evaluation_config | uri_file
  evaluation_config_params | string
  compute_model_import | string | serverless
  compute_preprocess | string | serverless
  compute_finetune | string | serverless
  compute_model_evaluation | string | serverless`;

/** A component's inputs in the form of the live service: every scalar is text. */
function inputSpecs(): Json {
  const rows = INPUTS.trim()
    .split("\n")
    .map((row) => row.split("|").map((cell) => cell.trim()));
  return Object.fromEntries(
    rows.map(([name = "", kind, byDefault, allowed = ""]) => [
      name,
      {
        type: kind,
        optional: name === "task_name" ? "False" : "True",
        ...(byDefault ? { default: byDefault } : {}),
        ...(allowed.startsWith(">=") ? { min: allowed.slice(3) } : {}),
        ...(allowed && !allowed.startsWith(">=") ? { enum: allowed.split(" / ") } : {}),
      },
    ]),
  );
}

const COMPONENT = "chat_completion_pipeline";
const component: Json = {
  id: `azureml://registries/azureml/components/${COMPONENT}/versions/0.0.82`,
  name: "0.0.82",
  type: type("components/versions"),
  systemData,
  properties: {
    description: "<text>",
    tags: {},
    properties: {},
    isArchived: false,
    isAnonymous: false,
    componentSpec: {
      $schema: "https://azuremlschemas.azureedge.net/latest/pipelineComponent.schema.json",
      type: "pipeline",
      name: COMPONENT,
      version: "0.0.82",
      display_name: "Chat Completion Pipeline",
      description: "<text>",
      inputs: inputSpecs(),
      outputs: {
        pytorch_model_folder: { type: "uri_folder", mode: "rw_mount" },
        mlflow_model_folder: { type: "mlflow_model", mode: "rw_mount" },
      },
    },
    provisioningState: "Succeeded",
  },
};

const get = (
  name: string,
  path: string,
  returns: unknown,
  provenance: Exchange["provenance"] = DOC,
): Exchange => ({
  name,
  provenance,
  send: `GET ${RG}${path}`,
  status: 200,
  returns,
});

export const registry: Golden = {
  about: "the registry azureml",
  needs: "nothing",
  exchanges: [
    {
      name: "it is discovered",
      provenance:
        "inferred: from clients: azure-ai-ml reads it (reference §3, discovery response; subscriptionId needed by 1.27.1)",
      send: "GET /registrymanagement/v1.0/registries/azureml/discovery?api-version=v1.0",
      status: 200,
      returns: {
        registryName: "azureml",
        primaryRegion: "eastus",
        regions: ["eastus", "westeurope"],
        subscriptionId: "<guid:registrySub>",
        resourceGroup: "registry-rg",
        primaryRegionResourceProviderUri: "<base>/",
        registryFqdns: {},
      },
    },
    {
      name: "another registry is unknown",
      provenance: "inferred: ARM's 404 for a registry, which discovery has no public record of",
      send: "GET /registrymanagement/v1.0/registries/other/discovery?api-version=v1.0",
      status: 404,
      returns: { error: { code: "RegistryNotFound", message: "<text>" } },
    },
    get(
      "the latest model is the newest by creation",
      `/models/${MODEL}/versions?${LATEST}`,
      {
        value: [model],
        nextLink: `<base>${RG}/models/${MODEL}/versions?<text>skipToken=1`,
      },
      TAGS,
    ),
    get("a model is read", `/models/${MODEL}/versions/15?${V}`, model, TAGS),
    get("the latest component is the newest by creation", `/components/${COMPONENT}/versions?${LATEST}`, {
      value: [component],
      nextLink: `<base>${RG}/components/${COMPONENT}/versions?<text>skipToken=1`,
    }),
    get("a component is read", `/components/${COMPONENT}/versions/0.0.82?${V}`, component),
    get(
      "an unknown model has no versions",
      `/models/nobody/versions?${LATEST}`,
      { value: [], nextLink: null },
      "inferred: from clients: azure-ai-ml 1.35.2 lists the versions before it shares the first one, and a 404 would end it (models.share, _get_latest)",
    ),
  ],
};
