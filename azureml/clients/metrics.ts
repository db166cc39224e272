import { armGetJson } from "./arm";
import type { AzureSession } from "./session";

/**
 * Requests and latencies of an online endpoint's deployments in Azure Monitor.
 *
 * Names, dimensions and the grain PT1M: MicrosoftDocs/azure-monitor-docs, reference/supported-metrics, the page of
 * Microsoft.MachineLearningServices/workspaces/onlineEndpoints. The type …/deployments has no metric of requests.
 * The operation: Azure/azure-rest-api-specs, Microsoft.Insights/Insights/stable/2024-02-01/metrics_API.json, Metrics_List.
 */
const apiVersion = "2024-02-01";
const requestsMetric = "RequestsPerMinute";
const latencyMetric = "RequestLatency_P95";
const grainMs = 60_000;
/** The service returns 10 series unless more are requested. */
const mostSeries = 500;

/** One minute of one deployment. */
export interface MinuteOfRequests {
  deployment: string;
  /** Start of the minute, ms since 1970. */
  minute: number;
  /** HTTP status, such as "200". */
  statusCode: string;
  requests: number;
}

export interface MinuteOfLatency {
  minute: number;
  /** 95th percentile in ms. */
  latencyMs: number;
}

/** A time span in ms since 1970, `start` included and `end` not. */
export interface Span {
  start: number;
  end: number;
}

/**
 * The span in whole minutes, because the metrics have one value per minute. The minute in which it begins also has requests from
 * before; it is left out if a complete minute follows.
 */
export function wholeMinutes({ start, end }: Span): Span {
  const complete = Math.ceil(start / grainMs) * grainMs;
  return {
    start: complete + grainMs <= end ? complete : Math.floor(start / grainMs) * grainMs,
    end: Math.ceil(end / grainMs) * grainMs,
  };
}

/** The last minute that begins before the end of a span. */
export const lastMinute = ({ end }: Span): number => (Math.ceil(end / grainMs) - 1) * grainMs;

/**
 * Requests by deployment, minute and status. Minutes without a value, or with 0, are left out: the service reports both for minutes
 * that it has not counted yet (Azure/azure-libraries-for-net#499).
 * @param endpointId ARM id of the endpoint.
 */
export async function requestsByMinute(
  session: AzureSession,
  endpointId: string,
  span: Span,
): Promise<MinuteOfRequests[]> {
  const series = await listMetric(session, endpointId, {
    metric: requestsMetric,
    span,
    filter: "deployment eq '*' and statusCode eq '*'",
  });
  return series.flatMap(({ dimensions, points }) =>
    points
      .filter(({ value }) => value > 0)
      .map(({ minute, value }) => ({
        deployment: dimensions.deployment ?? "",
        statusCode: dimensions.statuscode ?? "",
        minute,
        requests: value,
      })),
  );
}

/** The 95th percentiles of a deployment's latency. */
export async function latencyByMinute(
  session: AzureSession,
  endpointId: string,
  deployment: string,
  span: Span,
): Promise<MinuteOfLatency[]> {
  const filter = `deployment eq '${deployment}'`;
  const series = await listMetric(session, endpointId, { metric: latencyMetric, span, filter });
  return series.flatMap(({ points }) =>
    points.filter(({ value }) => value > 0).map(({ minute, value }) => ({ minute, latencyMs: value })),
  );
}

interface Series {
  /** Names in lower case, as the service returns them. */
  dimensions: Record<string, string>;
  points: { minute: number; value: number }[];
}

async function listMetric(
  session: AzureSession,
  endpointId: string,
  { metric, span, filter }: { metric: string; span: Span; filter: string },
): Promise<Series[]> {
  const { start, end } = wholeMinutes(span);
  const body = (await armGetJson(session, {
    path: `${endpointId}/providers/Microsoft.Insights/metrics`,
    apiVersion,
    what: `metric ${metric} of endpoint "${endpointId.slice(endpointId.lastIndexOf("/") + 1)}"`,
    query: {
      metricnames: metric,
      timespan: `${isoSeconds(start)}/${isoSeconds(end)}`,
      interval: "PT1M",
      // The only aggregation of these metrics.
      aggregation: "Average",
      $filter: filter,
      top: mostSeries,
    },
  })) as MetricsBody;
  return (body.value ?? []).flatMap(({ timeseries }) =>
    (timeseries ?? []).map(({ metadatavalues, data }) => ({
      dimensions: Object.fromEntries(
        (metadatavalues ?? []).map(({ name, value }) => [(name?.value ?? "").toLowerCase(), value ?? ""]),
      ),
      points: (data ?? []).flatMap(({ timeStamp, average }) =>
        timeStamp === undefined || typeof average !== "number"
          ? []
          : [{ minute: Date.parse(timeStamp), value: average }],
      ),
    })),
  );
}

interface MetricsBody {
  value?: {
    timeseries?: {
      metadatavalues?: { name?: { value?: string }; value?: string }[];
      data?: { timeStamp?: string; average?: number | null }[];
    }[];
  }[];
}

const isoSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
