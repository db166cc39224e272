/** Simulated time: how long Azure would take, scaled by a profile. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./cloud";

export const CLOCK_PROFILES = ["instant", "brisk", "realistic"] as const;
export type ClockProfile = (typeof CLOCK_PROFILES)[number];

/**
 * Azure's latencies in milliseconds: as the service takes, and as `brisk` shows them (at most 300 ms, long enough for
 * every state to be seen). Durations are recollections of the live service (its documentation promises none).
 */
const LATENCIES: Record<string, { realistic: number; brisk: number }> = {
  "group.delete": { realistic: 60_000, brisk: 150 },
  "storage.create": { realistic: 20_000, brisk: 100 },
  "vault.create": { realistic: 20_000, brisk: 100 },
  "registry.create": { realistic: 15_000, brisk: 100 },
  "registry.delete": { realistic: 15_000, brisk: 50 },
  "logs.create": { realistic: 30_000, brisk: 100 },
  "logs.delete": { realistic: 15_000, brisk: 50 },
  "workspace.create": { realistic: 60_000, brisk: 200 },
  "workspace.delete": { realistic: 60_000, brisk: 150 },
  "compute.create": { realistic: 40_000, brisk: 200 },
  "compute.delete": { realistic: 60_000, brisk: 150 },
  "node.start": { realistic: 420_000, brisk: 300 },
  "node.stop": { realistic: 60_000, brisk: 50 },
  "endpoint.create": { realistic: 90_000, brisk: 200 },
  "endpoint.update": { realistic: 20_000, brisk: 100 },
  "endpoint.delete": { realistic: 120_000, brisk: 200 },
  "deployment.create": { realistic: 900_000, brisk: 300 },
  "deployment.update": { realistic: 300_000, brisk: 200 },
  "deployment.delete": { realistic: 180_000, brisk: 150 },
  "image.pull": { realistic: 120_000, brisk: 200 },
  "job.queue": { realistic: 30_000, brisk: 200 },
  "step.prepare": { realistic: 60_000, brisk: 50 },
  "step.queue": { realistic: 20_000, brisk: 50 },
  "step.finalize": { realistic: 15_000, brisk: 50 },
  "job.finalize": { realistic: 20_000, brisk: 50 },
  "job.delete": { realistic: 10_000, brisk: 50 },
};
const OTHER = { realistic: 30_000, brisk: 100 };

/** Spans the user configures run this many times faster than on the wall. */
const BRISK_SPEED = 60;

/** Milliseconds a named latency takes under a profile; names nobody listed take a middling time. */
function latencyOf(name: string, profile: ClockProfile): number {
  if (profile === "instant") return 0;
  return (LATENCIES[name] ?? OTHER)[profile];
}

export function createClock(profile: ClockProfile): Clock {
  const speed = profile === "brisk" ? BRISK_SPEED : 1;
  return {
    now: () => new Date(),
    latency: (name, signal) => pause(latencyOf(name, profile), signal),
    wait: (milliseconds, signal) => pause(profile === "instant" ? 0 : milliseconds / speed, signal),
  };
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (milliseconds <= 0) return;
  // Unreferenced: a simulated wait never keeps a process alive that otherwise has nothing to do.
  await delay(milliseconds, undefined, { signal, ref: false });
}
