import { azureMlError, AzureMlError } from "../errors";
import { hasStatus, isUnavailable } from "./failure";
import { delay } from "./http";

/** The clock of a wait. Tests replace it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits `ms` milliseconds. Rejects with an AbortError if the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = { now: () => Date.now(), sleep: delay };

/** A request with all its retries (http.ts: 5 attempts of 60 s, and the waits between them), and the wait before it. */
const longestRequestMs = 6 * 60_000;

/**
 * Milliseconds that a process has been waiting since the first reading. A gap between two readings that is longer than
 * `longestGapMs` is the sleep of the machine and does not count. Whether a monotonic clock stops during sleep depends on the
 * operating system, so neither kind of clock is trusted.
 */
export function awakeTime(clock: Clock, longestGapMs: number): () => number {
  let total = 0;
  let last = clock.now();
  return () => {
    const now = clock.now();
    const gap = now - last;
    if (gap > 0 && gap <= longestGapMs) total += gap;
    last = now;
    return total;
  };
}

/**
 * How long a service that has answered before may give no usable answer. Azure's incidents last longer than a restart, and waiting
 * costs nothing: the state contains what is awaited.
 */
export const outageLimitMs = 30 * 60_000;

/**
 * Whether an error of a poll says nothing about what is polled: no answer, throttling, 5xx, no token or an expired one (network loss
 * stops the login service too, and a person can log in again meanwhile), or a page of a proxy instead of an answer.
 */
function saysNothing(error: unknown): boolean {
  if (isUnavailable(error) || hasStatus(error, 401)) return true;
  return error instanceof AzureMlError && ["NoCredential", "UnexpectedResponse"].includes(error.code);
}

interface OutageOptions {
  clock?: Clock;
  /** Longest time between two requests, the longest request included. Default: 6 minutes, for requests with the default retries. */
  longestGapMs?: number;
  /** Waiting time, without the machine's sleep, after which the last error is thrown. Default: 30 minutes. */
  limitMs?: number;
  /** Called once for each outage with its first error. */
  onStart?(error: AzureMlError): void;
  /** Called with the first answer after an outage. */
  onEnd?(): void;
}

/** Repeated requests to a service that has answered before. */
export interface Outage {
  /** The result, or `unavailable` if the error says nothing. Throws every other error, and the last one once the limit is over. */
  tolerate<T>(work: () => Promise<T>): Promise<T | typeof unavailable>;
}

export const unavailable = Symbol("unavailable");

export function createOutage(options: OutageOptions = {}): Outage {
  const { clock = systemClock, longestGapMs = longestRequestMs, limitMs = outageLimitMs } = options;
  let lasting: (() => number) | undefined;
  return {
    async tolerate(work) {
      let result;
      try {
        result = await work();
      } catch (error) {
        if (!saysNothing(error)) throw error;
        if (!lasting) options.onStart?.(error as AzureMlError);
        lasting ??= awakeTime(clock, longestGapMs);
        if (lasting() > limitMs) throw error;
        return unavailable;
      }
      if (lasting) options.onEnd?.();
      lasting = undefined;
      return result;
    },
  };
}

interface PollOptions<T> {
  /** Name of the operation for `OperationTimeout`. */
  what: string;
  /** Waiting time, without the machine's sleep and outages. */
  minutes: number;
  clock?: Clock;
  signal?: AbortSignal;
  /** One request. Returns the final result, or what it waits for and the milliseconds until the next request. */
  poll(): Promise<{ done: T } | { status: string; waitMs: number }>;
  /** The status and the wait before the first request; without it, the first request is sent at once. */
  first?: { status: string; waitMs: number };
}

/** Polls until the end. Survives outages and the machine's sleep. Throws `OperationTimeout`. */
export async function pollUntilDone<T>(options: PollOptions<T>): Promise<T> {
  const { what, minutes, clock = systemClock, signal, poll, first } = options;
  const outage = createOutage({ clock });
  const waited = awakeTime(clock, longestRequestMs);
  let status = first?.status ?? "unknown";
  let waitMs = first?.waitMs ?? 0;
  for (;;) {
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    const answer = await outage.tolerate(poll);
    if (answer === unavailable) {
      waitMs = Math.max(waitMs, outagePollMs);
      continue;
    }
    if ("done" in answer) return answer.done;
    ({ status, waitMs } = answer);
    if (waited() >= minutes * 60_000) throw azureMlError("OperationTimeout", { what, minutes, status });
  }
}

const outagePollMs = 3_000;
