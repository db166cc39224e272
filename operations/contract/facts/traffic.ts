import type { Facts } from "../fact";

export const TRAFFIC_FACTS = {
  "traffic-to-existing-deployments": {
    statement: "traffic refers only to existing deployments",
    confidence: "inferred",
    source: "traffic to a missing deployment could not be served",
  },
  "traffic-sums-to-zero-or-hundred": {
    statement: "traffic is in whole percentages that sum to 0 or 100",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: the sum must be 0 or 100",
  },
  "mirror-at-most-half": {
    statement: "at most 50 percent of the traffic can be mirrored",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: mirrored traffic",
  },
  "mirror-to-one-deployment": {
    statement: "traffic is mirrored to one deployment only",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: mirrored traffic",
  },
  "live-or-mirrored": {
    statement: "a deployment receives live or mirrored traffic, not both",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: mirrored traffic",
  },
  "deployment-with-traffic-not-deletable": {
    statement: "a deployment that receives traffic cannot be deleted",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: set its traffic to 0 first",
  },
  "mirror-beside-live-traffic": {
    statement:
      "traffic is mirrored to a deployment without live traffic while another one has all live traffic",
    confidence: "documented",
    source:
      "Microsoft Learn, how-to-safely-rollout-online-endpoints: requests still go to blue, and a copy of a share to green, which has 0",
  },
  "endpoint-request-metrics": {
    statement:
      "Azure Monitor has RequestsPerMinute (by deployment, statusCode, statusCodeClass, modelStatusCode) and RequestLatency_P50, P90, P95, P99 (by deployment) of an endpoint: aggregation Average, grain PT1M",
    confidence: "documented",
    source:
      "MicrosoftDocs/azure-monitor-docs, reference/supported-metrics of Microsoft.MachineLearningServices/workspaces/onlineEndpoints; that of …/deployments has no metric of requests",
  },
  "endpoint-metrics-query": {
    statement:
      "GET {endpoint}/providers/Microsoft.Insights/metrics with metricnames, timespan, interval, aggregation and a $filter on dimensions returns one series for each combination of their values, minutes without data without a value, and no series without any data",
    confidence: "documented",
    source:
      "Azure/azure-rest-api-specs, Microsoft.Insights/Insights/stable/2024-02-01/metrics_API.json, Metrics_List, and example GetMetric.json of 2018-01-01 (names of dimensions in lower case); open-telemetry/opentelemetry-collector-contrib#44940 (no series)",
  },
  "endpoint-metrics-lag": {
    statement: "the metrics of a minute exist within four minutes after it",
    confidence: "inferred",
    source:
      "Microsoft Learn, azure-monitor/logs/data-ingestion-time: platform metrics are available in under a minute; Azure/azure-libraries-for-net#499: clients saw none, or 0, for the last two minutes",
  },
  "endpoint-metrics-mirrored": {
    statement: "mirrored requests count in the metrics of the deployment that receives them",
    confidence: "inferred",
    source:
      "Microsoft Learn, how-to-safely-rollout-online-endpoints: mirroring serves to gather metrics of the new deployment; no page says under which dimension",
  },
  "endpoint-metrics-role": {
    statement:
      "the action Microsoft.Insights/metrics/read on the endpoint reads its metrics; the roles Monitoring Reader, Contributor and Owner include it",
    confidence: "documented",
    source:
      "Microsoft Learn, azure-monitor roles-permissions-security and built-in roles: Monitoring Reader has */read; Azure names the action in its refusal",
  },
} as const satisfies Facts;
