import { steppedRollout } from "../../config/rollout";
import { config, problems } from "./support";

const stepped = (rollout: Record<string, unknown>) => steppedRollout(config({ rollout }).rollout);

describe("the section rollout", () => {
  test("moves all traffic at once by default, without an input for the traffic", () => {
    expect(steppedRollout(config().rollout)).toBeUndefined();
    expect(stepped({ holdSeconds: 600, keepFailed: true })).toBeUndefined();
  });

  test("asks for steps with limits as soon as steps, mirroring or a limit are set", () => {
    expect(stepped({ steps: [10, 100] })).toEqual({
      steps: [10, 100],
      holdSeconds: 300,
      maxErrorRate: 0.05,
      mirrorPercent: 0,
    });
    expect(stepped({ mirrorPercent: 20 })).toMatchObject({ steps: [100], mirrorPercent: 20 });
    expect(stepped({ maxLatencyMs: "900" })).toMatchObject({ maxErrorRate: 0.05, maxLatencyMs: 900 });
    expect(stepped({ maxErrorRate: 0 })).toMatchObject({ maxErrorRate: 0 });
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ steps: [10, 50] }, /rollout\.steps.*growing whole numbers from 1 to 100 that ends with 100/],
    [{ steps: [50, 10, 100] }, /rollout\.steps/],
    [{ steps: [] }, /rollout\.steps/],
    [{ steps: [0, 100] }, /rollout\.steps/],
    [{ mirrorPercent: 51 }, /rollout\.mirrorPercent \| 51.*0 to 50/],
    [{ maxErrorRate: 5 }, /rollout\.maxErrorRate \| 5.*0 to 1/],
    [{ holdSeconds: 0 }, /rollout\.holdSeconds \| 0/],
    [{ holdSecond: 10 }, /rollout\.holdSecond.*holdSeconds/],
  ])("refuses %j", (rollout, message) => {
    const found = problems({ rollout });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});
