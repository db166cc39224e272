import { rollOut } from "../../providers/traffic/rollout";
import type { HostSignals } from "../../providers/shared/hostSignals";
import { fakeCloud, type Reply } from "../azureml/support";
import { virtualClock } from "../azureml/virtualClock";

const workspace = { subscriptionId: "s", resourceGroupName: "g", workspaceName: "w" };
const hour = 3_600_000;
const rollout = { steps: [10, 100], holdSeconds: 3600, maxErrorRate: 0.05, mirrorPercent: 0 };

/** An endpoint with all traffic at `old`, whose metrics are read with `metrics`. */
function served(clock: ReturnType<typeof virtualClock>, metrics: (index: number) => Reply) {
  let traffic: Record<string, number> = { old: 100 };
  const splits: Record<string, number>[] = [];
  let reads = 0;
  const { session } = fakeCloud(({ method, url, body }) => {
    if (url.includes("/metrics")) return metrics(reads++);
    if (method === "PUT") {
      const sent = JSON.parse(String(body)) as { properties: { traffic: Record<string, number> } };
      splits.push((traffic = sent.properties.traffic));
    }
    const properties = { authMode: "Key", traffic, provisioningState: "Succeeded" };
    return { status: 200, body: { id: "/e", name: "e", location: "westeurope", properties } };
  });
  const cancels: (() => void)[] = [];
  const signals: HostSignals = {
    onCancel: (listener) => {
      cancels.push(listener);
      return () => void cancels.splice(0);
    },
    onEnd: () => () => undefined,
    endProcess: () => undefined,
  };
  const run = (): Promise<unknown> =>
    rollOut(session, { workspace, endpointName: "e" }, "new", rollout, { clock, signals });
  return { run, splits, cancels };
}

/** No requests in any minute. */
const quiet: Reply = { status: 200, body: { value: [{ timeseries: [] }] } };

beforeEach(() => void jest.spyOn(console, "log").mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

test("a roll-out holds each step in the time of its clock, and goes on through minutes without metrics", async () => {
  const clock = virtualClock();
  const start = clock.now();
  const { run, splits, cancels } = served(clock, (index) =>
    index > 0 && index < 60 ? { status: 503 } : quiet,
  );
  expect(await run()).toBeUndefined();
  expect(splits).toEqual([{ old: 90, new: 10 }, { new: 100 }]);
  expect(clock.now() - start).toBeGreaterThanOrEqual(2 * hour);
  expect(cancels).toEqual([]);
});

test("a Ctrl-C ends the wait of a step at once, and all traffic goes back", async () => {
  const clock = virtualClock();
  const { run, splits, cancels } = served(clock, () => quiet);
  const sleep = clock.sleep.bind(clock);
  clock.sleep = (ms, signal) => {
    if (ms === hour) cancels[0]?.();
    return sleep(ms, signal);
  };
  await expect(run()).rejects.toMatchObject({
    code: "RolloutCanceled",
    message: expect.stringMatching(/step 10 %.*All traffic is back/s) as string,
  });
  expect(splits).toEqual([{ old: 90, new: 10 }, { old: 100 }]);
});
