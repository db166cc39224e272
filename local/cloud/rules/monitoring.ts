/** Rules of Azure Monitor and of cost budgets. */
import { ArmError } from "../armError";
import { rule } from "./rule";

const refuse = (message: string, target: string): never => {
  throw new ArmError(400, "BadRequest", message, { target });
};

/** Log categories by lower-case type. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  "microsoft.machinelearningservices/workspaces": [
    "AmlComputeClusterEvent",
    "AmlComputeJobEvent",
    "AmlRunStatusChangedEvent",
  ],
  "microsoft.machinelearningservices/workspaces/onlineendpoints": [
    "AmlOnlineEndpointTrafficLog",
    "AmlOnlineEndpointConsoleLog",
    "AmlOnlineEndpointEventLog",
  ],
};

export const diagnosticCategoriesOfType = rule(
  "diagnostic-categories",
  (type: string, categories: readonly string[]) => {
    const allowed = CATEGORIES[type.toLowerCase()] ?? [];
    const other = categories.find((category) => !allowed.includes(category));
    if (other === undefined) return;
    refuse(
      `Category '${other}' is not supported by ${type}. Supported: ${allowed.join(", ")}.`,
      "properties.logs",
    );
  },
);

const METRICS: Readonly<Record<string, readonly string[]>> = {
  "microsoft.machinelearningservices/workspaces/onlineendpoints": [
    ...["RequestsPerMinute", "RequestLatency", "RequestLatency_P50", "RequestLatency_P90"],
    ...["RequestLatency_P95", "RequestLatency_P99", "ConnectionsActive", "NetworkBytes"],
    "NewConnectionsPerSecond",
  ],
};

export const alertMetricExists = rule("alert-metric-exists", (type: string, metric: string) => {
  if (METRICS[type.toLowerCase()]?.includes(metric)) return;
  refuse(`Couldn't find a metric named '${metric}' of ${type}.`, "properties.criteria");
});

const METRIC_FREQUENCIES = ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H"];
const METRIC_WINDOWS = [...METRIC_FREQUENCIES, "PT6H", "PT12H", "P1D"];
/** In minutes. */
const LOG_WINDOWS = [5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880];

function requireOneOf(value: string, allowed: readonly string[], target: string): void {
  const minutes = minutesOf(value);
  if (allowed.some((one) => minutesOf(one) === minutes)) return;
  refuse(`${target} '${value}' is not a valid window or frequency. Allowed: ${allowed.join(", ")}.`, target);
}

/** `PT90M`, `PT1H30M`, `P1D`; undefined for anything else. */
function minutesOf(duration: string): number | undefined {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration);
  if (!found) return undefined;
  const [days = 0, hours = 0, minutes = 0] = found.slice(1).map((text) => Number(text ?? 0));
  return (days * 24 + hours) * 60 + minutes;
}

export const metricAlertWindows = rule("metric-alert-windows", (frequency: string, window: string) => {
  requireOneOf(frequency, METRIC_FREQUENCIES, "evaluationFrequency");
  requireOneOf(window, METRIC_WINDOWS, "windowSize");
});

export const logAlertWindows = rule("log-alert-windows", (frequency: string, window: string) => {
  const size = minutesOf(window);
  if (size === undefined || !LOG_WINDOWS.includes(size))
    refuse(
      `windowSize '${window}' is not allowed. Allowed in minutes: ${LOG_WINDOWS.join(", ")}.`,
      "windowSize",
    );
  const each = minutesOf(frequency);
  if (each === undefined || each < 1 || each > (size ?? 0))
    refuse(
      `evaluationFrequency '${frequency}' must be at most windowSize '${window}'.`,
      "evaluationFrequency",
    );
});

export const actionGroupShortName = rule("action-group-short-name", (name: string) => {
  if (name.length >= 1 && name.length <= 12) return;
  refuse(
    `The short name '${name}' of the action group must have 1 to 12 characters.`,
    "properties.groupShortName",
  );
});

export const budgetStartsAMonth = rule("budget-starts-a-month", (startDate: string) => {
  if (/^\d{4}-\d{2}-01(T00:00:00(\.0+)?Z)?$/.test(startDate)) return;
  refuse(
    `The start date '${startDate}' of a budget must be the first day of a month.`,
    "properties.timePeriod.startDate",
  );
});

export const budgetHasReceiver = rule("budget-has-receiver", (name: string, receivers: number) => {
  if (receivers > 0) return;
  refuse(
    `Notification '${name}' needs at least one contact email, contact group or contact role.`,
    "properties.notifications",
  );
});

export const autoscaleCapacity = rule(
  "autoscale-of-deployment",
  ({ minimum, maximum, usual }: { minimum: number; maximum: number; usual: number }) => {
    if (minimum >= 1 && minimum <= usual && usual <= maximum) return;
    refuse(
      `The capacity is not valid: minimum ${minimum}, default ${usual}, maximum ${maximum}; the default must be between the others.`,
      "properties.profiles",
    );
  },
);
