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
import { accepts, OWN_CHECK } from "./strict/declaration";

const COLLECTION = "clock";

export interface ClockState {
  now: string;
  aheadMs: number;
  profile: ClockProfile;
  speed: number;
  pending: Span[];
}

/** A clock that keeps its lead in the store: time does not run backwards after a restart or a crash. */
interface KeptClock {
  clock: VirtualClock;
  close(): void;
}

export function openClock(store: Store, settings: Pick<ClockSettings, "profile" | "speed">): KeptClock {
  const stored = (): number => Math.max(0, store.get<{ aheadMs: number }>(COLLECTION, "clock")?.aheadMs ?? 0);
  let open = true;
  const keepLead = (aheadMs: number): void => {
    if (open) store.put(COLLECTION, "clock", { aheadMs });
  };
  const clock = createClock({ ...settings, aheadMs: stored(), keepLead });
  // Reading the clock stores its lead.
  const timer = setInterval(() => clock.now(), LEASE_MS / 4).unref();
  return {
    clock,
    close: () => {
      open = false;
      clearInterval(timer);
      const aheadMs = clock.aheadMs();
      // Without a speed or an advance, the lead is only the rounding between two clocks: not worth a write.
      if (Math.abs(aheadMs - stored()) > 1000) store.put(COLLECTION, "clock", { aheadMs });
    },
  };
}

/** A body may contain `profile`, `speed` and `advance` (ISO 8601); they apply in that order. */
export function registerClockRoutes(app: FastifyInstance, { clock }: Core): void {
  const state = (): ClockState => ({
    now: clock.now().toISOString(),
    aheadMs: clock.aheadMs(),
    profile: clock.profile,
    speed: clock.speed,
    pending: clock.pending(),
  });
  app.get("/local/clock", accepts("the clock and its pending delays"), state);
  app.post("/local/clock", accepts("set or advance the clock", { body: OWN_CHECK }), async (request) => {
    const { profile, speed, advance, ...rest } = bodyOf(request);
    const [unknown] = Object.keys(rest);
    if (unknown) {
      const message = `'${unknown}' is not supported. Allowed: profile, speed, advance.`;
      throw invalid("InvalidParameter", message, unknown);
    }
    const newProfile = profile === undefined ? undefined : CLOCK_PROFILES.find((name) => name === profile);
    if (profile !== undefined && !newProfile) {
      const message = `'profile' is ${JSON.stringify(profile)}. Allowed: ${CLOCK_PROFILES.join(", ")}.`;
      throw invalid("InvalidParameter", message, "profile");
    }
    if (speed !== undefined && (typeof speed !== "number" || !Number.isFinite(speed) || speed < 0)) {
      const message = `'speed' is ${JSON.stringify(speed)}. It must be a number, 0 or more: virtual seconds per real second.`;
      throw invalid("InvalidParameter", message, "speed");
    }
    const span = advance === undefined ? 0 : requiredDurationMs(String(advance), "advance");
    if (newProfile) clock.setProfile(newProfile);
    if (speed !== undefined) clock.setSpeed(speed);
    if (span > 0) await clock.advance(span);
    return state();
  });
}
