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
  "unknown-model-has-no-versions": {
    statement: "the list of the versions of a model that a registry does not have is empty, not a 404",
    confidence: "observed",
    source:
      "azure-ai-ml 1.35.2, models.share lists the versions of the new model first and does not catch a 404 (_get_latest, list_registry_assets)",
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
  "import-replaces-version": {
    statement:
      "an import copies a workspace's model version deeply into a registry and replaces a version that exists there",
    confidence: "observed",
    source:
      "azure-ai-ml 1.14.0, _restclient/v2021_10_01_dataplanepreview, begin_import_method; 1.35.2 therefore looks for the version first",
  },
  "import-copies-tags": {
    statement: "the imported version has the tags, properties, description and flavors of its source",
    confidence: "inferred",
    source:
      "it is called a deep copy (azure-ai-ml 1.14.0); the program compares the tags afterwards and writes what is missing",
  },
  "import-answers-nothing": {
    statement: "the last answer of an import has no body",
    confidence: "observed",
    source:
      "azure-ai-ml 1.35.2, ModelOperations.create_or_update: only without a body it reads the version; with one it would upload files",
  },
  "registry-files-by-sas": {
    statement:
      "datarefs answers the URL of the container with a version's files, with a SAS that can list and read",
    confidence: "observed",
    source:
      "azure-ai-ml 1.35.2, get_storage_details_for_registry_assets and BlobStorageClient.download; Azure/azure-rest-api-specs, DataReference/getBlobReferenceSAS.json",
  },
  "registry-uri-by-account": {
    statement:
      "the modelUri of a registry's version is https://<account>.blob.<suffix>/<container>/<path>: clients split it by these parts",
    confidence: "observed",
    source: "azure-ai-ml 1.35.2, STORAGE_URI_REGEX and get_ds_name_and_path_prefix, used by models.download",
  },
  "registry-version-filters": {
    statement:
      "a list of a registry's model versions has the filters version, description, tags, properties and listViewType, and not stage",
    confidence: "documented",
    source:
      "azure-ai-ml 1.28.1, generated clients v2021_10_01_dataplanepreview (model_versions) and v2022_10_01_preview to v2025_01_01_preview (registry_model_versions)",
  },
  "registry-version-tags-change": {
    statement:
      "tags and the archived mark of a registry's model version are changed by writing the version back",
    confidence: "observed",
    source: "azure-ai-ml 1.35.2, _archive_or_restore; az ml model update --registry-name",
  },
  "registry-delete-removes-managed-group": {
    statement: "deleting a registry deletes its managed resource group with the storage accounts",
    confidence: "inferred",
    source: "the group belongs to the registry (properties.managedResourceGroup); no public record",
  },
  "copied-blobs-keep-md5": {
    statement: "files that an import copied have the Content-MD5 of their source, if it has one",
    confidence: "inferred",
    source: "Copy Blob copies the properties of a blob; that an import uses it is not documented",
  },
  "deployment-of-registry-version": {
    statement:
      "a managed online deployment names a registry's model version as azureml://registries/<registry>/models/<name>/versions/<version>",
    confidence: "documented",
    source:
      "how-to-share-models-pipelines-across-workspaces-with-registries.md (MicrosoftDocs/azure-ai-docs); a report of 2023 says that it failed without an environment (Azure/azure-sdk-for-python#33598, open)",
  },
  "deployment-of-other-workspace": {
    statement: "a deployment cannot be relied on to serve a model version of another workspace",
    confidence: "inferred",
    source:
      "concept-online-deployment-model-specification.md names models of the own workspace only; azure-ai-ml 1.35.2 passes any ARM id on (OperationOrchestrator.get_asset_arm_id)",
  },
} as const satisfies Facts;
