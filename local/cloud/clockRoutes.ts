/** `/local/clock`: what time it is in the local cloud, what is waited for, and moving it on. */
import type { FastifyInstance } from "fastify";
import { bodyOf, invalid } from "./arm/body";
import type { Store } from "./cloud";
import {
  CLOCK_PROFILES,
  type ClockProfile,
  type ClockSettings,
  createClock,
  LEASE_MS,
  type Span,
  type VirtualClock,
} from "./clock";
import type { Core } from "./core";
import { requiredDurationMs } from "./ml/duration";

const COLLECTION = "clock";

/** Answer of `GET /local/clock`. */
export interface ClockState {
  now: string;
  /** How far it is ahead of the wall, in milliseconds. */
  aheadMs: number;
  profile: ClockProfile;
  speed: number;
  /** What is waited for, the next first. */
  pending: Span[];
}

/** A clock whose lead is in the store: time does not run backwards over a restart, nor over a crash. */
export interface KeptClock {
  clock: VirtualClock;
  /** Keeps the lead as it is, instead of as it may become until it is kept again. */
  close(): void;
}

/** Opens the clock of a store, where it stood; begins at the time on the wall. */
export function openClock(store: Store, settings: Pick<ClockSettings, "profile" | "speed">): KeptClock {
  const stored = (): number => Math.max(0, store.get<{ aheadMs: number }>(COLLECTION, "clock")?.aheadMs ?? 0);
  let open = true;
  const keepLead = (aheadMs: number): void => {
    if (open) store.put(COLLECTION, "clock", { aheadMs });
  };
  const clock = createClock({ ...settings, aheadMs: stored(), keepLead });
  // Looked at often enough for its lead to be kept, whoever else looks.
  const timer = setInterval(() => clock.now(), LEASE_MS / 4).unref();
  return {
    clock,
    close: () => {
      open = false;
      clearInterval(timer);
      const aheadMs = clock.aheadMs();
      // Without a speed or a move it is ahead by the rounding of two clocks: not worth a write.
      if (Math.abs(aheadMs - stored()) > 1000) store.put(COLLECTION, "clock", { aheadMs });
    },
  };
}

/** Registers the routes. A body may have `profile`, `speed` and `advance` (an ISO 8601 duration), carried out in that order. */
export function registerClockRoutes(app: FastifyInstance, { clock }: Core): void {
  const state = (): ClockState => ({
    now: clock.now().toISOString(),
    aheadMs: clock.aheadMs(),
    profile: clock.profile,
    speed: clock.speed,
    pending: clock.pending(),
  });
  app.get("/local/clock", state);
  app.post("/local/clock", async (request) => {
    const { profile, speed, advance, ...rest } = bodyOf(request);
    const [unknown] = Object.keys(rest);
    if (unknown) {
      const message = `'${unknown}' is not known. Allowed: profile, speed, advance.`;
      throw invalid("InvalidParameter", message, unknown);
    }
    const wanted = profile === undefined ? undefined : CLOCK_PROFILES.find((name) => name === profile);
    if (profile !== undefined && !wanted) {
      const message = `'profile' is ${JSON.stringify(profile)}. Allowed: ${CLOCK_PROFILES.join(", ")}.`;
      throw invalid("InvalidParameter", message, "profile");
    }
    if (speed !== undefined && (typeof speed !== "number" || !Number.isFinite(speed) || speed < 0)) {
      const message = `'speed' is ${JSON.stringify(speed)}. It is a number, 0 or more: virtual seconds in a real one.`;
      throw invalid("InvalidParameter", message, "speed");
    }
    const span = advance === undefined ? 0 : requiredDurationMs(String(advance), "advance");
    if (wanted) clock.setProfile(wanted);
    if (speed !== undefined) clock.setSpeed(speed);
    if (span > 0) await clock.advance(span);
    return state();
  });
}
