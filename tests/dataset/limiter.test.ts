import { createLimiter } from "../../dataset/limiter";

describe("the limiter", () => {
  test("never runs more at once than its limit, and serves in order", async () => {
    const limiter = createLimiter(3);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const job = (number: number): Promise<void> =>
      limiter(async () => {
        order.push(number);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      });
    await Promise.all([0, 1, 2, 3, 4, 5, 6].map(job));
    expect(most).toBe(3);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("releases the place after a failure", async () => {
    const limiter = createLimiter(1);
    const failing = limiter(() => Promise.reject(new Error("no")));
    const next = limiter(() => Promise.resolve("next"));
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("next");
  });
});
