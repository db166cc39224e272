import * as monitor from "@pulumi/azure-native/monitor";
import * as pulumi from "@pulumi/pulumi";
import { monitoringNames } from "../azureml/monitoringNames";
import { errorRateQuery, requestCountQuery } from "../azureml/trafficQueries";
import type { StackConfig } from "../config/stackConfig";
import type { Monitoring } from "./monitoring";
import type { OnlineEndpoint } from "./onlineEndpoint";
import type { StackArgs } from "./stackArgs";
import type { Workspace } from "./workspace";

interface EndpointMonitoringArgs extends StackArgs {
  workspace: Workspace;
  endpoint: OnlineEndpoint;
  monitoring: Monitoring;
  /** Section `monitoring` of the stack configuration. */
  config: StackConfig["monitoring"];
}

/**
 * Log categories of an online endpoint: requests, output of the containers, and what happens to the containers. Source:
 * MicrosoftDocs/azure-ai-docs, articles/machine-learning/how-to-monitor-online-endpoints.md (Logs).
 */
const endpointLogs = [
  "AmlOnlineEndpointTrafficLog",
  "AmlOnlineEndpointConsoleLog",
  "AmlOnlineEndpointEventLog",
];

const metricNamespace = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints";

/** 0 is the severest, 4 the least severe. */
const severity = { requestsFail: 1, requestsAreSlow: 2, requestsAreMissing: 2 };

const period = (minutes: number): string => `PT${minutes}M`;

/** Logs of the endpoint and the alerts about its requests. They are deleted with the endpoint. */
export class EndpointMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: EndpointMonitoringArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:EndpointMonitoring", name, {}, options);
    const { config, endpoint, monitoring } = args;
    if (monitoring.logsId)
      new monitor.DiagnosticSetting(
        `${name}-logs`,
        {
          name: monitoringNames(args.identity).diagnostics,
          resourceUri: endpoint.endpointId,
          workspaceId: monitoring.logsId,
          logs: endpointLogs.map((category) => ({ category, enabled: true })),
        },
        { parent: this },
      );
    if (config.alerts.latencyP95Ms !== undefined) this.latency(name, config.alerts.latencyP95Ms, args);
    if (monitoring.logsId) this.logAlerts(name, monitoring.logsId, args);
    this.registerOutputs({});
  }

  /**
   * A metric alert. Metric and dimensions: MicrosoftDocs/azure-monitor-docs, reference of supported metrics, page of
   * Microsoft.MachineLearningServices/workspaces/onlineEndpoints. Without a dimension it judges what callers of the endpoint get.
   */
  private latency(name: string, threshold: number, args: EndpointMonitoringArgs): void {
    const { workspace, endpoint, monitoring, config, identity, tags } = args;
    new monitor.MetricAlert(
      `${name}-latency`,
      {
        ruleName: monitoringNames(identity).latencyAlert,
        resourceGroupName: workspace.ref.resourceGroupName,
        location: "global",
        description: `The 95th percentile of the request latency is above ${threshold} ms.`,
        severity: severity.requestsAreSlow,
        enabled: true,
        autoMitigate: true,
        scopes: [endpoint.endpointId],
        evaluationFrequency: period(5),
        windowSize: period(config.alerts.windowMinutes),
        criteria: {
          odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
          allOf: [
            {
              criterionType: "StaticThresholdCriterion",
              name: "latency-p95",
              metricNamespace,
              metricName: "RequestLatency_P95",
              timeAggregation: "Average",
              operator: "GreaterThan",
              threshold,
            },
          ],
        },
        actions: monitoring.actionGroupIds.map((actionGroupId) => ({ actionGroupId })),
        tags,
      },
      { parent: this },
    );
  }

  /**
   * Log alerts. A metric alert compares one aggregated metric with a threshold: it cannot divide failed requests by all requests,
   * and a metric without a value is not below a threshold. The traffic log has one row for each request, so a query can do both.
   */
  private logAlerts(name: string, logsId: pulumi.Output<string>, args: EndpointMonitoringArgs): void {
    const { config, identity, workspace, endpoint } = args;
    const { errorRate, minRequests, windowMinutes, noRequestsMinutes } = config.alerts;
    const names = monitoringNames(identity);
    const of = { workspace: workspace.ref.workspaceName, endpoint: endpoint.endpointName };
    if (errorRate !== undefined)
      this.logAlert(`${name}-errors`, logsId, args, {
        ruleName: names.errorRateAlert,
        description: `More than ${Number((errorRate * 100).toFixed(2))} % of the requests fail.`,
        severity: severity.requestsFail,
        minutes: windowMinutes,
        query: pulumi.output(of).apply((source) => errorRateQuery(source, minRequests)),
        condition: { metricMeasureColumn: "ErrorRate", timeAggregation: "Maximum" },
        operator: "GreaterThan",
        threshold: errorRate,
      });
    if (noRequestsMinutes !== undefined)
      this.logAlert(`${name}-no-requests`, logsId, args, {
        ruleName: names.noRequestsAlert,
        description: `The endpoint has had no request for ${noRequestsMinutes} minutes.`,
        severity: severity.requestsAreMissing,
        minutes: noRequestsMinutes,
        query: pulumi.output(of).apply(requestCountQuery),
        condition: { metricMeasureColumn: "Requests", timeAggregation: "Total" },
        operator: "LessThan",
        threshold: 1,
      });
  }

  private logAlert(
    name: string,
    logsId: pulumi.Output<string>,
    { workspace, monitoring, tags }: EndpointMonitoringArgs,
    alert: {
      ruleName: string;
      description: string;
      severity: number;
      minutes: number;
      query: pulumi.Output<string>;
      condition: { metricMeasureColumn: string; timeAggregation: string };
      operator: string;
      threshold: number;
    },
  ): void {
    const { ruleName, description, minutes, query, condition, operator, threshold } = alert;
    new monitor.ScheduledQueryRule(
      name,
      {
        ruleName,
        resourceGroupName: workspace.ref.resourceGroupName,
        location: workspace.location,
        kind: "LogAlert",
        displayName: ruleName,
        description,
        severity: alert.severity,
        enabled: true,
        autoMitigate: true,
        scopes: [logsId],
        // A longer window is evaluated less often, which costs less.
        evaluationFrequency: period(minutes < 60 ? 5 : 15),
        windowSize: period(minutes),
        criteria: {
          allOf: [
            {
              query,
              ...condition,
              operator,
              threshold,
              failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
            },
          ],
        },
        // The first row of the table arrives minutes after the rule, and up to an hour after the diagnostic setting.
        skipQueryValidation: true,
        actions: { actionGroups: monitoring.actionGroupIds },
        tags,
      },
      { parent: this },
    );
  }
}
