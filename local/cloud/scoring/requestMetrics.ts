/** Counts of scoring requests, as Azure Monitor has them: by minute, deployment and status. In memory only. */

const MINUTE_MS = 60_000;
/** Older minutes are forgotten. */
const KEPT_MINUTES = 24 * 60;

export interface ScoredRequest {
  endpointId: string;
  deployment: string;
  statusCode: number;
  /** Status of the model's container; empty if it was not reached. */
  modelStatusCode: string;
  milliseconds: number;
}

interface Counted extends ScoredRequest {
  minute: number;
}

export interface RequestMetrics {
  record(request: ScoredRequest): void;
  /** Of one endpoint, with the start of their minute in ms; `start` included, `end` not. */
  between(endpointId: string, start: number, end: number): Counted[];
}

/**
 * @param now real time in ms. A client asks for a span of its own clock, which the local cloud's virtual clock may have left behind.
 */
export function createRequestMetrics(now: () => number = Date.now): RequestMetrics {
  const byMinute = new Map<number, Counted[]>();
  return {
    record: (request) => {
      const minute = Math.floor(now() / MINUTE_MS) * MINUTE_MS;
      const counted = byMinute.get(minute) ?? [];
      counted.push({ ...request, minute });
      byMinute.set(minute, counted);
      for (const old of byMinute.keys()) if (old < minute - KEPT_MINUTES * MINUTE_MS) byMinute.delete(old);
    },
    between: (endpointId, start, end) =>
      [...byMinute.values()]
        .flat()
        .filter(({ minute }) => minute >= start && minute < end)
        .filter((request) => request.endpointId.toLowerCase() === endpointId.toLowerCase()),
  };
}
