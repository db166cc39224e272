import type { Facts } from "../fact";

/** Registries: discovery, versions, tags. */
export const REGISTRY_FACTS = {
  "registry-discovery": {
    statement:
      "a registry's discovery answers the address of its API, its subscription and its resource group to a token for ARM",
    confidence: "observed",
    source:
      "azure-ai-ml 1.35.2, _utils/_registry_utils.py: primaryRegionResourceProviderUri, subscriptionId, resourceGroup",
  },
  "unknown-registry-is-404": {
    statement: "the discovery of a registry that does not exist is answered with 404",
    confidence: "inferred",
    source: "no public record of the answer",
  },
  "newest-version-first": {
    statement:
      "versions in the order createdtime desc begin with the one created last, which is what the label latest means",
    confidence: "observed",
    source:
      "azure-ai-ml 1.35.2, _utils/_asset_utils.py: _get_latest_version_from_container is not used for registries",
  },
  "asset-version-in-id": {
    statement: "the id of a version ends in /versions/<version>",
    confidence: "observed",
    source: "azure-ai-ml 1.35.2, Model._from_rest_object reads name and version from the id",
  },
  "missing-version-is-404": {
    statement: "a version that does not exist is answered with 404",
    confidence: "inferred",
    source: "azure-ai-ml 1.35.2 maps 404 to ResourceNotFoundError",
  },
  "component-inputs-declared": {
    statement:
      "a registry component's componentSpec.inputs declares type, optional and default of every input",
    confidence: "observed",
    source:
      "Azure/azureml-assets, components/pipeline_components/chat_completion/spec.yaml; azure-ai-ml 1.35.2 reads componentSpec.inputs",
  },
  "component-accepts-validation-file": {
    statement: "chat_completion_pipeline declares train_file_path, validation_file_path and test_file_path",
    confidence: "observed",
    source: "Azure/azureml-assets, components/pipeline_components/chat_completion/spec.yaml",
  },
  "allow-lists-in-tags": {
    statement:
      "the tags finetune_compute_allow_list and inference_compute_allow_list of a model are Python lists of sizes as text",
    confidence: "observed",
    source: "Azure/azureml-assets, assets/models/system/Phi-3-mini-4k-instruct/spec.yaml",
  },
  "defaults-in-tags": {
    statement:
      "the tag model_specific_defaults of a model is a Python dictionary of training parameters as text",
    confidence: "observed",
    source: "Azure/azureml-assets, assets/models/system/Phi-3-mini-4k-instruct/spec.yaml",
  },
} as const satisfies Facts;
