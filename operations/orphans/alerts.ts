/**
 * Alert rules that bill while they exist, by type, with an API version of each. A metric alert bills by its time series, a log alert
 * by its frequency; action groups, budgets and autoscale settings bill nothing. Source: Azure Monitor's price page (Alerts).
 */
const alertTypes: Readonly<Record<string, string>> = {
  metricAlerts: "2018-03-01",
  scheduledQueryRules: "2023-12-01",
};

/** The lists of a subscription's alert rules. */
export function alertLists(subscriptionId: string): { path: string; apiVersion: string }[] {
  return Object.entries(alertTypes).map(([type, apiVersion]) => ({
    path: `/subscriptions/${subscriptionId}/providers/Microsoft.Insights/${type}`,
    apiVersion,
  }));
}

/** API version to delete an alert rule with. */
export function alertApiVersion(id: string): string {
  const type = id.split("/").at(-2)?.toLowerCase();
  const [, version = ""] = Object.entries(alertTypes).find(([name]) => name.toLowerCase() === type) ?? [];
  return version;
}
