import type { Facts } from "../fact";

export const SOFT_DELETE_FACTS = {
  "workspace-name-kept-after-delete": {
    statement: "a deleted workspace keeps its name for 14 days, until it is purged or recovered",
    confidence: "documented",
    source:
      "concept-soft-delete; code BadRequest and message in Azure/ResourceModules#3596 (there as the result of a deployment: whether the PUT itself is refused or its operation fails is not known)",
  },
  "deleted-workspaces-listed": {
    statement:
      "providers/Microsoft.MachineLearningServices/deletedWorkspaces lists the soft-deleted workspaces of a subscription",
    confidence: "inferred",
    source:
      "public scripts read it with 2024-04-01 and 2024-10-01; concept-soft-delete documents only the portal's view, and one report says that the type is not available in its subscription",
  },
  "deleted-workspace-purged-by-id": {
    statement:
      "a DELETE with forceToPurge of a soft-deleted workspace's own id purges it; its name is free afterwards",
    confidence: "observed",
    source:
      "Azure/ResourceModules, utilities/pipelines/resourceRemoval/helper/Invoke-ResourcePostRemoval.ps1; one public report of a 204 after which the name stayed reserved",
  },
  "vault-name-kept-after-delete": {
    statement: "a deleted vault keeps its name for its retention period, until it is purged or recovered",
    confidence: "documented",
    source: "key-vault soft-delete overview",
  },
  "recovered-vault-keeps-properties": {
    statement: "a recovered vault has the properties from before its deletion, not those of the request",
    confidence: "observed",
    source: "Azure/azure-rest-api-specs#21306 (ipRules of the request with createMode recover are ignored)",
  },
  "only-deleted-vault-recovered": {
    statement: "createMode recover is refused for a name that no deleted and no existing vault has",
    confidence: "observed",
    source:
      "SoftDeletedVaultDoesNotExist in AzureCosmosDB/OmniVec#24; Azure Service Operator's guide on key vaults; accepted for an existing vault: tonesandtones.github.io/key-vault-access-policies-with-arm; the status is not public",
  },
  "vault-retention": {
    statement: "a vault is retained for 7 to 90 days after its deletion, as set at its creation",
    confidence: "documented",
    source: "key-vault soft-delete overview: softDeleteRetentionInDays cannot change",
  },
  "protected-vault-not-purgeable": {
    statement: "a deleted vault with purge protection cannot be purged",
    confidence: "documented",
    source: "key-vault soft-delete overview",
  },
} as const satisfies Facts;
