/** When to try again: what every answer says that asks a client to wait, in the spellings that clients read. */
import type { ClockProfile } from "./clock";

/**
 * The headers of an answer after which a client is to wait. Clients wait by the time on the wall, whatever the cloud's
 * clock shows. Go's and JavaScript's pipelines and our own read milliseconds first [their sources]; `@azure/core-lro` and Azure's
 * SDK for Python read the seconds first, and take 0 for "not said": the seconds are rounded up.
 * @param milliseconds more than 0
 */
export function retryAfter(milliseconds: number): Record<string, string> {
  const whole = String(Math.max(1, Math.round(milliseconds)));
  return {
    "retry-after": String(Math.ceil(Number(whole) / 1000)),
    "retry-after-ms": whole,
    "x-ms-retry-after-ms": whole,
  };
}

/** Between polls where an operation takes a fraction of a second, and at the most often. */
const QUICK_POLL_MS = 100;
/** Between polls on Azure, in its own time [observed: Retry-After of 10 to 15 seconds]. */
const REALISTIC_POLL_MS = 10_000;
/** Between polls of a cloud whose clock is moved by hand. */
const STANDING_POLL_MS = 1000;

/** What clients are told to wait between two polls of a long-running operation, in milliseconds on the wall. */
export function pollAfterMs({ profile, speed }: { profile: ClockProfile; speed: number }): number {
  if (profile !== "realistic") return QUICK_POLL_MS;
  return speed === 0 ? STANDING_POLL_MS : Math.max(QUICK_POLL_MS, REALISTIC_POLL_MS / speed);
}
