/** @jest-environment ./tests/components/environment.js */
import * as pulumi from "@pulumi/pulumi";
import type { PreflightCloud } from "../../preflight/cloud";
import { run, type Run } from "./harness";
import { fakeCloud } from "../preflight/fakeCloud";

let cloud: PreflightCloud = fakeCloud();
jest.mock("../../preflight/cloud", () => ({ azureCloud: () => cloud }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

const monitor = (type: string): string => `azure-native:monitor:${type}`;
const budget = "azure-native:consumption:Budget";
const ours = (result: Run): string[] =>
  result.resources.flatMap(({ type, name }) => (/monitor:|consumption:/.test(type) ? [name] : [])).sort();

beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockResolvedValue();
});

beforeEach(() => {
  cloud = fakeCloud();
});

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000001";
const alerts = {
  email: ["team@example.com"],
  webhook: ["https://hooks.example.com/secret"],
  errorRate: 0.05,
  latencyP95Ms: 8000,
  noRequestsMinutes: 60,
  monthlyCost: 500,
};
const everything = { monitoring: { diagnostics: true, alerts } };

describe("monitoring", () => {
  test("creates nothing by default", async () => {
    expect(ours(await run(program))).toEqual([]);
  });

  test("sends the logs of endpoint and workspace to the stack's Log Analytics workspace", async () => {
    const result = await run(program, { monitoring: { diagnostics: true } });
    expect(ours(result)).toEqual(["endpoint-monitoring-logs", "monitoring-workspace"]);
    const { workspaceName } = result.one("azure-native:operationalinsights:Workspace").inputs;
    const [endpoint, workspace] = ["endpoint-monitoring-logs", "monitoring-workspace"].map(
      (name) => result.one(monitor("DiagnosticSetting"), name).inputs,
    );
    const logs = (categories: string[]): unknown =>
      categories.map((category) => ({ category, enabled: true }));
    expect(endpoint?.logs).toEqual(
      logs(["AmlOnlineEndpointTrafficLog", "AmlOnlineEndpointConsoleLog", "AmlOnlineEndpointEventLog"]),
    );
    expect(workspace?.logs).toEqual(
      logs(["AmlComputeClusterEvent", "AmlComputeJobEvent", "AmlRunStatusChangedEvent"]),
    );
    for (const setting of [endpoint, workspace])
      expect(setting?.workspaceId).toMatch(
        new RegExp(
          `^${subscription}/resourceGroups/rg-[^/]+/providers/Microsoft.OperationalInsights/workspaces/${String(workspaceName)}$`,
        ),
      );
  });

  test("leaves an adopted workspace unchanged and sends the endpoint's logs to the workspace that is named", async () => {
    const logs = `${subscription}/resourceGroups/shared/providers/Microsoft.OperationalInsights/workspaces/logs`;
    const result = await run(program, {
      workspace: { mode: "adopt", resourceGroup: "shared", name: "mlw-shared" },
      monitoring: { diagnostics: true, logAnalyticsWorkspace: logs },
    });
    expect(ours(result)).toEqual(["endpoint-monitoring-logs"]);
    expect(result.one(monitor("DiagnosticSetting")).inputs.workspaceId).toBe(logs);
  });

  test("creates one action group, three alerts and a budget that all notify it", async () => {
    const result = await run(program, everything);
    expect(ours(result)).toEqual([
      "endpoint-monitoring-errors",
      "endpoint-monitoring-latency",
      "endpoint-monitoring-logs",
      "endpoint-monitoring-no-requests",
      "monitoring-cost",
      "monitoring-receivers",
      "monitoring-workspace",
    ]);
    const group = result.one(monitor("ActionGroup"));
    expect(group.inputs).toMatchObject({
      location: "Global",
      enabled: true,
      groupShortName: "test",
      emailReceivers: [{ emailAddress: "team@example.com", useCommonAlertSchema: true }],
    });
    const id = `${monitor("ActionGroup")}/monitoring-receivers/id`;
    const latency = result.one(monitor("MetricAlert")).inputs;
    expect(latency).toMatchObject({
      actions: [{ actionGroupId: id }],
      windowSize: "PT15M",
      criteria: { allOf: [{ metricName: "RequestLatency_P95", operator: "GreaterThan", threshold: 8000 }] },
    });
    const condition = (name: string): Record<string, unknown> => {
      const { actions, criteria } = result.one(monitor("ScheduledQueryRule"), name).inputs;
      expect(actions).toEqual({ actionGroups: [id] });
      return (criteria as { allOf: Record<string, unknown>[] }).allOf[0] ?? {};
    };
    expect(condition("endpoint-monitoring-errors")).toMatchObject({
      metricMeasureColumn: "ErrorRate",
      operator: "GreaterThan",
      threshold: 0.05,
    });
    expect(condition("endpoint-monitoring-no-requests")).toMatchObject({
      metricMeasureColumn: "Requests",
      operator: "LessThan",
      threshold: 1,
    });
    const { endpointName } = result.outputs;
    expect(condition("endpoint-monitoring-errors").query).toContain(
      `EndpointName =~ "${String(endpointName)}"`,
    );
    const cost = result.one(budget).inputs;
    expect(cost).toMatchObject({ amount: 500, timeGrain: "Monthly", category: "Cost" });
    expect((cost.timePeriod as { startDate: string }).startDate).toMatch(/^\d{4}-\d{2}-01T00:00:00Z$/);
    const notification = (threshold: number, thresholdType: string): object =>
      expect.objectContaining({ threshold, thresholdType, contactGroups: [id] });
    expect(cost.notifications).toEqual({
      actual80: notification(80, "Actual"),
      actual100: notification(100, "Actual"),
      forecast100: notification(100, "Forecasted"),
    });
  });

  test("keeps workspace logs, receivers and budget of a stack without an endpoint", async () => {
    expect(ours(await run(program, { ...everything, endpoint: { enabled: false } }))).toEqual([
      "monitoring-cost",
      "monitoring-receivers",
      "monitoring-workspace",
    ]);
  });

  test("notifies an existing action group without creating one", async () => {
    const actionGroup = `${subscription}/resourceGroups/ops/providers/microsoft.insights/actionGroups/on-call`;
    const result = await run(program, { monitoring: { alerts: { actionGroup, latencyP95Ms: 1000 } } });
    expect(ours(result)).toEqual(["endpoint-monitoring-latency"]);
    expect(result.one(monitor("MetricAlert")).inputs.actions).toEqual([{ actionGroupId: actionGroup }]);
  });
});

describe("endpoint.autoscale", () => {
  const autoscale = { min: 1, max: 6, target: 60 };
  const settingOf = async (endpoint: Record<string, unknown>) =>
    (await run(program, { endpoint })).one(monitor("AutoscaleSetting"));

  test("is a Monitor autoscale setting of the deployment, enabled, created after the traffic has moved", async () => {
    const { inputs, dependencies, deleteBeforeReplace } = await settingOf({ autoscale, instanceCount: 2 });
    const target = "azure-native:machinelearningservices:OnlineDeployment/endpoint/id";
    expect(inputs).toMatchObject({
      enabled: true,
      targetResourceUri: target,
      profiles: [
        {
          capacity: { minimum: "1", maximum: "6", default: "2" },
          rules: [
            {
              metricTrigger: {
                metricName: "GpuUtilizationPercentage",
                metricResourceUri: target,
                operator: "GreaterThan",
                threshold: 60,
              },
              scaleAction: { direction: "Increase", value: "1" },
            },
            {
              metricTrigger: { operator: "LessThan", threshold: 30 },
              scaleAction: { direction: "Decrease", value: "1" },
            },
          ],
        },
      ],
    });
    expect(dependencies).toContain("pulumi-nodejs:dynamic/azureml:Traffic traffic");
    // The name contains the deployment's: a new deployment gets its setting before the old one loses its own.
    expect(deleteBeforeReplace).toBe(false);
    expect(inputs.autoscaleSettingName).toMatch(/-demo-\d+$/);
  });

  test("leaves the number of instances to Azure Monitor, and starts a new deployment with as many as serve now", async () => {
    const deployment = async () =>
      (await run(program, { endpoint: { autoscale, instanceCount: 2 } })).one(
        "azure-native:machinelearningservices:OnlineDeployment",
      ).inputs;
    const { deploymentName, sku } = await deployment();
    expect(sku).toMatchObject({ capacity: 2 });
    const size = { instanceType: "Standard_NC24ads_A100_v4" };
    const own = { name: String(deploymentName), ...size, instances: 5 };
    cloud = fakeCloud({ deployments: async () => [own] });
    expect((await deployment()).sku).toMatchObject({ capacity: 5 });
    cloud = fakeCloud({ deployments: async () => [{ ...own, name: "demo-1", instances: 4 }] });
    expect((await deployment()).sku).toMatchObject({ capacity: 4 });
    cloud = fakeCloud({ deployments: async () => [{ ...own, name: "demo-1", instances: 9 }] });
    expect((await deployment()).sku).toMatchObject({ capacity: 6 });
  });
});
