/**
 * The one clock of everything that takes time: provisioning, queues, node starts, probes, idle times. It is virtual: it runs
 * at a speed of its own and can be moved forward. Tokens and signed addresses do not follow it: clients judge those by
 * the time on the wall.
 */
import type { Clock } from "./cloud";
import { LATENCIES, OTHER_LATENCY } from "./latencies";

export const CLOCK_PROFILES = ["instant", "brisk", "realistic"] as const;
export type ClockProfile = (typeof CLOCK_PROFILES)[number];

/** In `brisk`, spans the user configures (idle times, probe delays) are this many times shorter. */
const BRISK_SPEED = 60;
/** Longest span a timer of Node takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A lead that is kept lasts so long on the wall; what goes faster than the wall would otherwise be kept with every look at it. */
export const LEASE_MS = 4000;
/** By this much the two clocks of a machine may part without the lead being kept anew. */
const DRIFT_MS = 50;
/** Turns of the event loop in which work reacts to a span that is over, and asks for the next. */
const SETTLING_TURNS = 8;

export interface ClockSettings {
  profile: ClockProfile;
  /** Virtual seconds in a real one; 0 = the clock stands still but for `advance`. Default 1. */
  speed?: number;
  /** How far the clock is ahead of the wall at first, in milliseconds. Default 0. */
  aheadMs?: number;
  /**
   * Told how far the clock may get ahead of the wall, before it is: a clock that begins with the last lead told, after
   * whatever end of the process, shows no time that has been shown already (unless the wall's is set back).
   */
  keepLead?: (aheadMs: number) => void;
}

/** What somebody waits for. */
export interface Span {
  name: string;
  due: string;
}

export interface VirtualClock extends Clock {
  readonly profile: ClockProfile;
  readonly speed: number;
  /** How far it is ahead of the wall, in milliseconds. */
  aheadMs(): number;
  /** Takes effect for what begins from now on. */
  setProfile(profile: ClockProfile): void;
  /** @throws RangeError unless it is 0 or more */
  setSpeed(speed: number): void;
  /**
   * Lets that much time pass: everything due in between happens in order, each thing with the time it is due at on the
   * clock, and what that starts happens too. Real work in between (a training, a download) is waited for.
   */
  advance(milliseconds: number): Promise<void>;
  /** What is waited for, the next first. */
  pending(): Span[];
}

interface Timer {
  name: string;
  due: number;
  end: () => void;
}

/** Milliseconds a named latency takes under a profile. */
function latencyOf(name: string, profile: ClockProfile): number {
  return profile === "instant" ? 0 : (LATENCIES[name] ?? OTHER_LATENCY)[profile];
}

/** Milliseconds of the clock that a configured span takes under a profile. */
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
  /** Renewed when half of it is used up, so that it is on disk before the rest is. */
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
    // Unreferenced: a simulated wait never keeps a process alive that otherwise has nothing to do.
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
    setProfile: (wanted) => void (profile = wanted),
    setSpeed: (wanted) => {
      if (!Number.isFinite(wanted) || wanted < 0) throw new RangeError(`a speed of ${wanted}`);
      moveTo(now());
      speed = wanted;
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
