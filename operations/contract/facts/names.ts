import type { Facts } from "../fact";

export const NAME_FACTS = {
  "name-of-resource-group": {
    statement:
      "names of resource groups have 1 to 90 letters, digits, underscores, hyphens, parentheses and periods, not ending in a period",
    confidence: "documented",
    source: "Azure resource naming rules (resource-name-rules)",
  },
  "name-of-storage-account": {
    statement: "names of storage accounts have 3 to 24 lower-case letters and digits",
    confidence: "documented",
    source: "Azure resource naming rules (resource-name-rules)",
  },
  "name-of-blob-container": {
    statement:
      "names of blob containers have 3 to 63 lower-case letters, digits and single hyphens, beginning and ending with a letter or digit",
    confidence: "documented",
    source: "Azure resource naming rules (resource-name-rules)",
  },
  "name-of-vault": {
    statement:
      "names of key vaults have 3 to 24 letters, digits and single hyphens, beginning with a letter and ending with a letter or digit",
    confidence: "documented",
    source: "Azure resource naming rules (resource-name-rules)",
  },
  "name-of-log-workspace": {
    statement:
      "names of Log Analytics workspaces have 4 to 63 letters, digits and hyphens, beginning and ending with a letter or digit",
    confidence: "documented",
    source: "Azure resource naming rules (resource-name-rules)",
  },
  "name-of-managed-identity": {
    statement:
      "names of managed identities have 3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit",
    confidence: "documented",
    source: "Azure resource naming rules (resource-name-rules)",
  },
  "name-of-workspace": {
    statement: "names of machine learning workspaces have 3 to 33 letters, digits, hyphens and underscores",
    confidence: "documented",
    source: "Azure resource naming rules (resource-name-rules)",
  },
  "name-of-registry": {
    statement: "names of machine learning registries have 3 to 33 letters, digits, hyphens and underscores",
    confidence: "documented",
    source:
      "REST reference of registry-model-containers, pattern of registryName; how-to-manage-registries.md (MicrosoftDocs/azure-ai-docs) says 2 to 32, so the program accepts 3 to 32",
  },
  "name-of-compute": {
    statement:
      "names of computes have 3 to 24 letters, digits and hyphens, beginning with a letter, not ending in a hyphen and digits only",
    confidence: "observed",
    source: "pattern of computeName in Azure's OpenAPI documents",
  },
  "name-of-datastore": {
    statement: "names of datastores have letters, digits and underscores",
    confidence: "observed",
    source: "message of the service's clients",
  },
  "name-of-asset": {
    statement:
      "names and versions of data, environments, components and code have 1 to 255 letters, digits, hyphens, underscores and periods, beginning with a letter or digit",
    confidence: "observed",
    source: "pattern of asset names in Azure's OpenAPI documents",
  },
  "name-of-model-version": {
    statement:
      "versions of models have 1 to 30 letters, digits, dots, dashes and underscores, beginning with a letter or digit",
    confidence: "inferred",
    source: "limits of Azure Machine Learning assets",
  },
  "name-of-job": {
    statement:
      "names of jobs have 1 to 255 letters, digits, underscores and dashes, beginning with a letter or digit",
    confidence: "documented",
    source: "schema of the job YAML (name)",
  },
  "name-of-online": {
    statement:
      "names of online endpoints and deployments have 3 to 32 letters, digits and dashes, beginning with a letter, ending with a letter or digit",
    confidence: "documented",
    source: "limits for online endpoints (how-to-manage-quotas)",
  },
  "endpoint-name-unique-in-region": {
    statement: "an endpoint's name is unique in its region, over all workspaces",
    confidence: "documented",
    source:
      "how-to-deploy-online-endpoints: the name is part of the scoring address; message in Azure/azureml-examples#1931, code of the detail in Azure/azure-cli-extensions#7660",
  },
  "storage-name-unique": {
    statement: "a storage account's name is unique in the whole cloud",
    confidence: "documented",
    source: "Azure resource naming rules (resource-name-rules): scope global",
  },
  "registry-name-unique": {
    statement: "a registry's name is unique in the tenant",
    confidence: "documented",
    source: "how-to-manage-registries.md (MicrosoftDocs/azure-ai-docs); status and code are inferred",
  },
  "vault-name-unique": {
    statement: "a key vault's name is unique in the whole cloud",
    confidence: "documented",
    source: "Azure resource naming rules (resource-name-rules): scope global",
  },
} as const satisfies Facts;
