/** Readiness and liveness probes of a deployment's container, evaluated as Kubernetes does. */
import { durationMs } from "../duration";

export interface Probe {
  initialDelayMs: number;
  periodMs: number;
  timeoutMs: number;
  failureThreshold: number;
  successThreshold: number;
}

/** Result of a container's start. Times are counted from its first start. */
type StartOutcome =
  | { ready: true; afterMs: number; failures: number }
  | { ready: false; afterMs: number; probe: "readiness" | "liveness"; failures: number; restarts: number };

/** How often the liveness probe restarts a container before the deployment fails [inferred]. */
const RESTARTS = 3;

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

/** When a probe has failed `failureThreshold` times for a container that never answers. */
function givenUpAt({ initialDelayMs, periodMs, timeoutMs, failureThreshold }: Probe): number {
  return initialDelayMs + (failureThreshold - 1) * periodMs + timeoutMs;
}

/** When the liveness probe kills the container during its start, counted from the first start. */
export function killTimes(outcome: StartOutcome, liveness: Probe): number[] {
  if (outcome.ready) return [];
  return Array.from({ length: outcome.restarts }, (_, index) => (index + 1) * givenUpAt(liveness));
}

/** @param answersMs when the container answers, counted from its start; `Infinity` means never */
export function evaluateStart(answersMs: number, readiness: Probe, liveness: Probe): StartOutcome {
  // A container that never becomes ready can still be alive: the liveness probe tests its process.
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
  // A container that is killed before it answers starts over each time and never becomes ready.
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
