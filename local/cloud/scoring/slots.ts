export class TooManyRequests extends Error {}

/** Limits the concurrent and the waiting requests of one deployment. */
export interface Slots {
  /** Waits for a slot. @throws TooManyRequests; the signal's reason when aborted while waiting */
  enter(limits: SlotLimits, signal: AbortSignal): Promise<() => void>;
  readonly running: number;
  readonly waiting: number;
}

export interface SlotLimits {
  /** maxConcurrentRequestsPerInstance × instances. */
  concurrent: number;
  /** Running and waiting requests together; the service allows twice `concurrent` [documented]. */
  pending: number;
}

interface Waiting {
  start: () => void;
}

/** In order of arrival. Each call has its own limits, which change while the deployment scales. */
export function createSlots(): Slots {
  let running = 0;
  let queue: Waiting[] = [];
  const leave = (limits: SlotLimits) => {
    let left = false;
    return (): void => {
      if (left) return;
      left = true;
      running--;
      while (running < limits.concurrent && queue.length > 0) queue.shift()?.start();
    };
  };
  return {
    get running() {
      return running;
    },
    get waiting() {
      return queue.length;
    },
    enter: (limits, signal) => {
      if (running + queue.length >= limits.pending) {
        return Promise.reject(
          new TooManyRequests(`${running} requests are running and ${queue.length} are waiting.`),
        );
      }
      if (running < limits.concurrent && queue.length === 0) {
        running++;
        return Promise.resolve(leave(limits));
      }
      return new Promise((resolve, reject) => {
        const aborted = (): void => {
          queue = queue.filter((other) => other !== entry);
          reject(signal.reason as Error);
        };
        const entry: Waiting = {
          start: () => {
            signal.removeEventListener("abort", aborted);
            running++;
            resolve(leave(limits));
          },
        };
        signal.addEventListener("abort", aborted, { once: true });
        queue.push(entry);
      });
    },
  };
}
