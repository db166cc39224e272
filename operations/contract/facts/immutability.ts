import type { Facts } from "../fact";

export const IMMUTABILITY_FACTS = {
  "data-version-fixed": {
    statement: "a data version's uri and type never change",
    confidence: "documented",
    source: "how-to-create-data-assets: data assets are immutable",
  },
  "data-container-type-fixed": {
    statement: "all versions of a data asset have one type",
    confidence: "observed",
    source: "dataType of the data container in Azure's OpenAPI documents is create-only",
  },
  "model-version-fixed": {
    statement: "a model version's files and type never change",
    confidence: "documented",
    source: "how-to-manage-models: models are versioned; the same PUT again is answered with the version",
  },
  "asset-content-fixed": {
    statement: "the content of a version of an environment, a component or code never changes",
    confidence: "documented",
    source:
      "concept-azure-machine-learning-v2: assets are versioned; how-to-manage-environments-v2: only tags and description are updated",
  },
  "job-name-used-once": {
    statement:
      "a job's name is used once: another job with that name is refused, the same job again is accepted",
    confidence: "documented",
    source: "schema of the job YAML: the name must be unique across all jobs in the workspace",
  },
  "cluster-size-fixed": {
    statement: "a cluster's size, priority and operating system never change",
    confidence: "documented",
    source: "how-to-create-attach-compute-cluster: delete it and make another",
  },
  "deployment-size-fixed": {
    statement: "a deployment's instance type never changes",
    confidence: "documented",
    source:
      "Az.MachineLearningServices, IOnlineDeployment.InstanceType: Create, no Update; Azure/AML-Kubernetes#247; status and code are inferred",
  },
  "endpoint-auth-fixed": {
    statement: "an endpoint's authMode never changes",
    confidence: "documented",
    source: "how-to-authenticate-online-endpoint",
  },
  "workspace-dependencies-fixed": {
    statement: "a workspace keeps its storage account and its key vault",
    confidence: "documented",
    source: "concept-workspace: associated resources cannot be exchanged",
  },
  "storage-kind-fixed": {
    statement: "a storage account keeps its kind; only Storage can become StorageV2",
    confidence: "documented",
    source: "storage-account-upgrade",
  },
  "storage-namespace-fixed": {
    statement: "a storage account's hierarchical namespace is set at creation",
    confidence: "observed",
    source: "isHnsEnabled is force-new in the azure-native provider",
  },
  "location-fixed": {
    statement: "a resource's location never changes",
    confidence: "documented",
    source: "ARM's common errors: InvalidResourceLocation",
  },
  "purge-protection-fixed": {
    statement: "a vault's purge protection cannot be turned off",
    confidence: "documented",
    source: "key-vault soft-delete overview",
  },
  "role-principal-fixed": {
    statement: "a role assignment keeps its principal",
    confidence: "documented",
    source: "role-based-access-control troubleshooting: RoleAssignmentUpdateNotPermitted",
  },
} as const satisfies Facts;
