import type { Sandbox } from "../../scripts/lib/sandbox";
import { expectSuccess } from "../expectExit";
import { operationsOf } from "./operations";
import { get, makeTestSandbox, outputs, stateOf } from "./support";

/** Logs, alerts, budget, autoscale and schedule of one stack on the local cloud, with the real engine path. */
describe("an endpoint in operation", () => {
  let sandbox: Sandbox;
  const { succeed, send, jobs } = operationsOf(() => sandbox);

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:monitoring", {
      diagnostics: true,
      alerts: {
        email: ["team@example.com"],
        webhook: ["https://hooks.example.com/very-secret-token"],
        errorRate: 0.05,
        latencyP95Ms: 8000,
        noRequestsMinutes: 60,
        monthlyCost: 500,
      },
    });
    sandbox.setConfig("azureml-finetune:endpoint.autoscale", { min: 1, max: 3, target: 60 });
    // A period that includes no present time of a test: --at chooses the time.
    sandbox.setConfig("azureml-finetune:endpoint.schedule", {
      from: "07:00",
      to: "19:00",
      timeZone: "Europe/Berlin",
    });
    await succeed("up");
  });
  afterAll(() => sandbox.dispose());

  const idsOf = (type: string): string[] =>
    stateOf(sandbox).resources.flatMap((one) =>
      one.type === `azure-native:${type}` && !one.delete && one.id !== undefined ? [one.id] : [],
    );
  const read = async <T>(id: string, version: string): Promise<T> =>
    get<T>(sandbox, `${id}?api-version=${version}`);
  const autoscaleVersion = "2021-05-01-preview";
  const autoscale = async () => {
    const [id = "", ...others] = idsOf("monitor:AutoscaleSetting");
    expect(others).toEqual([]);
    return read<{ properties: { targetResourceUri: string; enabled: boolean } }>(id, autoscaleVersion);
  };
  const deploymentId = (): string => idsOf("machinelearningservices:OnlineDeployment")[0] ?? "";
  const monday = { day: "2026-01-05T11:00:00Z", night: "2026-01-05T22:00:00Z" };
  const schedule = async (...argv: string[]): Promise<string> => {
    const done = await sandbox.run("schedule", ...argv);
    expectSuccess(done);
    return done.all;
  };

  test("has its logs, alerts, budget and autoscale setting in the cloud, and nothing changes without a reason", async () => {
    expect(idsOf("monitor:DiagnosticSetting")).toHaveLength(2);
    expect(idsOf("monitor:ScheduledQueryRule")).toHaveLength(2);
    const [alert = ""] = idsOf("monitor:MetricAlert");
    const [group = ""] = idsOf("monitor:ActionGroup");
    const rule = await read<{ properties: { actions: object[] } }>(alert, "2018-03-01");
    expect(rule.properties.actions).toEqual([{ actionGroupId: group }]);
    expect(idsOf("consumption:Budget")).toHaveLength(1);
    expect((await autoscale()).properties.targetResourceUri).toBe(deploymentId());
    await succeed("preview", "--expect-no-changes");
    const refreshed = await succeed("refresh", "--preview-only", "--expect-no-changes");
    expect(refreshed.all).not.toContain("very-secret-token");
    const receivers = stateOf(sandbox).resources.find(({ type }) => type.endsWith(":ActionGroup"));
    expect(JSON.stringify(receivers)).not.toContain("very-secret-token");
  });

  test("keeps the instances that autoscale has added, and moves the setting to a new deployment", async () => {
    const before = deploymentId();
    await send("PATCH", `${before}?api-version=2025-12-01`, { sku: { name: "Default", capacity: 2 } });
    sandbox.setConfig("azureml-finetune:endpoint.deploymentPrefix", "next");
    await succeed("up");
    const after = deploymentId();
    expect(after).not.toBe(before);
    // The new deployment starts with as many instances as served before.
    expect((await read<{ sku: object }>(after, "2025-12-01")).sku).toMatchObject({ capacity: 2 });
    expect((await autoscale()).properties.targetResourceUri).toBe(after);
    await succeed("preview", "--expect-no-changes");
    expect(await jobs()).toBe(1);
  });

  test("creates a deleted autoscale setting again; a refresh sees no change in it", async () => {
    const [id = ""] = idsOf("monitor:AutoscaleSetting");
    const address = `${id}?api-version=${autoscaleVersion}`;
    const setting = await autoscale();
    await send("PUT", address, { ...setting, properties: { ...setting.properties, enabled: false } });
    expect((await autoscale()).properties.enabled).toBe(false);
    await succeed("refresh", "--preview-only", "--expect-no-changes");
    await send("DELETE", address);
    await succeed("refresh");
    expect(idsOf("monitor:AutoscaleSetting")).toEqual([]);
    await succeed("up");
    expect((await autoscale()).properties.enabled).toBe(true);
    expect(await jobs()).toBe(1);
  });

  test("is deleted and created again by its schedule, with its alerts, and without a change of the stack's file", async () => {
    const config = sandbox.read("Pulumi.local.yaml");
    expect(await schedule("--at", monday.day)).toContain("Nothing to do.");
    expect(await schedule("--at", monday.night, "--dry-run")).toContain("Turning the endpoint off is due.");
    expect(idsOf("machinelearningservices:OnlineEndpoint")).toHaveLength(1);

    expect(await schedule("--at", monday.night)).toContain("Turning the endpoint off.");
    for (const type of [
      "machinelearningservices:OnlineEndpoint",
      "monitor:MetricAlert",
      "monitor:AutoscaleSetting",
    ])
      expect([type, idsOf(type)]).toEqual([type, []]);
    expect(idsOf("monitor:ActionGroup")).toHaveLength(1);
    expect(await schedule("--at", monday.night)).toContain("Nothing to do.");
    // A merge in the night changes everything but the endpoint.
    sandbox.setConfig("azureml-finetune:tags.owner", "night-shift");
    const night = sandbox.read("Pulumi.local.yaml");
    await schedule("--at", monday.night, "--deploy");
    expect(idsOf("machinelearningservices:OnlineEndpoint")).toEqual([]);

    expect(await schedule("--at", monday.day)).toContain("Turning the endpoint on.");
    expect(idsOf("monitor:MetricAlert")).toHaveLength(1);
    expect((await autoscale()).properties.targetResourceUri).toBe(deploymentId());
    await succeed("preview", "--expect-no-changes");
    expect(await jobs()).toBe(1);
    expect(outputs(sandbox).endpointName).toBeDefined();
    expect(config).not.toBe(night);
    expect(sandbox.read("Pulumi.local.yaml")).toBe(night);
  });

  test("leaves nothing behind", async () => {
    await succeed("destroy");
    const { resources } = await get<{ resources: Record<string, number> }>(sandbox, "/local/status");
    const left = Object.keys(resources).filter((type) => /insights|consumption/i.test(type));
    expect(left).toEqual([]);
  });
});
