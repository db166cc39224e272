import type { Facts } from "../fact";

export const LIFECYCLE_FACTS = {
  "name-free-once-deleted": {
    statement:
      "a cluster (like any resource) can be created again under its name only after its deletion has ended",
    confidence: "observed",
    source: "answer 409 while provisioningState is Deleting",
  },
  "group-not-being-deleted": {
    statement: "no resource can be created in a resource group that is being deleted",
    confidence: "documented",
    source: "ARM's common errors: ResourceGroupBeingDeleted",
  },
  "one-operation-at-a-time": {
    statement: "an endpoint or deployment allows one operation at a time",
    confidence: "documented",
    source:
      "how-to-troubleshoot-online-endpoints: 409; AnotherOperationInProgress is retried by azure-native",
  },
  "failed-endpoint-takes-no-deployment": {
    statement: "a failed endpoint accepts no deployment until it is updated",
    confidence: "inferred",
    source: "how-to-troubleshoot-online-endpoints: a failed resource must be updated or deleted",
  },
  "running-job-not-deletable": {
    statement: "a job that has not ended cannot be deleted",
    confidence: "inferred",
    source: "jobs are cancelled first, in every client",
  },
  "model-of-completed-job": {
    statement: "only the output of a completed job can be registered as a model",
    confidence: "inferred",
    source: "the output's files are complete when its job is",
  },
  "default-datastore-not-deletable": {
    statement: "a workspace's default datastore cannot be deleted",
    confidence: "inferred",
    source: "the service refuses it; its message is not public",
  },
  "role-assigned-once": {
    statement: "a role can be assigned to a principal at a scope only once",
    confidence: "documented",
    source: "role-based-access-control troubleshooting: RoleAssignmentExists",
  },
  "request-timeout-limit": {
    statement: "a deployment's request timeout is at most 180 seconds",
    confidence: "documented",
    source: "limits for online endpoints (how-to-manage-quotas)",
  },
  "pending-requests-limit": {
    statement:
      "a deployment allows twice its concurrent requests as pending and answers a further one with 429",
    confidence: "documented",
    source: "how-to-troubleshoot-online-endpoints: 429, too many pending requests",
  },
  "tag-limits": {
    statement: "a resource has at most 50 tags, with names of up to 512 and values of up to 256 characters",
    confidence: "documented",
    source: "ARM's tag limits (tag-resources)",
  },
  "registry-serves-its-regions": {
    statement:
      "a registry's model can be deployed in workspaces whose region is one of the registry's regions",
    confidence: "documented",
    source:
      "how-to-share-models-pipelines-across-workspaces-with-registries.md (MicrosoftDocs/azure-ai-docs), Deploy model from registry; status and code are inferred",
  },
} as const satisfies Facts;
