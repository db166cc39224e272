import type { Facts } from "../fact";

const read =
  "members that the program, azure-native 3.28.0 or azure-ai-ml 1.35.2 read; the local cloud's golden bodies are inferred from them";

/** Members of answers on which clients depend. */
export const ANSWER_FACTS = {
  "workspace-answer": {
    statement:
      "a workspace's answer has location, identity, workspaceId, discoveryUrl, mlFlowTrackingUri, storageAccount, keyVault and provisioningState",
    confidence: "observed",
    source: read,
  },
  "storage-account-answer": {
    statement: "a storage account's answer has the address of its blob service in primaryEndpoints.blob",
    confidence: "documented",
    source: "Microsoft Learn, Storage Accounts - Get Properties",
  },
  "vault-answer": {
    statement: "a key vault's answer has vaultUri, tenantId and sku",
    confidence: "documented",
    source: "Microsoft Learn, Vaults - Get",
  },
  "cluster-answer": {
    statement:
      "a cluster's answer has computeType, provisioningState, vmSize, vmPriority, scaleSettings, allocationState and counts of its nodes",
    confidence: "observed",
    source: read,
  },
  "datastore-answer": {
    statement:
      "a blob datastore's answer has datastoreType, accountName, containerName, endpoint, protocol and credentials",
    confidence: "observed",
    source: read,
  },
  "data-version-answer": {
    statement: "a data version's answer has dataType, dataUri, tags and isArchived",
    confidence: "observed",
    source: read,
  },
  "model-version-answer": {
    statement: "a model version's answer has modelType, modelUri and flavors as an object",
    confidence: "observed",
    source: read,
  },
  "job-answer": {
    statement:
      "a pipeline job's answer has jobType, status, displayName, experimentName, tags, properties, outputs, services and systemData.createdAt",
    confidence: "observed",
    source: read,
  },
  "endpoint-answer": {
    statement:
      "an endpoint's answer has location, identity, authMode, scoringUri, swaggerUri, traffic and provisioningState",
    confidence: "observed",
    source: read,
  },
  "deployment-answer": {
    statement:
      "a deployment's answer has sku.capacity, instanceType, model, scaleSettings, requestSettings, probes and provisioningState",
    confidence: "observed",
    source: read,
  },
  "mlflow-run-answer": {
    statement:
      "MLflow's run has info.run_id, info.experiment_id, info.status and lists of metrics with key, value and step",
    confidence: "documented",
    source: "MLflow's REST API 2.0, runs/get",
  },
  "environment-version-answer": {
    statement: "an environment version's answer has image, tags and isArchived",
    confidence: "observed",
    source: read,
  },
  "connection-hides-credentials": {
    statement: "a workspace connection's answer does not contain its credentials",
    confidence: "observed",
    source: "type files of azure-native 3.28.0, WorkspaceConnectionPropertiesV2: credentials are write-only",
  },
  "log-workspace-answer": {
    statement: "a Log Analytics workspace's answer has customerId and provisioningState",
    confidence: "documented",
    source: "Azure/azure-rest-api-specs, Microsoft.OperationalInsights 2023-09-01, Workspaces_Get",
  },
  "insights-component-answer": {
    statement:
      "the PUT of an Application Insights component is answered with 200 or 201 and its ConnectionString",
    confidence: "documented",
    source: "Azure/azure-rest-api-specs, Microsoft.Insights components 2020-02-02, Components_CreateOrUpdate",
  },
  "template-deployment-answer": {
    statement:
      "the deployment of a template answers with provisioningState and the ids of its outputResources",
    confidence: "documented",
    source: "Azure/azure-rest-api-specs, Microsoft.Resources deployments 2021-04-01, DeploymentExtended",
  },
  "mlflow-registers-models": {
    statement:
      "MLflow's registered models are the workspace's models: they can be created, read and tagged, not renamed or deleted",
    confidence: "documented",
    source: "Microsoft Learn, how-to-manage-models-mlflow: model registry operations that MLflow supports",
  },
} as const satisfies Facts;
