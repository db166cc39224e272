import type { AzureSession } from "../../azureml/clients/session";
import type { HttpRequest } from "../../azureml/http/http";
import { measure } from "../../providers/traffic/measure";

interface Value {
  deployment: string;
  statusCode?: string;
  minute: number;
  average?: number;
}

const minuteMs = 60_000;
/** Long ago, so that no wait for the metrics is left. */
const start = Date.parse("2026-01-01T12:00:00Z");
const span = { start, end: start + 2 * minuteMs };
const of = { endpointId: "/endpoints/chat", deployment: "new" };
const impatient = { lagMs: 0, pollMs: 0 };

/** Azure Monitor with one answer after the other for the requests, the last one for ever. */
function monitor(answers: Value[][], latencies: Value[] = []) {
  const asked: HttpRequest[] = [];
  const series = (values: Value[]) =>
    values.map(({ deployment, statusCode, minute, average }) => ({
      metadatavalues: [
        { name: { value: "Deployment" }, value: deployment },
        { name: { value: "statuscode" }, value: statusCode },
      ],
      data: [{ timeStamp: new Date(start + minute * minuteMs).toISOString(), average }],
    }));
  const session = {
    cloud: { resourceManager: "https://arm", armScope: "arm" },
    http: async (request: HttpRequest) => {
      asked.push(request);
      const isLatency = request.query?.metricnames === "RequestLatency_P95";
      const values = isLatency ? latencies : ((answers.length > 1 ? answers.shift() : answers[0]) ?? []);
      return { body: { value: [{ timeseries: series(values) }] } };
    },
  } as unknown as AzureSession;
  return { session, asked };
}

describe("the measurement of a step", () => {
  test("counts what the deployment answers for as failed, and not what its callers do wrong", async () => {
    const statuses = ["200", "400", "401", "408", "424", "429", "500", "503"];
    const values = statuses.map((statusCode) => ({ deployment: "new", statusCode, minute: 1, average: 1 }));
    const other = { deployment: "old", statusCode: "500", minute: 1, average: 100 };
    const latencies = [
      { deployment: "new", minute: 0, average: 100 },
      { deployment: "new", minute: 1, average: 300 },
    ];
    const { session, asked } = monitor([[...values, other]], latencies);
    expect(await measure(session, of, span)).toEqual({ requests: 8, failed: 5, latencyMs: 200 });
    expect(asked[0]?.query).toMatchObject({
      // The span, and the time in which its values can appear.
      timespan: "2026-01-01T12:00:00Z/2026-01-01T12:06:00Z",
      interval: "PT1M",
      $filter: "deployment eq '*' and statusCode eq '*'",
    });
    expect(asked[1]?.query).toMatchObject({ $filter: "deployment eq 'new'" });
  });

  test("waits until the metrics have the last minute, which Azure reports late, as nothing or as 0", async () => {
    const early = { deployment: "new", statusCode: "200", minute: 0, average: 5 };
    const late = { deployment: "old", statusCode: "200", minute: 1, average: 9 };
    const { session, asked } = monitor([[early], [early, { ...late, average: 0 }], [early, late]]);
    const patience = { lagMs: Date.now(), pollMs: 0 };
    expect(await measure(session, of, span, patience)).toEqual({ requests: 5, failed: 0 });
    expect(asked.filter(({ query }) => query?.metricnames === "RequestsPerMinute")).toHaveLength(3);
  });

  test("is ready when a later minute has a value, and counts only its own minutes", async () => {
    const own = { deployment: "new", statusCode: "200", minute: 0, average: 5 };
    const later = { deployment: "new", statusCode: "500", minute: 3, average: 9 };
    const { session, asked } = monitor([[own], [own, later]]);
    expect(await measure(session, of, span, { lagMs: Date.now(), pollMs: 0 })).toEqual({
      requests: 5,
      failed: 0,
    });
    expect(asked.filter(({ query }) => query?.metricnames === "RequestsPerMinute")).toHaveLength(2);
  });

  test("has no requests if no value appears in time, or only values of other deployments", async () => {
    expect(await measure(monitor([[]]).session, of, span, impatient)).toEqual({ requests: 0, failed: 0 });
    const other = { deployment: "old", statusCode: "200", minute: 1, average: 9 };
    expect(await measure(monitor([[other]]).session, of, span)).toEqual({ requests: 0, failed: 0 });
  });
});
