/** Azure Monitor's metrics of an online endpoint, from the requests that this cloud has answered. */
import type { FastifyInstance } from "fastify";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import { queryParameter, resourceOf } from "../ml/request";
import { ENDPOINT_ROUTE } from "../ml/online/endpoints";
import { accepts } from "../strict/declaration";
import type { RequestMetrics } from "./requestMetrics";

type Counted = ReturnType<RequestMetrics["between"]>[number];

const MINUTE_MS = 60_000;
const MOST_MINUTES = 24 * 60;
const NAMESPACE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints";

/** Names in the API by those in lower case; how a dimension is read. */
const DIMENSIONS: Readonly<Record<string, (request: Counted) => string>> = {
  deployment: ({ deployment }) => deployment,
  statuscode: ({ statusCode }) => String(statusCode),
  statuscodeclass: ({ statusCode }) => `${Math.floor(statusCode / 100)}xx`,
  modelstatuscode: ({ modelStatusCode }) => modelStatusCode,
};

interface Metric {
  localizedName: string;
  description: string;
  unit: "Count" | "MilliSeconds";
  dimensions: readonly string[];
  /** Undefined without requests: the service then has no value. */
  value(requests: readonly Counted[]): number | undefined;
}

const latency = (localizedName: string, value: Metric["value"]): Metric => ({
  localizedName,
  description: "Time until a request is answered in milliseconds",
  unit: "MilliSeconds",
  dimensions: ["deployment"],
  value: (requests) => (requests.length === 0 ? undefined : value(requests)),
});

const percentile =
  (percent: number): Metric["value"] =>
  (requests) => {
    const sorted = requests.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
  };

const METRICS: Readonly<Record<string, Metric>> = {
  RequestsPerMinute: {
    localizedName: "Requests Per Minute",
    description: "The number of requests sent to online endpoint within a minute",
    unit: "Count",
    dimensions: Object.keys(DIMENSIONS),
    value: (requests) => (requests.length === 0 ? undefined : requests.length),
  },
  RequestLatency: latency(
    "Request Latency",
    (requests) => requests.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / requests.length,
  ),
  RequestLatency_P50: latency("Request Latency P50", percentile(50)),
  RequestLatency_P90: latency("Request Latency P90", percentile(90)),
  RequestLatency_P95: latency("Request Latency P95", percentile(95)),
  RequestLatency_P99: latency("Request Latency P99", percentile(99)),
};

const LIST = accepts("metrics of an endpoint: requests and latencies by minute", {
  query: ["timespan", "interval", "metricnames", "aggregation", "$filter", "top"],
});

export function registerMetrics(app: FastifyInstance, cloud: Cloud, metrics: RequestMetrics): void {
  app.get(`${ENDPOINT_ROUTE}/providers/Microsoft.Insights/metrics`, LIST, async (request) => {
    const endpoint = resourceOf(cloud, ENDPOINT_ROUTE, request);
    const parameter = (name: string): string | undefined => queryParameter(request, name);
    const name = parameter("metricnames") ?? "RequestsPerMinute";
    const metric = METRICS[name];
    if (!metric) throw refuse(`Failed to find metric configuration for provider, metric: ${name}`);
    if ((parameter("interval") ?? "PT1M") !== "PT1M") throw refuse("The time grain must be PT1M.");
    if ((parameter("aggregation") ?? "Average").toLowerCase() !== "average")
      throw refuse("The aggregation must be Average.");
    const { start, end, text } = readSpan(parameter("timespan"));
    const filters = readFilter(parameter("$filter"), metric);
    const found = metrics.between(endpoint.id, start, end);
    return {
      cost: 0,
      timespan: text,
      interval: "PT1M",
      namespace: NAMESPACE,
      resourceregion: endpoint.location,
      value: [
        {
          id: `${endpoint.id}/providers/Microsoft.Insights/metrics/${name}`,
          type: "Microsoft.Insights/metrics",
          name: { value: name, localizedValue: metric.localizedName },
          displayDescription: metric.description,
          unit: metric.unit,
          timeseries: seriesOf(found, filters, metric, { start, end }).slice(
            0,
            Number(parameter("top") ?? 10),
          ),
          errorCode: "Success",
        },
      ],
    };
  });
}

const refuse = (message: string): ArmError => new ArmError(400, "BadRequest", message);

function readSpan(text: string | undefined): { start: number; end: number; text: string } {
  const [from, to] = text === undefined ? lastHour() : text.split("/").map((part) => Date.parse(part));
  if (from === undefined || to === undefined || !(from < to))
    throw refuse(`The timespan ${JSON.stringify(text)} is not of the form start/end.`);
  const start = Math.floor(from / MINUTE_MS) * MINUTE_MS;
  const end = Math.ceil(to / MINUTE_MS) * MINUTE_MS;
  if ((end - start) / MINUTE_MS > MOST_MINUTES)
    throw refuse(`The timespan has more than ${MOST_MINUTES} minutes.`);
  return { start, end, text: `${isoText(start)}/${isoText(end)}` };
}

function lastHour(): [number, number] {
  const now = Date.now();
  return [now - 60 * MINUTE_MS, now];
}

interface Filter {
  dimension: string;
  operator: string;
  value: string;
}

/** `name eq 'value'`, `name ne 'value'`, joined by `and`. */
function readFilter(text: string | undefined, metric: Metric): Filter[] {
  if (text === undefined) return [];
  return text.split(/\s+and\s+/i).map((part) => {
    const [, name = "", operator = "", value = ""] = /^\s*(\w+)\s+(eq|ne)\s+'([^']*)'\s*$/i.exec(part) ?? [];
    const dimension = name.toLowerCase();
    if (metric.dimensions.includes(dimension)) return { dimension, operator: operator.toLowerCase(), value };
    throw refuse(
      `Metric does not support the filter ${JSON.stringify(part)}. Supported dimensions: ${metric.dimensions.join(", ")}.`,
    );
  });
}

function seriesOf(
  requests: readonly Counted[],
  filters: readonly Filter[],
  metric: Metric,
  span: { start: number; end: number },
): unknown[] {
  const matching = requests.filter((request) =>
    filters.every(({ dimension, operator, value }) => {
      const is = DIMENSIONS[dimension]?.(request) ?? "";
      const isSame = value === "*" || is.toLowerCase() === value.toLowerCase();
      return operator === "eq" ? isSame : !isSame;
    }),
  );
  const valuesOf = (request: Counted): string[] =>
    filters.map(({ dimension }) => DIMENSIONS[dimension]?.(request) ?? "");
  const groups = new Map<string, Counted[]>();
  for (const request of matching) {
    const key = JSON.stringify(valuesOf(request));
    groups.set(key, [...(groups.get(key) ?? []), request]);
  }
  // Without a filter there is one series, with or without values.
  if (filters.length === 0 && groups.size === 0) groups.set("[]", []);
  return [...groups].map(([key, group]) => ({
    metadatavalues: (JSON.parse(key) as string[]).map((value, index) => {
      const name = filters[index]?.dimension ?? "";
      return { name: { value: name, localizedValue: name }, value };
    }),
    data: minutes(span).map((minute) => {
      const average = metric.value(group.filter((request) => request.minute === minute));
      return { timeStamp: isoText(minute), ...(average === undefined ? {} : { average }) };
    }),
  }));
}

const minutes = ({ start, end }: { start: number; end: number }): number[] =>
  Array.from({ length: (end - start) / MINUTE_MS }, (_, index) => start + index * MINUTE_MS);

const isoText = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
