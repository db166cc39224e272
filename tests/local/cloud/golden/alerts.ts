/** Diagnostic settings, action groups, alerts, autoscale settings and budgets. */
import { Anything } from "./compare";
import { LOCATION, resource, SYSTEM_DATA } from "./common";
import { armLife, type Exchange, type Golden, type Json } from "./exchange";
import { ENDPOINT, EV, put as endpointPut } from "./onlineDocuments";

const PROVIDERS = "{group}/providers";
const tags = { owner: "golden" };
const patch = { body: { tags: { owner: "other" } }, changes: { tags: { owner: "other" } } };
const lists = (type: string): string[] => [
  `${PROVIDERS}/Microsoft.Insights/${type}`,
  `{sub}/providers/Microsoft.Insights/${type}`,
];

const GROUP = `${PROVIDERS}/Microsoft.Insights/actionGroups/team`;
const email = { name: "email-1", emailAddress: "team@example.com", useCommonAlertSchema: true };
const group = resource(GROUP, "Microsoft.Insights/actionGroups", {
  location: "global",
  tags,
  systemData: SYSTEM_DATA,
  properties: {
    enabled: true,
    groupShortName: "team",
    emailReceivers: [email],
    webhookReceivers: [],
    armRoleReceivers: [],
    smsReceivers: [],
  },
});
const groupLife = armLife({
  provenance:
    "inferred: from documents: OpenAPI of Microsoft.Insights actionGroups 2024-10-01-preview (200 or 201, no operation); of the lists of receivers only the four most used ones are filled in",
  id: GROUP,
  version: "2024-10-01-preview",
  put: {
    location: "Global",
    tags,
    properties: { enabled: true, groupShortName: "team", emailReceivers: [email] },
  },
  resource: group,
  lists: lists("actionGroups"),
  patch,
});

const LOGS = `${PROVIDERS}/Microsoft.OperationalInsights/workspaces/alert-logs`;
/** A Log Analytics workspace for the others; its own golden describes the answer. */
const logs: Exchange = {
  name: "a Log Analytics workspace exists",
  provenance: "inferred: see the golden exchanges of Log Analytics workspaces",
  send: `PUT ${LOGS}?api-version=2023-09-01`,
  body: { location: LOCATION, properties: { sku: { name: "PerGB2018" } } },
  status: 201,
  returns: new Anything(),
  settles: true,
};

const RULE = `${PROVIDERS}/Microsoft.Insights/scheduledQueryRules/no-requests`;
const ruleProperties: Json = {
  displayName: "no-requests",
  severity: 2,
  enabled: true,
  scopes: [LOGS],
  evaluationFrequency: "PT15M",
  windowSize: "PT60M",
  criteria: {
    allOf: [
      {
        query: "AmlOnlineEndpointTrafficLog\n| summarize Requests = count()",
        metricMeasureColumn: "Requests",
        timeAggregation: "Total",
        operator: "LessThan",
        threshold: 1,
        failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
      },
    ],
  },
  skipQueryValidation: true,
  actions: { actionGroups: [] },
};
const ruleLife = armLife({
  provenance:
    "inferred: from documents: OpenAPI of Microsoft.Insights scheduledQueryRules 2025-01-01-preview (200 or 201, no operation); outputs as azure-native 3.28.0 reads them",
  id: RULE,
  version: "2025-01-01-preview",
  put: { location: LOCATION, tags, kind: "LogAlert", properties: ruleProperties },
  resource: resource(RULE, "Microsoft.Insights/scheduledQueryRules", {
    location: LOCATION,
    tags,
    kind: "LogAlert",
    etag: "<etag>",
    systemData: SYSTEM_DATA,
    properties: { autoMitigate: true, ...ruleProperties },
  }),
  lists: lists("scheduledQueryRules"),
  patch,
});

const BUDGET = `${PROVIDERS}/Microsoft.Consumption/budgets/monthly`;
const budgetProperties: Json = {
  category: "Cost",
  amount: 500,
  timeGrain: "Monthly",
  timePeriod: { startDate: "2026-11-01T00:00:00Z" },
  notifications: {
    actual80: {
      enabled: true,
      operator: "GreaterThan",
      threshold: 80,
      thresholdType: "Actual",
      contactEmails: [],
      contactRoles: ["Owner"],
    },
  },
};
const BUDGET_DOC =
  "inferred: from documents: OpenAPI of Microsoft.Consumption 2024-08-01 and its example CreateOrUpdateBudget.json (eTag beside properties, currentSpend)";
const budgetLife = armLife({
  provenance: BUDGET_DOC,
  id: BUDGET,
  version: "2024-08-01",
  put: { properties: budgetProperties },
  resource: resource(BUDGET, "Microsoft.Consumption/budgets", {
    eTag: "<etag>",
    properties: {
      ...budgetProperties,
      timePeriod: { startDate: "2026-11-01T00:00:00Z", endDate: "2036-11-01T00:00:00Z" },
      currentSpend: { amount: 0, unit: "USD" },
    },
  }),
});
const refusedBudget: Exchange = {
  name: "a budget that does not start a month is refused",
  provenance: BUDGET_DOC,
  send: `PUT ${BUDGET}?api-version=2024-08-01`,
  body: { properties: { ...budgetProperties, timePeriod: { startDate: "2026-11-02T00:00:00Z" } } },
  status: 400,
  returns: {
    error: { code: "BadRequest", message: "<text>", target: "properties.timePeriod.startDate" },
  },
};

export const monitoringTypes: Golden = {
  about: "action groups, log alerts and cost budgets",
  needs: "group",
  changesCloud: true,
  exchanges: [logs, ...groupLife, ...ruleLife, ...budgetLife, refusedBudget],
};

const settingLife = (scope: string, categories: readonly string[]): Exchange[] => {
  const id = `${scope}/providers/Microsoft.Insights/diagnosticSettings/to-logs`;
  const log = categories.map((category) => ({ category, enabled: true }));
  const retentionPolicy = { enabled: false, days: 0 };
  return armLife({
    provenance:
      "inferred: from documents: OpenAPI of Microsoft.Insights diagnosticSettings 2021-05-01-preview (PUT answers 200; no PATCH); the retention policy is added as public answers show it",
    id,
    version: "2021-05-01-preview",
    put: { properties: { workspaceId: LOGS, logs: log } },
    made: { status: 200 },
    resource: resource(id, "Microsoft.Insights/diagnosticSettings", {
      systemData: SYSTEM_DATA,
      properties: {
        workspaceId: LOGS,
        logs: log.map((one) => ({ ...one, retentionPolicy })),
        metrics: [],
      },
    }),
    gone: new Anything(),
  });
};

const ALERT = `${PROVIDERS}/Microsoft.Insights/metricAlerts/latency`;
const alertProperties: Json = {
  description: "slow",
  severity: 2,
  enabled: true,
  scopes: [ENDPOINT],
  evaluationFrequency: "PT5M",
  windowSize: "PT15M",
  criteria: {
    "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
    allOf: [
      {
        criterionType: "StaticThresholdCriterion",
        name: "latency-p95",
        metricNamespace: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        metricName: "RequestLatency_P95",
        timeAggregation: "Average",
        operator: "GreaterThan",
        threshold: 8000,
      },
    ],
  },
  actions: [],
};
const alertLife = armLife({
  provenance:
    "inferred: from documents: OpenAPI of Microsoft.Insights metricAlerts 2018-03-01 (PUT answers 200, no operation)",
  id: ALERT,
  version: "2018-03-01",
  put: { location: "global", tags, properties: alertProperties },
  made: { status: 200 },
  resource: resource(ALERT, "Microsoft.Insights/metricAlerts", {
    location: "global",
    tags,
    properties: { autoMitigate: true, ...alertProperties },
  }),
  lists: lists("metricAlerts"),
  patch,
});

const SCALE = `${PROVIDERS}/Microsoft.Insights/autoscalesettings/scale`;
const scaleProperties: Json = {
  enabled: true,
  targetResourceUri: ENDPOINT,
  profiles: [{ name: "default", capacity: { minimum: "1", maximum: "4", default: "2" }, rules: [] }],
};
const scaleLife = armLife({
  provenance:
    "inferred: from documents: OpenAPI of Microsoft.Insights autoscaleSettings 2021-05-01-preview (200 or 201, no operation)",
  id: SCALE,
  version: "2021-05-01-preview",
  put: { location: LOCATION, tags, properties: scaleProperties },
  resource: resource(SCALE, "Microsoft.Insights/autoscalesettings", {
    location: LOCATION,
    tags,
    systemData: SYSTEM_DATA,
    properties: { name: "scale", notifications: [], ...scaleProperties },
  }),
  lists: lists("autoscalesettings"),
  patch,
});

export const endpointDiagnostics: Golden = {
  about: "diagnostic settings, metric alerts and autoscale settings of an endpoint",
  needs: "workspace",
  changesCloud: true,
  exchanges: [
    logs,
    {
      name: "an endpoint exists",
      provenance: "inferred: see the golden exchanges of online endpoints",
      send: `PUT ${ENDPOINT}?api-version=${EV}`,
      body: endpointPut,
      status: 201,
      returns: new Anything(),
      settles: true,
    },
    ...settingLife("{ws}", ["AmlComputeJobEvent"]),
    ...settingLife(ENDPOINT, ["AmlOnlineEndpointTrafficLog"]),
    ...alertLife,
    ...scaleLife,
  ],
};
