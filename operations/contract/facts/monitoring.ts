import type { Facts } from "../fact";

const azurerm = "hashicorp/terraform-provider-azurerm, website/docs/r";
const azureDocs = "MicrosoftDocs/azure-ai-docs, articles/machine-learning";
const monitorDocs = "MicrosoftDocs/azure-monitor-docs, articles/azure-monitor";

export const MONITORING_FACTS = {
  "diagnostic-categories": {
    statement:
      "a diagnostic setting of an online endpoint accepts the log categories AmlOnlineEndpointTrafficLog, AmlOnlineEndpointConsoleLog and AmlOnlineEndpointEventLog, one of a workspace those of its runs and clusters, and neither accepts others",
    confidence: "documented",
    source: `${azureDocs}/how-to-monitor-online-endpoints.md (Logs); ${monitorDocs}/reference/supported-logs; that others are refused is observed in public reports ("Category '…' is not supported")`,
  },
  "traffic-log-rows": {
    statement:
      "AmlOnlineEndpointTrafficLog has one row for each request, with EndpointName, AzureMLWorkspaceName and ResponseCode, the code that the client got",
    confidence: "documented",
    source: `${azureDocs}/includes/endpoint-monitor-traffic-reference.md; the type of ResponseCode is not documented`,
  },
  "deployment-utilization-metrics": {
    statement:
      "a deployment has the metrics CpuUtilizationPercentage and GpuUtilizationPercentage (dimension instanceId, aggregations Minimum, Maximum, Average, grain PT1M)",
    confidence: "documented",
    source: `${monitorDocs}/reference/supported-metrics, page of …/onlineEndpoints/deployments`,
  },
  "alert-metric-exists": {
    statement: "a metric alert is refused if the metric's name is not one of its target's metrics",
    confidence: "documented",
    source: `${monitorDocs}/alerts/alerts-troubleshoot-metric.md (names are validated against the Metric Definitions API)`,
  },
  "metric-without-value": {
    statement: "a metric without a value in a window is not below a threshold: a metric alert does not fire",
    confidence: "inferred",
    source:
      "no page states it; a log alert does not depend on the answer, so the alert about missing requests is one",
  },
  "metric-alert-windows": {
    statement:
      "a metric alert is evaluated every 1, 5, 15, 30 or 60 minutes over a window of 1, 5, 15 or 30 minutes, or 1, 6, 12 or 24 hours",
    confidence: "documented",
    source: `${azurerm}/monitor_metric_alert.html.markdown (frequency, window_size)`,
  },
  "log-alert-windows": {
    statement:
      "a log alert has a window of 5, 10, 15, 30 or 45 minutes, 1 to 6 hours, or 1 or 2 days, and is evaluated at most as far apart as its window",
    confidence: "documented",
    source: `${azurerm}/monitor_scheduled_query_rules_alert_v2.html.markdown (evaluation_frequency, window_duration)`,
  },
  "action-group-short-name": {
    statement: "an action group has a short name of 1 to 12 characters",
    confidence: "documented",
    source:
      "Azure/azure-rest-api-specs, Microsoft.Insights actionGroups_API.json (groupShortName, maxLength 12)",
  },
  "budget-starts-a-month": {
    statement: "a monthly cost budget starts on the first day of a month",
    confidence: "documented",
    source: "azure-native 3.28.0, consumption.Budget.timePeriod (from the OpenAPI document 2024-08-01)",
  },
  "budget-has-receiver": {
    statement: "each notification of a budget names an address, an action group or a role",
    confidence: "documented",
    source: "azure-native 3.28.0, consumption.NotificationArgs (from the OpenAPI document 2024-08-01)",
  },
  "budget-keeps-its-start": {
    statement: "a budget whose start lies in an earlier month can still be updated with that start",
    confidence: "inferred",
    source:
      "azurerm replaces a consumption budget only if time_period.start_date changes (consumption_budget_resource_group.html.markdown)",
  },
  "autoscale-of-deployment": {
    statement:
      "an autoscale setting has a deployment as its target, a minimum, a maximum and a default between them, and rules about the deployment's metrics",
    confidence: "documented",
    source: `${azureDocs}/how-to-autoscale-endpoints.md; Azure/azureml-examples, cli/deploy-moe-autoscale.sh`,
  },
} as const satisfies Facts;
