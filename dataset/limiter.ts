/** Shares a budget (concurrent requests, bytes in memory) between concurrent work. */
export interface Limiter {
  /** Waits for room, runs `work`, and releases the room when `work` ends. */
  run<T>(cost: number, work: () => Promise<T>): Promise<T>;
  /** Waits for room and returns the function that releases it. */
  acquire(cost: number): Promise<() => void>;
}

/**
 * Creates a limiter. First come, first served. Work that costs more than the whole budget runs alone.
 *
 * Hand-written (46 lines): p-limit and its kin limit the number of tasks, and the memory budget needs a cost
 * per task.
 */
export function createLimiter(budget: number): Limiter {
  let used = 0;
  const waiting: Array<{ cost: number; go: () => void }> = [];

  const admit = (): void => {
    for (let next = waiting[0]; next && (used === 0 || used + next.cost <= budget); next = waiting[0]) {
      waiting.shift();
      used += next.cost;
      next.go();
    }
  };

  async function acquire(cost: number): Promise<() => void> {
    await new Promise<void>((resolve) => {
      waiting.push({ cost, go: resolve });
      admit();
    });
    let released = false;
    return () => {
      if (released) return;
      released = true;
      used -= cost;
      admit();
    };
  }

  async function run<T>(cost: number, work: () => Promise<T>): Promise<T> {
    const release = await acquire(cost);
    try {
      return await work();
    } finally {
      release();
    }
  }

  return { run, acquire };
}
