/** Readiness and liveness probes of a deployment's container, as Kubernetes judges them. */
import { durationMs } from "../duration";

export interface Probe {
  initialDelayMs: number;
  periodMs: number;
  timeoutMs: number;
  failureThreshold: number;
  successThreshold: number;
}

/** How the start of a container ends: when, counted from its start, and why where it fails. */
type StartOutcome =
  | { ready: true; afterMs: number; failures: number }
  | { ready: false; afterMs: number; probe: "readiness" | "liveness"; failures: number; restarts: number };

/** A container that its liveness probe has killed is started so often again before the deployment is given up [inferred]. */
const RESTARTS = 3;

/** A stored probe, whose members were checked when it was stored. */
export function probeOf(stored: unknown): Probe {
  const probe = (stored ?? {}) as Record<string, unknown>;
  const length = (key: string): number => durationMs(String(probe[key])) ?? 0;
  return {
    initialDelayMs: length("initialDelay"),
    periodMs: length("period"),
    timeoutMs: length("timeout"),
    failureThreshold: Number(probe["failureThreshold"]),
    successThreshold: Number(probe["successThreshold"]),
  };
}

/** When a probe has failed as often as it may, of a container that answers from `answersMs` on. */
function givenUpAt({ initialDelayMs, periodMs, timeoutMs, failureThreshold }: Probe): number {
  return initialDelayMs + (failureThreshold - 1) * periodMs + timeoutMs;
}

/** When the liveness probe kills the container before its start ends, counted from its first start. */
export function killsOf(outcome: StartOutcome, liveness: Probe): number[] {
  if (outcome.ready) return [];
  return Array.from({ length: outcome.restarts }, (_, index) => (index + 1) * givenUpAt(liveness));
}

/**
 * How a container's start ends.
 * @param answersMs when it answers, counted from its start; `Infinity`: never
 */
export function judgeStart(answersMs: number, readiness: Probe, liveness: Probe): StartOutcome {
  // Liveness asks whether the process is there at all: one that never gets ready may well live.
  const livesMs = Number.isFinite(answersMs) ? answersMs : 0;
  const killed = givenUpAt(liveness);
  const unready = givenUpAt(readiness);
  if (livesMs > killed && killed * (RESTARTS + 1) < unready) {
    return {
      ready: false,
      afterMs: killed * (RESTARTS + 1),
      probe: "liveness",
      failures: liveness.failureThreshold,
      restarts: RESTARTS,
    };
  }
  // A container that is killed before it answers begins anew each time and never gets there.
  if (answersMs > unready || livesMs > killed) {
    const restarts = livesMs > killed ? Math.floor(unready / killed) : 0;
    return {
      ready: false,
      afterMs: unready,
      probe: "readiness",
      failures: readiness.failureThreshold,
      restarts,
    };
  }
  const { initialDelayMs, periodMs, successThreshold } = readiness;
  const failures = Math.max(0, Math.ceil((answersMs - initialDelayMs) / Math.max(1, periodMs)));
  return {
    ready: true,
    afterMs: initialDelayMs + (failures + successThreshold - 1) * periodMs,
    failures,
  };
}
