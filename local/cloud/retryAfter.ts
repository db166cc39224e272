import type { ClockProfile } from "./clock";

/**
 * Clients wait in real time, whatever the cloud's clock shows. The pipelines of Go and JavaScript and our own
 * clients read milliseconds first [their sources]. `@azure/core-lro` and Azure's SDK for Python read the
 * seconds first and treat 0 as absent, so the seconds are rounded up.
 */
export function retryAfter(milliseconds: number): Record<string, string> {
  const whole = String(Math.max(1, Math.round(milliseconds)));
  return {
    "retry-after": String(Math.ceil(Number(whole) / 1000)),
    "retry-after-ms": whole,
    "x-ms-retry-after-ms": whole,
  };
}

/** Time between polls of operations that take a fraction of a second, and the minimum. */
const QUICK_POLL_MS = 100;
/** Time between polls on Azure, in its own time [observed: Retry-After of 10 to 15 seconds]. */
const REALISTIC_POLL_MS = 10_000;
/** Time between polls of a cloud whose clock stands still. */
const STANDING_POLL_MS = 1000;

/** In real milliseconds. */
export function pollAfterMs({ profile, speed }: { profile: ClockProfile; speed: number }): number {
  if (profile !== "realistic") return QUICK_POLL_MS;
  return speed === 0 ? STANDING_POLL_MS : Math.max(QUICK_POLL_MS, REALISTIC_POLL_MS / speed);
}
