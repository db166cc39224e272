import type { Clock } from "../../azureml/http/patience";

/** A clock that only its sleeps and `jump` move. */
export function virtualClock(start = Date.parse("2026-01-01T00:00:00Z")): Clock & {
  jump(ms: number): void;
} {
  let now = start;
  return {
    now: () => now,
    jump: (ms) => {
      now += ms;
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      now += ms;
      // Other work of the test gets a turn.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
