/** Cases of the rules of Azure Monitor and of cost budgets. */
import { GROUP, type MlCloud } from "../ml/mlCloud";
import type { Answer } from "../helpers/testCloud";
import { BLUE, ENDPOINT, expectRefusal, LOCATION, type RuleCase } from "./support";

const INSIGHTS = `${GROUP}/providers/Microsoft.Insights`;
const LOGS = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/rule-logs`;
const GLOBAL = { location: "global" };

/** A PUT with a preview version, which the newest stable one of these types is not. */
const put = (cloud: MlCloud, id: string, version: string, body: unknown): Promise<Answer> =>
  cloud.call("PUT", `${id}?api-version=${version}`, body);

const latency = { name: "latency", metricName: "RequestLatency_P95", operator: "GreaterThan", threshold: 1 };
const alert = (windows: object, criterion: object = latency): object => ({
  ...GLOBAL,
  properties: {
    ...{ severity: 2, enabled: true, scopes: [ENDPOINT] },
    ...{ evaluationFrequency: "PT5M", windowSize: "PT15M", ...windows },
    criteria: {
      "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
      allOf: [{ criterionType: "StaticThresholdCriterion", timeAggregation: "Average", ...criterion }],
    },
  },
});
const logAlert = (evaluationFrequency: string, windowSize: string): object => ({
  ...LOCATION,
  kind: "LogAlert",
  properties: {
    ...{ severity: 2, enabled: true, scopes: [LOGS], evaluationFrequency, windowSize },
    ...{ criteria: { allOf: [] }, actions: { actionGroups: [] } },
  },
});
const budget = (startDate: string, contactRoles: string[]): object => ({
  properties: {
    ...{ category: "Cost", amount: 500, timeGrain: "Monthly", timePeriod: { startDate } },
    notifications: {
      actual: { enabled: true, operator: "GreaterThan", threshold: 80, contactEmails: [], contactRoles },
    },
  },
});
const scale = (minimum: string, maximum: string, usual: string): object => ({
  ...LOCATION,
  properties: {
    ...{ enabled: true, targetResourceUri: BLUE },
    profiles: [{ name: "default", capacity: { minimum, maximum, default: usual }, rules: [] }],
  },
});

const DIAGNOSTICS = `${ENDPOINT}/providers/Microsoft.Insights/diagnosticSettings/rule`;
const METRIC = `${INSIGHTS}/metricAlerts/rule`;
const QUERY = `${INSIGHTS}/scheduledQueryRules/rule`;
const BUDGET = `${GROUP}/providers/Microsoft.Consumption/budgets/rule`;

export const MONITORING_CASES: Record<string, RuleCase> = {
  "a diagnostic setting of an online endpoint accepts the log categories AmlOnlineEndpointTrafficLog, AmlOnlineEndpointConsoleLog and AmlOnlineEndpointEventLog, one of a workspace those of its runs and clusters, and neither accepts others":
    async (cloud) => {
      await cloud.done("PUT", LOGS, { ...LOCATION, properties: { sku: { name: "PerGB2018" } } });
      const setting = (category: string): Promise<Answer> =>
        put(cloud, DIAGNOSTICS, "2021-05-01-preview", {
          properties: { workspaceId: LOGS, logs: [{ category, enabled: true }] },
        });
      expectRefusal(await setting("AmlComputeJobEvent"), 400, "BadRequest", /AmlComputeJobEvent/);
      expect((await setting("AmlOnlineEndpointTrafficLog")).status).toBe(200);
    },
  "a metric alert is refused if the metric's name is not one of its target's metrics": async (cloud) => {
    const other = alert({}, { ...latency, metricName: "Latency" });
    expectRefusal(await put(cloud, METRIC, "2018-03-01", other), 400, "BadRequest", /metric named 'Latency'/);
    expect((await put(cloud, METRIC, "2018-03-01", alert({}))).status).toBe(200);
  },
  "a metric alert is evaluated every 1, 5, 15, 30 or 60 minutes over a window of 1, 5, 15 or 30 minutes, or 1, 6, 12 or 24 hours":
    async (cloud) => {
      const set = (windows: object): Promise<Answer> => put(cloud, METRIC, "2018-03-01", alert(windows));
      expectRefusal(await set({ evaluationFrequency: "PT10M" }), 400, "BadRequest", /PT10M/);
      expectRefusal(await set({ windowSize: "PT10M" }), 400, "BadRequest", /PT10M/);
      expect((await set({ windowSize: "PT6H" })).status).toBe(200);
    },
  "a log alert has a window of 5, 10, 15, 30 or 45 minutes, 1 to 6 hours, or 1 or 2 days, and is evaluated at most as far apart as its window":
    async (cloud) => {
      const set = (frequency: string, window: string): Promise<Answer> =>
        put(cloud, QUERY, "2025-01-01-preview", logAlert(frequency, window));
      expectRefusal(await set("PT5M", "PT20M"), 400, "BadRequest", /PT20M/);
      expectRefusal(await set("PT30M", "PT15M"), 400, "BadRequest", /PT30M/);
      expect((await set("PT15M", "PT1H")).status).toBe(201);
    },
  "an action group has a short name of 1 to 12 characters": async (cloud) => {
    const named = (groupShortName: string): Promise<Answer> =>
      put(cloud, `${INSIGHTS}/actionGroups/rule`, "2024-10-01-preview", {
        ...GLOBAL,
        properties: { enabled: true, groupShortName },
      });
    expectRefusal(await named("thirteen-long"), 400, "BadRequest", /1 to 12 characters/);
    expect((await named("twelve-chars")).status).toBe(201);
  },
  "a monthly cost budget starts on the first day of a month": async (cloud) => {
    const from = (start: string) => put(cloud, BUDGET, "2024-08-01", budget(start, ["Owner"]));
    expectRefusal(await from("2026-11-02T00:00:00Z"), 400, "BadRequest", /first day of a month/);
    expect((await from("2026-11-01T00:00:00Z")).status).toBe(201);
  },
  "each notification of a budget names an address, an action group or a role": async (cloud) => {
    const body = budget("2026-11-01T00:00:00Z", []);
    expectRefusal(await put(cloud, BUDGET, "2024-08-01", body), 400, "BadRequest", /contact/);
  },
  "an autoscale setting has a deployment as its target, a minimum, a maximum and a default between them, and rules about the deployment's metrics":
    async (cloud) => {
      const id = `${INSIGHTS}/autoscalesettings/rule`;
      const set = (body: object): Promise<Answer> => put(cloud, id, "2021-05-01-preview", body);
      expectRefusal(await set(scale("2", "4", "1")), 400, "BadRequest", /default 1/);
      expect((await set(scale("1", "4", "2"))).status).toBe(201);
    },
};
