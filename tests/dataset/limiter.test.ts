import { createLimiter } from "../../dataset/limiter";

describe("the limiter", () => {
  test("never exceeds the budget, and serves in order", async () => {
    const limiter = createLimiter(3);
    const order: number[] = [];
    let used = 0;
    let most = 0;
    const job = (number: number, cost: number): Promise<void> =>
      limiter.run(cost, async () => {
        order.push(number);
        used += cost;
        most = Math.max(most, used);
        await new Promise((resolve) => setImmediate(resolve));
        used -= cost;
      });
    await Promise.all([job(0, 2), job(1, 2), job(2, 1), job(3, 3), job(4, 1)]);
    expect(most).toBeLessThanOrEqual(3);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test("runs work that costs more than the whole budget alone", async () => {
    const limiter = createLimiter(3);
    const release = await limiter.acquire(1);
    let started = false;
    const large = limiter.run(10, () => {
      started = true;
      return Promise.resolve("done");
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toBe(false);
    release();
    release(); // releasing twice counts once
    expect(await large).toBe("done");
    expect(await limiter.run(3, () => Promise.resolve("next"))).toBe("next");
  });

  test("releases the room after a failure", async () => {
    const limiter = createLimiter(1);
    await expect(limiter.run(1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await limiter.run(1, () => Promise.resolve(1))).toBe(1);
  });
});
