import type { Azure } from "../azure";
import type { MONITORING_FACTS } from "../facts/monitoring";
import { fixturePaths } from "../fixtures";
import type { Probe } from "../probe";

const insights = (azure: Azure, type: string, name: string): string =>
  `${azure.paths.group}/providers/Microsoft.Insights/${type}/${azure.name(name)}`;

const budget = (azure: Azure): string =>
  `${azure.paths.group}/providers/Microsoft.Consumption/budgets/${azure.name("budget")}`;

/** First day of the present month, in UTC. */
const thisMonth = (): string => `${new Date().toISOString().slice(0, 7)}-01T00:00:00Z`;

const notification = {
  enabled: true,
  operator: "GreaterThan",
  threshold: 100,
  contactEmails: [] as string[],
  contactRoles: ["Owner"],
};

const budgetBody = (startDate: string, receivers: object): unknown => ({
  properties: {
    category: "Cost",
    amount: 1_000_000,
    timeGrain: "Monthly",
    timePeriod: { startDate },
    notifications: { all: { ...notification, ...receivers } },
  },
});

const metricAlert = (azure: Azure, changes: object, metricName = "RequestLatency_P95"): unknown => ({
  location: "global",
  properties: {
    severity: 3,
    enabled: false,
    scopes: [fixturePaths(azure).endpoint],
    evaluationFrequency: "PT5M",
    windowSize: "PT15M",
    criteria: {
      "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
      allOf: [
        {
          criterionType: "StaticThresholdCriterion",
          name: "one",
          metricName,
          metricNamespace: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
          timeAggregation: "Average",
          operator: "GreaterThan",
          threshold: 1_000_000,
        },
      ],
    },
    ...changes,
  },
});

const alertVersion = { apiVersion: "2018-03-01" };
const budgetVersion = { apiVersion: "2024-08-01" };

export const MONITORING_PROBES: Readonly<Record<keyof typeof MONITORING_FACTS, Probe>> = {
  "diagnostic-categories": {
    cost: "free",
    needs: ["endpoint"],
    calls: "PUT a diagnostic setting of an endpoint with a category of workspaces",
    run: async (azure) => {
      const logs = `${azure.paths.group}/providers/Microsoft.OperationalInsights/workspaces/${azure.name("none")}`;
      const answer = await azure.call(
        "PUT",
        `${fixturePaths(azure).endpoint}/providers/Microsoft.Insights/diagnosticSettings/${azure.name("diag")}`,
        { properties: { workspaceId: logs, logs: [{ category: "AmlComputeJobEvent", enabled: true }] } },
        { apiVersion: "2021-05-01-preview" },
      );
      azure.refused(answer, { status: [400], code: "BadRequest", says: /categor/i });
    },
  },
  "traffic-log-rows": {
    notByCalls: "rows arrive up to an hour after a diagnostic setting, and need a deployment that answers",
  },
  "deployment-utilization-metrics": {
    notByCalls: "only a deployment has them, and a GPU deployment those of a GPU",
  },
  "alert-metric-exists": {
    cost: "free",
    needs: ["endpoint"],
    calls: "PUT a disabled metric alert about a metric that endpoints do not have",
    run: async (azure) => {
      const path = insights(azure, "metricAlerts", "metric");
      const body = metricAlert(azure, {}, "NoSuchMetric");
      const answer = await azure.call("PUT", path, body, alertVersion);
      azure.refused(answer, { status: [400], code: "BadRequest", says: /metric/i });
    },
  },
  "metric-without-value": {
    notByCalls: "that an alert does not fire can only be seen by waiting for it",
  },
  "metric-alert-windows": {
    cost: "free",
    needs: ["endpoint"],
    calls: "PUT a disabled metric alert with a window of 45 minutes",
    run: async (azure) => {
      const path = insights(azure, "metricAlerts", "window");
      const answer = await azure.call("PUT", path, metricAlert(azure, { windowSize: "PT45M" }), alertVersion);
      azure.refused(answer, { status: [400], code: "BadRequest", says: /window/i });
    },
  },
  "log-alert-windows": {
    notByCalls: "a log alert needs a Log Analytics workspace of its own, which bills",
  },
  "action-group-short-name": {
    cost: "free",
    needs: ["group"],
    calls: "PUT an action group with a short name of 13 characters",
    run: async (azure) => {
      const body = { location: "Global", properties: { groupShortName: "thirteen-long", enabled: false } };
      const path = insights(azure, "actionGroups", "receivers");
      const answer = await azure.call("PUT", path, body, { apiVersion: "2023-01-01" });
      azure.refused(answer, { status: [400], code: "BadRequest", says: /short/i });
    },
  },
  "budget-starts-a-month": {
    cost: "free",
    needs: ["group"],
    calls: "PUT a budget that starts on the second day of the month",
    run: async (azure) => {
      const start = thisMonth().replace("-01T", "-02T");
      const answer = await azure.call("PUT", budget(azure), budgetBody(start, {}), budgetVersion);
      azure.refused(answer, { status: [400], code: "BadRequest", says: /start|date/i });
    },
  },
  "budget-has-receiver": {
    cost: "free",
    needs: ["group"],
    calls: "PUT a budget with a notification without receivers",
    run: async (azure) => {
      const body = budgetBody(thisMonth(), { contactRoles: [] });
      const answer = await azure.call("PUT", budget(azure), body, budgetVersion);
      azure.refused(answer, { status: [400], code: "BadRequest", says: /contact|email/i });
    },
  },
  "budget-keeps-its-start": {
    notByCalls: "it needs a budget of an earlier month",
  },
  "autoscale-of-deployment": {
    cost: "free",
    needs: ["endpoint"],
    calls: "PUT a disabled autoscale setting whose minimum is above its maximum",
    run: async (azure) => {
      const target = `${fixturePaths(azure).endpoint}/deployments/blue`;
      const capacity = { minimum: "3", maximum: "2", default: "2" };
      const answer = await azure.call(
        "PUT",
        insights(azure, "autoscalesettings", "scale"),
        {
          location: azure.target.location,
          properties: {
            enabled: false,
            targetResourceUri: target,
            profiles: [{ name: "one", capacity, rules: [] }],
          },
        },
        { apiVersion: "2022-10-01" },
      );
      azure.refused(answer, { status: [400], says: /minimum|maximum|capacity/i });
    },
  },
};
