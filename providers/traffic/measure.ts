import {
  lastMinute,
  latencyByMinute,
  requestsByMinute,
  type Span,
  wholeMinutes,
} from "../../azureml/clients/metrics";
import type { AzureSession } from "../../azureml/clients/session";
import { type Clock, createOutage, systemClock, unavailable } from "../../azureml/http/patience";
import { type RequestFigures, requestFigures } from "../../azureml/requestFigures";

/** How to wait for Azure Monitor. */
export interface Patience {
  /** Time after the end of the span, until a minute without a value counts as one without requests. */
  lagMs: number;
  pollMs: number;
  /** Default: the system's clock. */
  clock?: Clock;
  /** Ends the wait with an AbortError. */
  signal?: AbortSignal;
}

/**
 * A minute's value exists some minutes later. Source: Microsoft Learn, azure-monitor/logs/data-ingestion-time: platform metrics are
 * in the metrics database in under a minute; clients have seen two to three minutes (Azure/azure-libraries-for-net#499).
 */
export const azureMonitorPatience: Patience = { lagMs: 240_000, pollMs: 10_000 };

/**
 * What a deployment answered in a span. Waits until the metrics contain the span's last minute: a value of that minute or a later one, of
 * any deployment of the endpoint, shows that. If none appears in time, the endpoint had no requests in that minute: Azure Monitor then has
 * no series at all (open-telemetry/opentelemetry-collector-contrib#44940), as for a minute that it has not counted yet.
 */
export async function measure(
  session: AzureSession,
  { endpointId, deployment }: { endpointId: string; deployment: string },
  span: Span,
  patience: Patience = azureMonitorPatience,
): Promise<RequestFigures> {
  const last = lastMinute(span);
  const { start } = wholeMinutes(span);
  const { lagMs, pollMs, clock = systemClock, signal } = patience;
  const deadline = span.end + lagMs;
  // Traffic is served meanwhile: a roll-out does not fail because the metrics cannot be read for a while.
  const outage = createOutage({ clock });
  for (;;) {
    const end = Math.min(deadline, Math.max(span.end, clock.now()));
    const all = await outage.tolerate(() => requestsByMinute(session, endpointId, { start, end }));
    if (all !== unavailable && (all.some(({ minute }) => minute >= last) || clock.now() >= deadline)) {
      const own = all.filter(
        (entry) => entry.minute <= last && entry.deployment.toLowerCase() === deployment.toLowerCase(),
      );
      if (own.length === 0) return { requests: 0, failed: 0 };
      const latencies = await outage.tolerate(() => latencyByMinute(session, endpointId, deployment, span));
      if (latencies !== unavailable) return requestFigures(own, latencies);
    }
    const left = deadline - clock.now();
    await clock.sleep(left > 0 ? Math.min(pollMs, left) : pollMs, signal);
  }
}
