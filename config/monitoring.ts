import { z } from "zod";
import { formatValue, type Problem } from "../azureml/problem";
import { booleanSetting, numberSetting, integerSetting, setting, stringSetting } from "./setting";

/**
 * Windows in minutes that both kinds of alert rules accept. A metric alert: 1, 5, 15, 30 minutes, 1, 6, 12, 24 hours; a log alert:
 * the list below. Source: documentation of hashicorp/terraform-provider-azurerm, website/docs/r/monitor_metric_alert.html.markdown
 * (window_size) and monitor_scheduled_query_rules_alert_v2.html.markdown (window_duration).
 */
const commonWindows = [5, 15, 30, 60];
const logWindows = [5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440];

const minutesSetting = (doc: string, choices: readonly number[], defaultText: string | undefined) =>
  setting(
    {
      doc,
      allowed: `one of ${choices.join(", ")}`,
      unit: "minutes",
      ...(defaultText === undefined ? {} : { defaultText }),
    },
    z.preprocess(
      (value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value),
      z.number().refine((value) => choices.includes(value)),
    ),
  );

const resourceId = (type: string): RegExp =>
  new RegExp(
    `^/subscriptions/[0-9a-f-]{36}/resourceGroups/[\\w.()-]{1,90}/providers/${type.replace(".", "\\.")}/[\\w.() -]+$`,
    "i",
  );

const listSetting = (doc: string, allowed: string, item: z.ZodString) =>
  setting({ doc, allowed, defaultText: "none" }, z.array(item)).default([]);

const alerts = z
  .strictObject({
    email: listSetting(
      "Addresses that every alert is sent to.",
      "a list of e-mail addresses",
      z.string().regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/),
    ),
    webhook: listSetting(
      "Addresses that every alert is posted to, in the common alert schema. Set one that contains a token with `pulumi config set --secret --path`.",
      "a list of https URLs",
      z.string().regex(/^https:\/\/[^\s/]+(\/\S*)?$/),
    ),
    actionGroup: stringSetting({
      doc: "An existing action group that every alert notifies, also or instead.",
      allowed: "the ARM id of an action group",
      pattern: resourceId("microsoft.insights/actionGroups"),
      defaultText: "none",
    }).optional(),
    errorRate: numberSetting({
      doc: "Alert when a larger share of the requests of a window fails (HTTP 408, 424, 429 and 5xx), measured in the traffic log.",
      minimum: 0,
      maximum: 1,
      below: true,
      defaultText: "no alert",
    }).optional(),
    minRequests: integerSetting({
      doc: "Windows with fewer requests cause no alert of the error rate.",
      minimum: 1,
    }).default(10),
    latencyP95Ms: integerSetting({
      doc: "Alert when the 95th percentile of the request latency, averaged over a window, is higher.",
      unit: "ms",
      minimum: 1,
      defaultText: "no alert",
    }).optional(),
    windowMinutes: minutesSetting(
      "Window of the alerts errorRate and latencyP95Ms, which are evaluated every five minutes.",
      commonWindows,
      undefined,
    ).default(15),
    noRequestsMinutes: minutesSetting(
      "Alert when the traffic log has no request for so long.",
      logWindows,
      "no alert",
    ).optional(),
    monthlyCost: numberSetting({
      doc: "Budget of the resource group for a month: a notification at 80 % and 100 % of it, and when the forecast exceeds it. In an adopted workspace the group can contain more than the stack.",
      unit: "currency of the billing account",
      minimum: 0,
      above: true,
      defaultText: "no budget",
    }).optional(),
  })
  .prefault({});

/** The section `monitoring`: logs, alerts and a cost budget. Without settings it creates nothing. */
export const monitoringSection = z.strictObject({
  diagnostics: booleanSetting({
    doc: "Send the logs of the endpoint and of a created workspace to Log Analytics, where they are billed by volume.",
  }).default(false),
  logAnalyticsWorkspace: stringSetting({
    doc: "Log Analytics workspace that receives the logs.",
    allowed: "the ARM id of a Log Analytics workspace",
    pattern: resourceId("Microsoft.OperationalInsights/workspaces"),
    defaultText: "the one of the created workspace",
  }).optional(),
  alerts,
});

type MonitoringSection = z.output<typeof monitoringSection>;

/** Names of the settings that request an alert. */
const alertNames = ["errorRate", "latencyP95Ms", "noRequestsMinutes", "monthlyCost"] as const;

/** The alerts that a stack asks for. */
export function requestedAlerts({ alerts: all }: MonitoringSection): (typeof alertNames)[number][] {
  return alertNames.filter((name) => all[name] !== undefined);
}

/** Whether the section asks for any resource. */
export function hasMonitoring(section: MonitoringSection): boolean {
  return section.diagnostics || requestedAlerts(section).length > 0;
}

/**
 * Rules between the settings of the section.
 * @param property full name of the section.
 * @param hasOwnLogs whether the stack creates a Log Analytics workspace.
 */
export function monitoringRules(
  property: string,
  section: MonitoringSection,
  hasOwnLogs: boolean,
): Problem[] {
  const problems: Problem[] = [];
  const { diagnostics, logAnalyticsWorkspace } = section;
  const { email, webhook, actionGroup, ...others } = section.alerts;
  const requested = requestedAlerts(section);
  if (diagnostics && !hasOwnLogs && logAnalyticsWorkspace === undefined)
    problems.push({
      property: `${property}.logAnalyticsWorkspace`,
      seen: "not set",
      allowed: "the ARM id of a Log Analytics workspace, because the stack creates none",
      remedy: "Set it, or set monitoring.diagnostics: false.",
    });
  for (const name of ["errorRate", "noRequestsMinutes"] as const) {
    if (others[name] === undefined || diagnostics) continue;
    problems.push({
      property: `${property}.alerts.${name}`,
      seen: `${formatValue(others[name])}, but monitoring.diagnostics is false`,
      allowed: "a value only with monitoring.diagnostics: true, because this alert queries the traffic log",
      remedy: "Set monitoring.diagnostics: true, or remove the alert.",
    });
  }
  if (requested.length > 0 && email.length + webhook.length === 0 && actionGroup === undefined)
    problems.push({
      property: `${property}.alerts`,
      seen: `${requested.join(", ")}, but nobody to notify`,
      allowed: "alerts with a receiver",
      remedy: "Set alerts.email, alerts.webhook or alerts.actionGroup.",
    });
  return problems;
}
