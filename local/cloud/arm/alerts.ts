/** Diagnostic settings, action groups, alerts, autoscale settings and budgets: stored and checked. Nothing fires or scales. */
import type { FastifyInstance } from "fastify";
import type { ArmResource, Cloud } from "../cloud";
import {
  actionGroupShortName,
  alertMetricExists,
  autoscaleCapacity,
  budgetHasReceiver,
  budgetStartsAMonth,
  diagnosticCategoriesOfType,
  logAlertWindows,
  metricAlertWindows,
} from "../rules/monitoring";
import { invalid, type Json, objectAt, requiredText, textAt } from "./body";
import { etagOf } from "./etag";
import { registerArmType } from "./type";
import type { ArmTypeSpec } from "./typeSpec";

const SUBSCRIPTION = "/subscriptions/:subscriptionId";
const GROUP = `${SUBSCRIPTION}/resourceGroups/:resourceGroupName`;
const WORKSPACE = `${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/:workspaceName`;
const ENDPOINT = `${WORKSPACE}/onlineEndpoints/:endpointName`;
const INSIGHTS = "Microsoft.Insights";

const propertiesOf = (body: Json): Json => {
  const properties = objectAt(body, "properties");
  if (properties) return properties;
  throw invalid("MissingRequiredProperty", "The property 'properties' is required.", "properties");
};

function listAt(body: Json, key: string, target: string): Json[] {
  const value = body[key];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as Json[];
  throw invalid("InvalidRequestContent", `The property '${target}' must be an array.`, target);
}

/** @throws ArmError 400 unless the resource exists. */
function requireResource(cloud: Cloud, id: string, target: string): ArmResource {
  const found = cloud.resources.get(id);
  if (found) return found;
  throw invalid("ResourceNotFound", `The resource '${id}' was not found.`, target);
}

function requireGroups(cloud: Cloud, ids: readonly unknown[], target: string): void {
  for (const id of ids) requireResource(cloud, String(id), target);
}

/** Its target is two segments below the setting: the resource in front of the last `/providers/`. */
const targetOf = (id: string): string => id.slice(0, id.toLowerCase().lastIndexOf("/providers/"));

const diagnosticSettings = (scope: string): ArmTypeSpec => ({
  type: `${INSIGHTS}/diagnosticSettings`,
  path: `${scope}/providers/${INSIGHTS}/diagnosticSettings/:name`,
  stateless: true,
  patchable: false,
  createdStatus: 200,
  build: ({ cloud, id, body }) => {
    const properties = propertiesOf(body);
    const logs = listAt(properties, "logs", "properties.logs");
    const categories = logs.map((log) => requiredText(log, "category", "properties.logs.category"));
    diagnosticCategoriesOfType(requireResource(cloud, targetOf(id), "resourceUri").type, categories);
    const destination = requiredText(properties, "workspaceId", "properties.workspaceId");
    requireResource(cloud, destination, "properties.workspaceId");
    return { properties: { ...properties, logs: logs.map(withRetention), metrics: [] } };
  },
});

/** The service adds the former retention setting to each category. */
const withRetention = (log: Json): Json => ({
  ...log,
  retentionPolicy: log["retentionPolicy"] ?? { enabled: false, days: 0 },
});

const insightsType = (
  type: string,
  parameter: string,
): Pick<ArmTypeSpec, "type" | "path" | "alsoListedAt"> => ({
  type: `${INSIGHTS}/${type}`,
  path: `${GROUP}/providers/${INSIGHTS}/${type}/:${parameter}`,
  alsoListedAt: [`${SUBSCRIPTION}/providers/${INSIGHTS}/${type}`],
});

const actionGroups: ArmTypeSpec = {
  ...insightsType("actionGroups", "actionGroupName"),
  tracked: true,
  stateless: true,
  build: ({ body }) => {
    const properties = propertiesOf(body);
    actionGroupShortName(textAt(properties, "groupShortName", "properties.groupShortName") ?? "");
    const kinds = ["emailReceivers", "webhookReceivers", "armRoleReceivers", "smsReceivers"];
    const receivers = Object.fromEntries(kinds.map((kind) => [kind, properties[kind] ?? []]));
    return { properties: { enabled: true, ...receivers, ...properties } };
  },
};

const metricAlerts: ArmTypeSpec = {
  ...insightsType("metricAlerts", "ruleName"),
  tracked: true,
  stateless: true,
  anonymous: true,
  createdStatus: 200,
  build: ({ cloud, body }) => {
    const properties = propertiesOf(body);
    const [scope, ...others] = listAt(properties, "scopes", "properties.scopes").map(String);
    if (scope === undefined || others.length > 0)
      throw invalid("BadRequest", "The rule must have exactly one scope.", "properties.scopes");
    const target = requireResource(cloud, scope, "properties.scopes");
    metricAlertWindows(
      requiredText(properties, "evaluationFrequency", "properties.evaluationFrequency"),
      requiredText(properties, "windowSize", "properties.windowSize"),
    );
    const criteria = objectAt(properties, "criteria", "properties.criteria") ?? {};
    requiredText(criteria, "odata.type", "properties.criteria.odata.type", [
      "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
    ]);
    for (const criterion of listAt(criteria, "allOf", "properties.criteria.allOf"))
      alertMetricExists(
        target.type,
        requiredText(criterion, "metricName", "properties.criteria.allOf.metricName"),
      );
    const actions = listAt(properties, "actions", "properties.actions");
    requireGroups(
      cloud,
      actions.map((action) => action["actionGroupId"]),
      "properties.actions",
    );
    return { properties: { autoMitigate: true, ...properties } };
  },
};

const scheduledQueryRules: ArmTypeSpec = {
  ...insightsType("scheduledQueryRules", "ruleName"),
  tracked: true,
  stateless: true,
  topLevel: ["kind"],
  etagInBody: true,
  build: ({ cloud, body }) => {
    const properties = propertiesOf(body);
    for (const scope of listAt(properties, "scopes", "properties.scopes"))
      requireResource(cloud, String(scope), "properties.scopes");
    logAlertWindows(
      requiredText(properties, "evaluationFrequency", "properties.evaluationFrequency"),
      requiredText(properties, "windowSize", "properties.windowSize"),
    );
    const criteria = objectAt(properties, "criteria", "properties.criteria") ?? {};
    for (const condition of listAt(criteria, "allOf", "properties.criteria.allOf"))
      requiredText(condition, "query", "properties.criteria.allOf.query");
    const actions = objectAt(properties, "actions", "properties.actions") ?? {};
    requireGroups(cloud, listAt(actions, "actionGroups", "properties.actions"), "properties.actions");
    return { properties: { autoMitigate: true, ...properties } };
  },
};

const autoscaleSettings: ArmTypeSpec = {
  ...insightsType("autoscalesettings", "autoscaleSettingName"),
  tracked: true,
  stateless: true,
  build: ({ cloud, body, name }) => {
    const properties = propertiesOf(body);
    const target = requiredText(properties, "targetResourceUri", "properties.targetResourceUri");
    requireResource(cloud, target, "properties.targetResourceUri");
    for (const profile of listAt(properties, "profiles", "properties.profiles")) {
      const capacity = objectAt(profile, "capacity", "properties.profiles.capacity") ?? {};
      autoscaleCapacity({
        minimum: Number(capacity["minimum"]),
        maximum: Number(capacity["maximum"]),
        usual: Number(capacity["default"]),
      });
    }
    return { properties: { enabled: false, notifications: [], ...properties, name } };
  },
};

const budgets: ArmTypeSpec = {
  type: "Microsoft.Consumption/budgets",
  path: `${GROUP}/providers/Microsoft.Consumption/budgets/:budgetName`,
  stateless: true,
  anonymous: true,
  patchable: false,
  build: ({ body }) => {
    const properties = propertiesOf(body);
    const period = objectAt(properties, "timePeriod", "properties.timePeriod") ?? {};
    const start = requiredText(period, "startDate", "properties.timePeriod.startDate");
    budgetStartsAMonth(start);
    const notifications = objectAt(properties, "notifications", "properties.notifications") ?? {};
    for (const [name, given] of Object.entries(notifications)) {
      const receivers = ["contactEmails", "contactGroups", "contactRoles"].flatMap((key) =>
        listAt(given as Json, key, `properties.notifications.${key}`),
      );
      budgetHasReceiver(name, receivers.length);
    }
    // Without an end a budget lasts ten years.
    const endDate = period["endDate"] ?? `${Number(start.slice(0, 4)) + 10}${start.slice(4)}`;
    return { properties: { ...properties, timePeriod: { ...period, endDate }, currentSpend: NOTHING_SPENT } };
  },
  present: (_cloud, resource) => ({ ...resource, eTag: etagOf(resource) }) as ArmResource,
};

const NOTHING_SPENT = { amount: 0, unit: "USD" };

export function registerAlerts(app: FastifyInstance, cloud: Cloud): void {
  for (const scope of [WORKSPACE, ENDPOINT]) registerArmType(app, cloud, diagnosticSettings(scope));
  for (const spec of [actionGroups, metricAlerts, scheduledQueryRules, autoscaleSettings, budgets])
    registerArmType(app, cloud, spec);
}
