import type { Facts } from "../fact";

/** What the program's ARM client assumes of every service. */
export const ARM_FACTS = {
  "operation-address": {
    statement:
      "a PUT that does not finish at once names an operation in Azure-AsyncOperation or Location, or the resource's provisioningState shows its end",
    confidence: "documented",
    source: "Microsoft Learn, azure-resource-manager/management/async-operations",
  },
  "operation-status": {
    statement: "the status document of an operation has a status that ends as Succeeded, Failed or Canceled",
    confidence: "documented",
    source: "Microsoft Learn, azure-resource-manager/management/async-operations",
  },
  "operation-on-arm-host": {
    statement:
      "the addresses of operations are on ARM's own host, so the program sends its token nowhere else",
    confidence: "inferred",
    source:
      "recorded answers in tests of Azure/azure-sdk-for-python, sdk/ml (mfeOperationsStatus, computeOperationsStatus)",
  },
  "missing-resource-is-404": {
    statement: "the GET of a workspace's resource that does not exist is answered with 404 and an error code",
    confidence: "documented",
    source: "Microsoft Learn, azure-resource-manager/troubleshooting/error-not-found",
  },
  "missing-asset-code": {
    statement:
      "the 404 of a data or model version has the code UserError, which the azure-native provider does not take for absence",
    confidence: "inferred",
    source:
      "ResourceNotFoundError: (UserError) of azure-ai-ml for environments, components and datastores; pulumi/pulumi-azure-native#4416, #4841",
  },
  "deletion-of-missing-resource": {
    statement: "the DELETE of a resource that does not exist is answered with 204 or 404",
    confidence: "documented",
    source: "microsoft/api-guidelines, azure ARM RPC: DELETE is idempotent",
  },
  "page-link": {
    statement: "the next page of a list is an absolute address on ARM's host in nextLink",
    confidence: "documented",
    source: "microsoft/api-guidelines, azure/Guidelines.md: collections",
  },
  "error-document": {
    statement: "an error has error.code and error.message; causes stand in error.details",
    confidence: "documented",
    source:
      "Microsoft Learn, Azure REST API error responses (common-types ErrorResponse in Azure/azure-rest-api-specs)",
  },
  "provider-registration": {
    statement:
      "a resource provider reports in registrationState whether the subscription is registered for it",
    confidence: "documented",
    source: "Microsoft Learn, azure-resource-manager/management/resource-providers-and-types",
  },
  "metadata-document": {
    statement: "ARM describes its cloud without a token: login endpoint, audiences and storage suffix",
    confidence: "observed",
    source: "azure-native 3.28.0 and azure-ai-ml 1.35.2 read metadata/endpoints",
  },
  "resources-by-tag": {
    statement: "the resources of a group can be listed by the name of a tag",
    confidence: "documented",
    source: "Microsoft Learn, Resources - List By Resource Group, $filter",
  },
} as const satisfies Facts;
