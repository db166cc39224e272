import { measurementText, missedLimit, planRollout, trafficAt } from "../../providers/traffic/steps";

const live = (traffic: Record<string, number>, mirrorTraffic: Record<string, number> = {}) => ({
  traffic,
  mirrorTraffic,
});
const inSteps = { steps: [10, 50, 100], mirrorPercent: 0 };
const percents = (traffic: Record<string, number>, mirrorPercent = 0) =>
  planRollout(live(traffic), "new", { ...inSteps, mirrorPercent }).steps.map(({ kind, percent }) =>
    kind === "mirror" ? `mirror ${percent}` : percent,
  );

describe("the plan of a roll-out", () => {
  test("begins with the mirrored traffic, then takes each step", () => {
    expect(percents({ old: 100 }, 20)).toEqual(["mirror 20", 10, 50, 100]);
    expect(percents({ old: 100, new: 0 })).toEqual([10, 50, 100]);
  });

  test("goes on at the live step, which is held again, and never mirrors then", () => {
    expect(percents({ old: 90, new: 10 }, 20)).toEqual([10, 50, 100]);
    expect(percents({ old: 50, new: 50 })).toEqual([50, 100]);
    expect(percents({ old: 70, new: 30 })).toEqual([50, 100]);
  });

  test("has no step after the last one is live, nor without a deployment that serves", () => {
    expect(percents({ new: 100 }, 20)).toEqual([]);
    expect(percents({}, 20)).toEqual([]);
    expect(percents({ old: 0 })).toEqual([]);
  });

  test("returns to the others' proportions, also from the middle of a roll-out", () => {
    expect(planRollout(live({ old: 90, new: 10 }), "new", inSteps).before).toEqual({ old: 100 });
    expect(planRollout(live({ a: 60, b: 30, new: 10 }), "new", inSteps).before).toEqual({ a: 67, b: 33 });
  });
});

describe("the traffic in a step", () => {
  test("sums to 100 and mirrors to nobody who is live", () => {
    expect(trafficAt({ kind: "live", percent: 10 }, "new", { a: 67, b: 33 })).toEqual(
      live({ a: 61, b: 29, new: 10 }),
    );
    expect(trafficAt({ kind: "live", percent: 100 }, "new", { old: 100 })).toEqual(live({ new: 100 }));
    expect(trafficAt({ kind: "mirror", percent: 20 }, "new", { old: 100 })).toEqual(
      live({ old: 100 }, { new: 20 }),
    );
  });
});

describe("the limits of a step", () => {
  const limits = { maxErrorRate: 0.05, maxLatencyMs: 500 };

  test("are met at the limit and without requests", () => {
    expect(missedLimit({ requests: 100, failed: 5, latencyMs: 500 }, limits)).toBeUndefined();
    expect(missedLimit({ requests: 0, failed: 0 }, limits)).toBeUndefined();
    expect(measurementText({ requests: 0, failed: 0 })).toBe("no requests");
  });

  test("name every figure that is missed", () => {
    expect(missedLimit({ requests: 100, failed: 6, latencyMs: 500.6 }, limits)).toBe(
      "error rate 6 %, limit 5 %; latency 501 ms, limit 500 ms",
    );
    expect(missedLimit({ requests: 3, failed: 1 }, { maxErrorRate: 0 })).toBe(
      "error rate 33.33 %, limit 0 %",
    );
  });
});
