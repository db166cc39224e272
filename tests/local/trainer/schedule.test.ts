import { learningRateAt, SCHEDULER_TYPES } from "../../../local/trainer/schedule";

describe("learning rate schedules (transformers' get_scheduler)", () => {
  // 10 steps, 2 of them warm-up, peak 1.
  test.each([
    ["linear", [0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]],
    ["cosine", [0, 0.5, 1, 0.96194, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.03806]],
    ["cosine_with_restarts", [0, 0.5, 1, 0.96194, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.03806]],
    ["polynomial", [0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]],
    ["constant", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    ["constant_with_warmup", [0, 0.5, 1, 1, 1, 1, 1, 1, 1, 1]],
  ] as const)("%s", (type, expected) => {
    const rates = expected.map((_, step) => learningRateAt(type, step, 10, 2, 1));
    rates.forEach((rate, step) => expect(rate).toBeCloseTo(expected[step]!, 5));
  });

  test.each([
    ["linear", 0],
    ["cosine", 0],
    ["cosine_with_restarts", 0],
    ["polynomial", 1e-7],
    ["constant", 0.005],
    ["constant_with_warmup", 0.005],
  ] as const)("%s ends at %d", (type, end) => {
    expect(learningRateAt(type, 100, 100, 5, 0.005)).toBeCloseTo(end, 12);
  });

  test("no schedule leaves the range from 0 to its peak, also if warm-up is longer than the training", () => {
    for (const type of SCHEDULER_TYPES) {
      for (let step = 0; step <= 12; step++) {
        const rate = learningRateAt(type, step, 10, 20, 0.3);
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate).toBeLessThanOrEqual(0.3);
      }
    }
  });
});
