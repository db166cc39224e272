/** Waits until fewer pieces of work than the limit are in progress, and runs this one. First come, first served. */
export type Limiter = <T>(work: () => Promise<T>) => Promise<T>;

/** Creates a limiter. Hand-written (17 lines): p-limit is an ES module since version 4. */
export function createLimiter(most: number): Limiter {
  let running = 0;
  const waiting: Array<() => void> = [];
  return async (work) => {
    if (running < most) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The next one takes the place of this one.
      if (next) next();
      else running--;
    }
  };
}
