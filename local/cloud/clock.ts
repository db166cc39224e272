/**
 * The one clock for everything that takes time. It is virtual: it runs at its own speed and can be advanced.
 * Tokens and signed addresses use the real time, because clients check those against their own clocks.
 */
import type { Clock } from "./cloud";
import { LATENCIES, OTHER_LATENCY } from "./latencies";

export const CLOCK_PROFILES = ["instant", "brisk", "realistic"] as const;
export type ClockProfile = (typeof CLOCK_PROFILES)[number];

/**
 * The profile `brisk` shortens the time spans that users configure (idle times, probe delays) by this factor.
 */
const BRISK_SPEED = 60;
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Real time that a stored lead covers, so that a fast clock does not write at every reading. */
export const LEASE_MS = 4000;
/** The two clocks of a machine may drift apart by this much before the lead is stored again. */
const DRIFT_MS = 50;
/** Turns of the event loop in which work reacts to a delay that has ended and requests the next one. */
const SETTLING_TURNS = 8;

export interface ClockSettings {
  profile: ClockProfile;
  /** Virtual seconds per real second; 0 = the clock moves only by `advance`. Default 1. */
  speed?: number;
  /** How far the clock is ahead of real time at first, in milliseconds. Default 0. */
  aheadMs?: number;
  /**
   * Called with the largest lead before the clock reaches it. A clock that starts with the last value never
   * shows a time twice, however the process ended.
   */
  keepLead?: (aheadMs: number) => void;
}

export interface Span {
  name: string;
  due: string;
}

export interface VirtualClock extends Clock {
  readonly profile: ClockProfile;
  readonly speed: number;
  aheadMs(): number;
  setProfile(profile: ClockProfile): void;
  setSpeed(speed: number): void;
  /**
   * Everything due in between happens in order, each at its own time, including what it starts in turn. Real
   * work in between (a training, a download) is awaited.
   */
  advance(milliseconds: number): Promise<void>;
  pending(): Span[];
}

interface Timer {
  name: string;
  due: number;
  end: () => void;
}

function latencyOf(name: string, profile: ClockProfile): number {
  return profile === "instant" ? 0 : (LATENCIES[name] ?? OTHER_LATENCY)[profile];
}

function scaled(milliseconds: number, profile: ClockProfile): number {
  if (profile === "instant") return 0;
  return profile === "brisk" ? milliseconds / BRISK_SPEED : milliseconds;
}

export function createClock(settings: ClockSettings): VirtualClock {
  let { profile, speed = 1 } = settings;
  let base = { virtual: Date.now() + (settings.aheadMs ?? 0), real: performance.now() };
  let timers: Timer[] = [];
  let alarm: NodeJS.Timeout | undefined;
  const working = new Set<Promise<unknown>>();

  let kept = settings.aheadMs ?? 0;

  const now = (): number => {
    const time = base.virtual + (performance.now() - base.real) * speed;
    keepLead(time - Date.now());
    return time;
  };
  /** Renewed when half of it is used up. */
  const keepLead = (lead: number): void => {
    const lease = Math.max(0, speed - 1) * LEASE_MS;
    if (lead <= kept + DRIFT_MS - lease / 2) return;
    kept = lead + lease;
    settings.keepLead?.(Math.ceil(kept));
  };
  const moveTo = (virtual: number): void => {
    base = { virtual, real: performance.now() };
    keepLead(virtual - Date.now());
  };

  const fireDue = (): void => {
    while (timers[0] && timers[0].due <= now()) timers.shift()?.end();
    setAlarm();
  };
  const setAlarm = (): void => {
    clearTimeout(alarm);
    const [next] = timers;
    if (!next || speed === 0) return;
    const span = Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil((next.due - now()) / speed)));
    // A simulated delay must not keep the process alive.
    alarm = setTimeout(fireDue, span).unref();
  };
  const pause = (name: string, milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      if (milliseconds <= 0) return resolve();
      const remove = (): void => {
        timers = timers.filter((other) => other !== timer);
        signal?.removeEventListener("abort", aborted);
      };
      const timer: Timer = {
        name,
        due: now() + milliseconds,
        end: () => {
          remove();
          resolve();
        },
      };
      const aborted = (): void => {
        remove();
        setAlarm();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", aborted, { once: true });
      const place = timers.findIndex((other) => other.due > timer.due);
      timers.splice(place < 0 ? timers.length : place, 0, timer);
      setAlarm();
    });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < SETTLING_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (working.size === 0) return;
    await Promise.allSettled(working);
    return settle();
  };

  return {
    get profile() {
      return profile;
    },
    get speed() {
      return speed;
    },
    now: () => new Date(now()),
    aheadMs: () => Math.round(now() - Date.now()),
    latency: (name, signal) => pause(name, latencyOf(name, profile), signal),
    wait: (milliseconds, signal) => pause("wait", scaled(milliseconds, profile), signal),
    spanOf: (name) => latencyOf(name, profile) * (profile === "brisk" ? BRISK_SPEED : 1),
    during: async (work) => {
      const done = work();
      working.add(done);
      try {
        return await done;
      } finally {
        working.delete(done);
      }
    },
    setProfile: (name) => void (profile = name),
    setSpeed: (value) => {
      if (!Number.isFinite(value) || value < 0) throw new RangeError(`a speed of ${value}`);
      moveTo(now());
      speed = value;
      setAlarm();
    },
    advance: async (milliseconds) => {
      const target = now() + milliseconds;
      for (;;) {
        await settle();
        const [next] = timers;
        if (!next || next.due > target) break;
        if (next.due > now()) moveTo(next.due);
        timers.shift()?.end();
      }
      if (target > now()) moveTo(target);
      setAlarm();
    },
    pending: () => timers.map(({ name, due }) => ({ name, due: new Date(due).toISOString() })),
  };
}
