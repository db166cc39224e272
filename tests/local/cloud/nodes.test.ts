import type { ArmResource, Cloud } from "../../../local/cloud/cloud";
import { createClock } from "../../../local/cloud/clock";
import { createFaults } from "../../../local/cloud/faults/faults";
import { requiredDurationMs, durationMs } from "../../../local/cloud/ml/duration";
import { acquireNodes, dropNodes, listNodes, nodeCount, nodeState } from "../../../local/cloud/ml/nodes";
import { createResources } from "../../../local/cloud/resources";
import { memoryStore } from "../../../local/cloud/store";

const id =
  "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/computes/c";

/** The parts of a cloud that clusters need; waits for idle nodes end when the test says so. */
function smallCloud(
  minNodeCount: number,
  maxNodeCount: number,
): { cloud: Cloud; idleOver: () => Promise<void> } {
  const waits: Array<() => void> = [];
  const clock = {
    ...createClock({ profile: "instant" }),
    wait: () => new Promise<void>((resolve) => void waits.push(resolve)),
  };
  const resources = createResources(memoryStore());
  const faults = createFaults();
  const cloud = { clock, resources, faults, log: () => {} } as unknown as Cloud;
  const compute: ArmResource = {
    id,
    name: "c",
    type: "Microsoft.MachineLearningServices/workspaces/computes",
    properties: {
      properties: { scaleSettings: { minNodeCount, maxNodeCount, nodeIdleTimeBeforeScaleDown: "PT1M" } },
    },
  };
  resources.put(compute);
  const idleOver = async (): Promise<void> => {
    for (const end of waits.splice(0)) end();
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { cloud, idleOver };
}

const signal = new AbortController().signal;

describe("the nodes of a cluster", () => {
  it("start on demand, stay warm, and stop after the idle time", async () => {
    const { cloud, idleOver } = smallCloud(0, 2);
    const first = await acquireNodes(cloud, id, 1, signal, "job");
    expect(nodeState(cloud, id)).toMatchObject({ currentNodeCount: 1, allocationState: "Steady" });
    expect(listNodes(cloud, id)).toMatchObject([{ nodeState: "running", runId: "job" }]);
    first.release();
    first.release();
    expect(nodeState(cloud, id)["nodeStateCounts"]).toMatchObject({ idleNodeCount: 1, runningNodeCount: 0 });
    const second = await acquireNodes(cloud, id, 1, signal);
    expect(second.nodes).toEqual(first.nodes);
    await idleOver();
    expect(nodeCount(cloud, id)).toBe(1);
    second.release();
    await idleOver();
    expect(nodeCount(cloud, id)).toBe(0);
  });

  it("never fall below the minimum", async () => {
    const { cloud, idleOver } = smallCloud(1, 2);
    expect(nodeCount(cloud, id)).toBe(1);
    const lease = await acquireNodes(cloud, id, 2, signal);
    expect(nodeCount(cloud, id)).toBe(2);
    lease.release();
    await idleOver();
    expect(nodeCount(cloud, id)).toBe(1);
  });

  it("are allocated first come, first served, and an aborted wait leaves the queue", async () => {
    const { cloud } = smallCloud(0, 2);
    const order: string[] = [];
    const first = await acquireNodes(cloud, id, 1, signal);
    const gone = new AbortController();
    const large = acquireNodes(cloud, id, 2, gone.signal);
    const small = acquireNodes(cloud, id, 1, signal).then((lease) => {
      order.push("small");
      return lease;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    gone.abort(new Error("cancelled"));
    await expect(large).rejects.toThrow("cancelled");
    (await small).release();
    expect(order).toEqual(["small"]);
    first.release();
  });

  it("are refused for a cluster that is too small, unknown or deleted", async () => {
    const { cloud } = smallCloud(0, 1);
    await expect(acquireNodes(cloud, id, 2, signal)).rejects.toMatchObject({
      code: "JobNodeCountExceedsMaxNodes",
    });
    await expect(acquireNodes(cloud, `${id}x`, 1, signal)).rejects.toMatchObject({ code: "ComputeNotFound" });
    await acquireNodes(cloud, id, 1, signal);
    const waiting = acquireNodes(cloud, id, 1, signal);
    dropNodes(cloud, id);
    await expect(waiting).rejects.toMatchObject({ code: "ComputeDeleted" });
  });
});

describe("durations", () => {
  it.each([
    ["PT2M", 120_000],
    ["PT1M30S", 90_000],
    ["P1DT0.5S", 86_400_500],
    ["P1W", 604_800_000],
    ["P", undefined],
    ["PT", undefined],
    ["2 minutes", undefined],
  ])("%s is %s ms", (text, length) => {
    expect(durationMs(text)).toBe(length);
    if (length === undefined) expect(() => requiredDurationMs(text)).toThrow(/ISO 8601/);
  });
});
