/** Shares a budget (open requests, bytes in memory) between everything that runs at once. */
export interface Limiter {
  /** Waits for room, runs `work`, and gives the room back when `work` ends. */
  run<T>(cost: number, work: () => Promise<T>): Promise<T>;
  /** Waits for room and returns the function that gives it back. */
  acquire(cost: number): Promise<() => void>;
}

/** First come, first served. Something larger than the whole budget gets it when nothing else runs. */
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
