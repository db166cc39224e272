import { config, problems } from "./support";

const group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers";
const email = ["team@example.com"];

describe("the section monitoring", () => {
  test("asks for nothing by default", () => {
    expect(config().monitoring).toEqual({
      diagnostics: false,
      alerts: { email: [], webhook: [], minRequests: 10, windowMinutes: 15 },
    });
  });

  test("accepts alerts with a receiver, and log alerts with logs", () => {
    const alerts = {
      email,
      errorRate: "0.05",
      latencyP95Ms: 5000,
      noRequestsMinutes: "120",
      monthlyCost: 100,
    };
    expect(config({ monitoring: { diagnostics: true, alerts } }).monitoring.alerts).toMatchObject({
      errorRate: 0.05,
      noRequestsMinutes: 120,
    });
    const actionGroup = `${group}/microsoft.insights/actionGroups/on-call`;
    expect(
      config({ monitoring: { alerts: { actionGroup, latencyP95Ms: 1 } } }).monitoring.alerts,
    ).toMatchObject({
      actionGroup,
    });
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ alerts: { latencyP95Ms: 1 } }, /monitoring\.alerts \| latencyP95Ms, but nobody to notify/],
    [
      { alerts: { email, errorRate: 0.1 } },
      /alerts\.errorRate \| 0\.1, but monitoring\.diagnostics is false/,
    ],
    [{ alerts: { email, noRequestsMinutes: 60 } }, /alerts\.noRequestsMinutes.*queries the traffic log/],
    [
      { diagnostics: true, alerts: { email, noRequestsMinutes: 20 } },
      /noRequestsMinutes \| 20 \| one of 5, 10, 15, 30/,
    ],
    [
      { alerts: { email, latencyP95Ms: 1, windowMinutes: 10 } },
      /windowMinutes \| 10 \| one of 5, 15, 30, 60/,
    ],
    [{ alerts: { email: ["team"], monthlyCost: 1 } }, /alerts\.email/],
    [{ alerts: { webhook: ["http://x.example"], monthlyCost: 1 } }, /alerts\.webhook/],
    [{ diagnostics: true, logAnalyticsWorkspace: "logs" }, /logAnalyticsWorkspace.*ARM id/],
    [{ alerts: { email, errorRates: 1 } }, /errorRates.*errorRate/],
  ])("refuses %j", (monitoring, message) => {
    const found = problems({ monitoring });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  test("requires a Log Analytics workspace by id with an adopted workspace", () => {
    const workspace = { mode: "adopt", resourceGroup: "rg", name: "mlw" };
    expect(problems({ workspace, monitoring: { diagnostics: true } })).toEqual([
      expect.stringMatching(/monitoring\.logAnalyticsWorkspace \| not set/),
    ]);
    const logAnalyticsWorkspace = `${group}/Microsoft.OperationalInsights/workspaces/logs`;
    const monitoring = { diagnostics: true, logAnalyticsWorkspace };
    expect(config({ workspace, monitoring }).monitoring).toMatchObject(monitoring);
  });
});

describe("endpoint.autoscale", () => {
  test("is absent by default; its metric is the GPU's utilization", () => {
    expect(config().endpoint.autoscale).toBeUndefined();
    expect(config({ endpoint: { autoscale: { min: 1, max: 3, target: 70 } } }).endpoint.autoscale).toEqual({
      ...{ min: 1, max: 3, target: 70 },
      metric: "GpuUtilizationPercentage",
    });
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [
      { autoscale: { min: 4, max: 3, target: 70 } },
      /autoscale\.min \| 4 \| at most endpoint\.autoscale\.max \(3\)/,
    ],
    [{ autoscale: { min: 2, max: 3, target: 70 } }, /endpoint\.instanceCount \| 1 \| from .* \(2 to 3\)/],
    [{ autoscale: { min: 1, max: 3, target: 70 }, instanceCount: 4 }, /endpoint\.instanceCount \| 4/],
    [{ autoscale: { min: 1, max: 3 } }, /autoscale\.target \| nothing \| a whole number from 1 to 99/],
    [{ autoscale: { min: 0, max: 3, target: 70 } }, /autoscale\.min \| 0/],
  ])("refuses %j", (endpoint, message) => {
    const found = problems({ endpoint });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
    expect(found[0]).not.toContain("default (required)");
  });
});

describe("endpoint.schedule", () => {
  test("has working days and UTC by default", () => {
    expect(config({ endpoint: { schedule: { from: "07:00", to: "19:00" } } }).endpoint.schedule).toEqual({
      ...{ from: "07:00", to: "19:00", timeZone: "UTC" },
      days: ["mon", "tue", "wed", "thu", "fri"],
    });
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ from: "7:00", to: "19:00" }, /schedule\.from.*a time of day such as "07:00", in quotes/],
    // What YAML 1.1 makes of an unquoted 07:00.
    [{ from: 420, to: "19:00" }, /schedule\.from.*in quotes/],
    [{ from: "07:00", to: "07:00" }, /schedule\.to.*the same as from/],
    [{ from: "07:00", to: "24:00" }, /schedule\.to/],
    [{ from: "07:00", to: "19:00", timeZone: "Berlin" }, /schedule\.timeZone \| "Berlin".*Europe\/Berlin/],
    [{ from: "07:00", to: "19:00", days: [] }, /schedule\.days/],
    [{ from: "07:00", to: "19:00", days: ["monday"] }, /schedule\.days/],
  ])("refuses %j", (schedule, message) => {
    const found = problems({ endpoint: { schedule } });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});
