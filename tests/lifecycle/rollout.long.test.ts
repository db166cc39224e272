import { setTimeout as pause } from "node:timers/promises";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { operationsOf } from "./operations";
import { call, get, makeTestSandbox, outputs, type StackOutputs, stateOf } from "./support";

interface Endpoint {
  properties: { traffic: Record<string, number>; mirrorTraffic?: Record<string, number> };
}

describe("a roll-out in steps", () => {
  let sandbox: Sandbox;
  let first: StackOutputs;

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    await succeed("up");
    first = outputs(sandbox);
    sandbox.setConfig("azureml-finetune:rollout", { steps: [10, 50, 100], holdSeconds: 3 });
  });
  afterAll(() => sandbox.dispose());

  const { succeed, fail, send, addFault, clearFaults } = operationsOf(() => sandbox);
  const endpointId = (): string =>
    `/subscriptions/${first.subscriptionId}/resourceGroups/${first.resourceGroupName}` +
    `/providers/Microsoft.MachineLearningServices/workspaces/${first.workspaceName}/onlineEndpoints/${first.endpointName}`;
  const version = "api-version=2025-12-01";
  const endpoint = () => get<Endpoint>(sandbox, `${endpointId()}?${version}`);
  const deployments = async (): Promise<string[]> => {
    const { value } = await get<{ value: { name: string }[] }>(
      sandbox,
      `${endpointId()}/deployments?${version}`,
    );
    return value.map(({ name }) => name);
  };
  const deployAs = (prefix: string): void =>
    sandbox.setConfig("azureml-finetune:endpoint.deploymentPrefix", prefix);

  /** The statuses of all requests that a caller sends, one after the other, while the work runs. */
  const underLoad = async (work: () => Promise<void>): Promise<number[]> => {
    const { primaryKey } = await send<{ primaryKey: string }>(
      "POST",
      `${endpointId()}/listKeys?${version}`,
      {},
    );
    const body = {
      input_data: { input_string: [{ role: "user", content: "Hello!" }], parameters: { max_new_tokens: 2 } },
    };
    const statuses: number[] = [];
    let isWorking = true;
    const caller = (async () => {
      while (isWorking) {
        const answer = await call(sandbox, "POST", first.scoringUri ?? "", { token: primaryKey, body });
        statuses.push(answer.status);
        await pause(20);
      }
    })();
    try {
      await work();
    } finally {
      isWorking = false;
      await caller;
    }
    expect(statuses.length).toBeGreaterThan(10);
    return statuses;
  };
  /** The metrics of a minute still contain what a deployment of the same name answered before its deletion. */
  const nextMinute = (): Promise<void> => pause(60_000 - (Date.now() % 60_000) + 100);
  const failuresIn = (statuses: number[]): number[] => statuses.filter((status) => status !== 200);

  test("moves all traffic step by step without a failed request, the old deployment's deletion included", async () => {
    deployAs("second");
    let all = "";
    const statuses = await underLoad(async () => void ({ all } = await succeed("up")));
    expect(failuresIn(statuses)).toEqual([]);
    for (const step of ["10 %", "50 %", "100 %"])
      expect(all).toMatch(new RegExp(`\\] ${step} for second-\\S+: \\d+ requests, error rate 0 %, latency`));
    expect(await deployments()).toEqual([outputs(sandbox).deploymentName]);
    await succeed("preview", "--expect-no-changes");
  });

  test("puts all traffic back without a failed request if a step is too slow, deletes the deployment, and tries again", async () => {
    const before = outputs(sandbox).deploymentName ?? "";
    deployAs("slow");
    sandbox.setConfig("azureml-finetune:rollout.maxLatencyMs", 2_000);
    await addFault({
      kind: "score-slow",
      path: "*/deployments/slow-*",
      nth: 2,
      times: 0,
      retryAfterMs: 2_500,
    });
    let all = "";
    const statuses = await underLoad(async () => void ({ all } = await fail("up")));
    expect(failuresIn(statuses)).toEqual([]);
    expect(all).toMatch(
      /RolloutStepFailed.*step 10 %.*\d+ requests.*latency \d+ ms, limit 2000 ms.*All traffic is back/s,
    );
    expect(all).toMatch(/The end of its log:.*POST \/score 200.*Deleted: deployment slow-/s);
    expect((await endpoint()).properties.traffic).toEqual({ [before]: 100 });
    expect(await deployments()).toEqual([before]);
    expect(stateOf(sandbox).resources.filter(({ type }) => type.endsWith(":OnlineDeployment"))).toHaveLength(
      1,
    );
    await clearFaults();
    await nextMinute();
    await underLoad(async () => void (await succeed("up")));
    expect(await deployments()).toEqual([outputs(sandbox).deploymentName]);
    expect(outputs(sandbox).deploymentName).toMatch(/^slow-/);
    await succeed("preview", "--expect-no-changes");
  });

  test("finds errors with mirrored traffic before a caller sees one, and a return to the old configuration is clean", async () => {
    const before = outputs(sandbox).deploymentName ?? "";
    deployAs("broken");
    sandbox.setConfig("azureml-finetune:rollout.mirrorPercent", 50);
    await addFault({ kind: "score-error", path: "*/deployments/broken-*", nth: 2, times: 0 });
    let all = "";
    const statuses = await underLoad(async () => void ({ all } = await fail("up")));
    expect(failuresIn(statuses)).toEqual([]);
    expect(all).toMatch(/RolloutStepFailed.*step mirror 50 %.*error rate [\d.]+ %, limit 5 %/s);
    expect(await deployments()).toEqual([before]);
    await clearFaults();
    deployAs("slow");
    await succeed("up");
    await succeed("preview", "--expect-no-changes");
    expect((await endpoint()).properties).toMatchObject({ traffic: { [before]: 100 }, mirrorTraffic: {} });
    expect(await deployments()).toEqual([before]);
  });

  test("goes on from the live split after kill -9 in a step", async () => {
    deployAs("killed");
    sandbox.setConfig("azureml-finetune:rollout.holdSeconds", 6);
    let again = "";
    const statuses = await underLoad(async () => {
      const run = sandbox.start("stack", "up");
      await run.until(/\] 50 % for killed-\S+: held/);
      process.kill(-run.pid, "SIGKILL");
      await run.finished;
      expect(Object.values((await endpoint()).properties.traffic)).toEqual([50, 50]);
      sandbox.setConfig("azureml-finetune:rollout.holdSeconds", 3);
      again = (await succeed("up")).all;
    });
    expect(failuresIn(statuses)).toEqual([]);
    expect(again).toMatch(/\] 50 % for killed-/);
    expect(again).not.toMatch(/mirror 50 %|\] 10 % for/);
    expect(await deployments()).toEqual([outputs(sandbox).deploymentName]);
    await succeed("preview", "--expect-no-changes");
  });

  test("deletes a deployment whose probe failed, and keeps it on request", async () => {
    const before = outputs(sandbox).deploymentName ?? "";
    deployAs("unready");
    await addFault({ kind: "probe-never-healthy", path: "*/deployments/unready-*" });
    const unready = await fail("up");
    expect(unready.all).toMatch(/Deployment unready-\S+ failed: its creation ended as Failed/);
    expect(unready.all).toMatch(/Deleted: deployment unready-/);
    expect(await deployments()).toEqual([before]);

    sandbox.setConfig("azureml-finetune:rollout.keepFailed", true);
    await addFault({ kind: "probe-never-healthy", path: "*/deployments/unready-*" });
    const kept = await fail("up");
    expect(kept.all).toMatch(/Kept: deployment unready-\S+ \(rollout.keepFailed\). It bills/);
    expect(await deployments()).toEqual(expect.arrayContaining([before, expect.stringMatching(/^unready-/)]));
    expect((await endpoint()).properties.traffic).toEqual({ [before]: 100 });

    sandbox.setConfig("azureml-finetune:rollout.keepFailed", undefined);
    const again = await succeed("up");
    expect(again.all).toMatch(/Deleted: deployment unready-/);
    expect(await deployments()).toEqual([outputs(sandbox).deploymentName]);
    await succeed("preview", "--expect-no-changes");
  });

  test("destroy leaves no billable resource", async () => {
    await succeed("destroy");
    expect((await get<{ empty: boolean }>(sandbox, "/local/inventory")).empty).toBe(true);
  });
});
