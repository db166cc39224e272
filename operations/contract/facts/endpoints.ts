import type { Facts } from "../fact";

/** Clusters, online endpoints and scoring. */
export const ENDPOINT_FACTS = {
  "compute-deletion-action": {
    statement:
      "a cluster's DELETE with underlyingResourceAction=Delete is accepted, and the cluster is then not found",
    confidence: "documented",
    source: "Azure/azure-rest-api-specs, Compute_Delete: underlyingResourceAction is required",
  },
  "compute-deletion-without-action": {
    statement: "a cluster's DELETE without underlyingResourceAction is accepted",
    confidence: "inferred",
    source:
      "azure-native sends no query parameter but api-version (pulumi/pulumi-azure-native, provider/pkg/provider/provider.go: azureClient.Delete with nil; no custom resource for computes), and no report says that its deletion of a cluster fails; the OpenAPI document declares the parameter required",
  },
  "idle-cluster-has-no-node": {
    statement: "a new cluster with 0 minimum nodes has no node, so it bills nothing",
    confidence: "documented",
    source: "Microsoft Learn, how-to-create-attach-compute-cluster: minimum nodes 0",
  },
  "usages-by-family": {
    statement:
      "usages of a region have a row with currentValue and limit for the family of each size in vmSizes",
    confidence: "observed",
    source:
      "recorded answers of 2026 and the OpenAPI example Usage/list.json name the families differently (azureml/quotas.ts reads both)",
  },
  "endpoint-scoring-address": {
    statement: "a new endpoint has a scoringUri with https before it has a deployment",
    confidence: "observed",
    source: "output of az ml online-endpoint create in Azure/azureml-examples",
  },
  "endpoint-keys": {
    statement: "listKeys of an endpoint with authMode Key returns primaryKey and secondaryKey",
    confidence: "documented",
    source: "Azure/azure-rest-api-specs, EndpointAuthKeys, examples OnlineEndpoint/KeyAuth/listKeys.json",
  },
  "endpoint-public-by-default": {
    statement: "an endpoint created without publicNetworkAccess has Enabled",
    confidence: "documented",
    source: "Azure/azure-rest-api-specs, OnlineEndpointProperties.publicNetworkAccess: default Enabled",
  },
  "endpoint-put-replaces-tags": {
    statement: "an endpoint's PUT replaces its tags: what it does not send is gone, unless a policy adds it",
    confidence: "documented",
    source: "microsoft/api-guidelines, azure ARM RPC: PUT replaces the resource",
  },
  "endpoint-accepts-its-own-answer": {
    statement:
      "the writable part of what GET returns of an endpoint is accepted by a PUT of the same api-version",
    confidence: "inferred",
    source:
      "the program sends the whole endpoint to change its traffic; the service has no smaller operation",
  },
  "endpoint-patch-moves-no-traffic": {
    statement:
      "the PATCH of an endpoint changes tags and identity only, so traffic needs a PUT of the whole endpoint",
    confidence: "documented",
    source:
      "Azure/azure-rest-api-specs, MachineLearningServices.Management/OnlineEndpoint.tsp, update; Go module armmachinelearning 4.0.0, PartialMinimalTrackedResourceWithIdentity",
  },
  "traffic-change-keeps-the-rest": {
    statement: "a PUT that changes traffic leaves scoringUri, authMode and description as they are",
    confidence: "inferred",
    source:
      "Microsoft Learn, how-to-safely-rollout-online-endpoints changes traffic by an update of the endpoint",
  },
  "score-by-deployment-header": {
    statement:
      "the header azureml-model-deployment sends a request to that deployment, also if it has no traffic",
    confidence: "documented",
    source: "Microsoft Learn, how-to-safely-rollout-online-endpoints: test a deployment without traffic",
  },
  "score-answer-text": {
    statement: "a chat model's answer to input_data.input_string contains the text of the answer",
    confidence: "observed",
    source:
      "the notebook's scoring request, Azure/azureml-examples sdk/python/foundation-models/system/finetune/chat-completion",
  },
  "score-with-wrong-key": {
    statement: "a scoring request with a wrong key is answered with 401",
    confidence: "documented",
    source: "Microsoft Learn, how-to-troubleshoot-online-endpoints: HTTP status codes",
  },
  "purged-workspace-name-is-free": {
    statement: "a workspace deleted with forceToPurge is gone: its name can be used at once",
    confidence: "documented",
    source:
      "Azure/azure-rest-api-specs, Workspaces_Delete: forceToPurge; Microsoft Learn, concept-soft-delete",
  },
} as const satisfies Facts;
