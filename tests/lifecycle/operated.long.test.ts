import type { Sandbox } from "../../scripts/lib/sandbox";
import { operationsOf } from "./operations";
import { get, makeTestSandbox, stateOf } from "./support";

/** Logs, alerts, budget and autoscale of one stack on the local cloud, with the real engine path. */
describe("an endpoint in operation", () => {
  let sandbox: Sandbox;
  const { succeed } = operationsOf(() => sandbox);

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
    await succeed("up");
  });
  afterAll(() => sandbox.dispose());

  const idsOf = (type: string): string[] =>
    stateOf(sandbox).resources.flatMap((one) =>
      one.type === `azure-native:${type}` && !one.delete && one.id !== undefined ? [one.id] : [],
    );
  const read = async <T>(id: string, version: string): Promise<T> =>
    get<T>(sandbox, `${id}?api-version=${version}`);
  const autoscale = async () => {
    const [id = "", ...others] = idsOf("monitor:AutoscaleSetting");
    expect(others).toEqual([]);
    return read<{ properties: { targetResourceUri: string } }>(id, "2021-05-01-preview");
  };
  const deploymentId = (): string => idsOf("machinelearningservices:OnlineDeployment")[0] ?? "";
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

  test("leaves nothing behind", async () => {
    await succeed("destroy");
    const { resources } = await get<{ resources: Record<string, number> }>(sandbox, "/local/status");
    const left = Object.keys(resources).filter((type) => /insights|consumption/i.test(type));
    expect(left).toEqual([]);
  });
});
