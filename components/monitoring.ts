import * as consumption from "@pulumi/azure-native/consumption";
import * as monitor from "@pulumi/azure-native/monitor";
import * as pulumi from "@pulumi/pulumi";
import { resourceGroupId, workspaceId } from "../azureml/clients/workspaces";
import { monitoringNames } from "../azureml/monitoringNames";
import { workspaceNames } from "../azureml/names";
import { hasMonitoring, requestedAlerts } from "../config/monitoring";
import type { StackConfig } from "../config/stackConfig";
import type { StackArgs } from "./stackArgs";
import type { Workspace } from "./workspace";

interface MonitoringArgs extends StackArgs {
  workspace: Workspace;
  /** Section `monitoring` of the stack configuration. */
  config: StackConfig["monitoring"];
}

/**
 * Log categories of a workspace: what happens to clusters, their jobs and runs. Source: MicrosoftDocs/azure-monitor-docs, reference of
 * supported log categories, Microsoft.MachineLearningServices/workspaces.
 */
const workspaceLogs = ["AmlComputeClusterEvent", "AmlComputeJobEvent", "AmlRunStatusChangedEvent"];

/** Notifications of the cost budget, in percent of it. A budget can have five. */
const costNotifications = {
  actual80: { threshold: 80, thresholdType: "Actual" },
  actual100: { threshold: 100, thresholdType: "Actual" },
  forecast100: { threshold: 100, thresholdType: "Forecasted" },
} as const;

/** Logs of the workspace, the receivers of alerts, and the cost budget of the resource group. */
export class Monitoring extends pulumi.ComponentResource {
  /** ARM id of the Log Analytics workspace that receives logs. Undefined without `monitoring.diagnostics`. */
  readonly logsId: pulumi.Output<string> | undefined;
  /** ARM ids of the action groups that alerts notify. */
  readonly actionGroupIds: pulumi.Output<string>[];

  constructor(name: string, args: MonitoringArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:Monitoring", name, {}, options);
    const { config, workspace, identity } = args;
    const names = monitoringNames(identity);
    const { logAnalytics } = workspaceNames(identity);
    this.logsId = config.diagnostics
      ? workspace.ref.apply(
          (ref) =>
            config.logAnalyticsWorkspace ??
            `${resourceGroupId(ref)}/providers/Microsoft.OperationalInsights/workspaces/${logAnalytics}`,
        )
      : undefined;
    // An adopted workspace stays unchanged: its owner decides about its logs.
    if (this.logsId && !workspace.shared)
      new monitor.DiagnosticSetting(
        `${name}-workspace`,
        {
          name: names.diagnostics,
          resourceUri: workspace.ref.apply(workspaceId),
          workspaceId: this.logsId,
          logs: workspaceLogs.map((category) => ({ category, enabled: true })),
        },
        { parent: this, dependsOn: [workspace] },
      );
    this.actionGroupIds = this.receivers(name, args);
    if (config.alerts.monthlyCost !== undefined) this.costBudget(name, config.alerts.monthlyCost, args);
    this.registerOutputs({});
  }

  private receivers(
    name: string,
    { config, workspace, identity, tags }: MonitoringArgs,
  ): pulumi.Output<string>[] {
    const { email, webhook, actionGroup } = config.alerts;
    const existing = actionGroup === undefined ? [] : [pulumi.output(actionGroup)];
    if (requestedAlerts(config).length === 0 || email.length + webhook.length === 0) return existing;
    const names = monitoringNames(identity);
    const group = new monitor.ActionGroup(
      `${name}-receivers`,
      {
        actionGroupName: names.actionGroup,
        resourceGroupName: workspace.ref.resourceGroupName,
        // Action groups are global; Azure stores them in no region of the stack.
        location: "Global",
        groupShortName: names.actionGroupShort,
        enabled: true,
        emailReceivers: email.map((emailAddress, index) => ({
          name: `email-${index + 1}`,
          emailAddress,
          useCommonAlertSchema: true,
        })),
        webhookReceivers: webhook.map((url, index) => ({
          name: `webhook-${index + 1}`,
          // Such an address often contains the token that authorizes its use.
          serviceUri: pulumi.secret(url),
          useCommonAlertSchema: true,
        })),
        tags,
      },
      { parent: this, dependsOn: [workspace] },
    );
    return [group.id, ...existing];
  }

  private costBudget(name: string, amount: number, { workspace, identity }: MonitoringArgs): void {
    const contactGroups = this.actionGroupIds;
    new consumption.Budget(
      `${name}-cost`,
      {
        budgetName: monitoringNames(identity).budget,
        scope: workspace.ref.apply(resourceGroupId),
        category: "Cost",
        amount,
        timeGrain: "Monthly",
        // The first day of a month, not before the present one. Azure accepts no other start of a new budget.
        timePeriod: { startDate: `${new Date().toISOString().slice(0, 7)}-01T00:00:00Z` },
        notifications: Object.fromEntries(
          Object.entries(costNotifications).map(([key, notification]) => [
            key,
            { ...notification, enabled: true, operator: "GreaterThan", contactEmails: [], contactGroups },
          ]),
        ),
      },
      // The budget continues from the month in which it was created; the end is Azure's default, ten years later.
      { parent: this, dependsOn: [workspace], ignoreChanges: ["timePeriod"] },
    );
  }
}

/** The stack's monitoring, if its configuration asks for any. */
export function createMonitoring(name: string, args: MonitoringArgs): Monitoring | undefined {
  return hasMonitoring(args.config) ? new Monitoring(name, args) : undefined;
}
