import type { MinuteOfLatency, MinuteOfRequests } from "./clients/metrics";

/** What a deployment answered in a span. */
export interface RequestFigures {
  requests: number;
  failed: number;
  /** Mean of the minutes' 95th percentiles in ms. Undefined without requests. */
  latencyMs?: number;
}

/** The minutes of one deployment together. */
export function requestFigures(
  own: readonly MinuteOfRequests[],
  latencies: readonly MinuteOfLatency[],
): RequestFigures {
  const total = (entries: readonly MinuteOfRequests[]): number =>
    entries.reduce((sum, { requests }) => sum + requests, 0);
  const latency = latencies.reduce((sum, { latencyMs }) => sum + latencyMs, 0) / latencies.length;
  return {
    requests: total(own),
    failed: total(own.filter(({ statusCode }) => isFailure(statusCode))),
    ...(latencies.length > 0 ? { latencyMs: latency } : {}),
  };
}

/**
 * Statuses that the deployment answers for: 408 (too slow), 424 (its container failed), 429 (too busy) and 5xx. Others in 4xx are the
 * caller's. Source: Microsoft Learn, how-to-troubleshoot-online-endpoints, HTTP status codes.
 */
const isFailure = (statusCode: string): boolean => /^(408|424|429|5\w\w)$/.test(statusCode);
