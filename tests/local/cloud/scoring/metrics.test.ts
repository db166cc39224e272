import type { MlCloud } from "../ml/mlCloud";
import { BODY, endpointId, makeEndpoint, type ScoredEndpoint, startScoringCloud } from "./endpoint";

interface Series {
  metadatavalues: { name: { value: string }; value: string }[];
  data: { average?: number }[];
}

let cloud: MlCloud;
let endpoint: ScoredEndpoint;
beforeAll(async () => {
  cloud = await startScoringCloud();
  endpoint = await makeEndpoint(cloud, "measured");
});
afterAll(() => cloud.dispose());

const path = `${endpointId("measured")}/providers/Microsoft.Insights/metrics`;
const ask = (query: string) => cloud.call("GET", `${path}?api-version=2024-02-01&${query}`);
/** Sum of the values by the values of the dimensions. */
async function values(metric: string, filter: string): Promise<Record<string, number>> {
  const { body } = await ask(`metricnames=${metric}&$filter=${encodeURIComponent(filter)}`);
  const { timeseries } = (body.value as { timeseries: Series[] }[])[0] ?? { timeseries: [] };
  return Object.fromEntries(
    timeseries.map(({ metadatavalues, data }) => [
      metadatavalues.map(({ value }) => value).join(" "),
      data.reduce((sum, { average = 0 }) => sum + average, 0),
    ]),
  );
}

test("count requests by deployment and status, refusals of the model and mirrored requests included", async () => {
  await endpoint.score();
  await endpoint.score({ "azureml-model-deployment": "green" });
  const id = `${endpointId("measured")}/deployments/green`;
  await cloud.call("POST", "/local/faults", { kind: "score-error", path: id, times: 1 });
  const failed = await endpoint.score({ "azureml-model-deployment": "green" });
  expect(failed.status).toBe(424);
  expect(await values("RequestsPerMinute", "deployment eq '*' and statusCode eq '*'")).toEqual({
    "blue 200": 1,
    "green 200": 1,
    "green 424": 1,
  });
  expect(await values("RequestsPerMinute", "deployment eq 'green' and statusCodeClass ne '2xx'")).toEqual({
    "green 4xx": 1,
  });
});

test("measure the latency, which a fault raises", async () => {
  const id = `${endpointId("measured")}/deployments/blue`;
  await cloud.call("POST", "/local/faults", { kind: "score-slow", path: id, times: 1, retryAfterMs: 300 });
  expect((await endpoint.score({}, BODY)).status).toBe(200);
  expect((await values("RequestLatency_P99", "deployment eq 'blue'"))["blue"]).toBeGreaterThanOrEqual(290);
});

test.each([
  ["metricnames=Unheard", /Unheard/],
  ["interval=PT5M", /PT1M/],
  ["aggregation=Total", /Average/],
  ["timespan=yesterday", /timespan/],
  ["metricnames=RequestLatency&$filter=statusCode%20eq%20'200'", /deployment/],
])("refuse %s and name what is allowed", async (query, says) => {
  const { status, body } = await ask(query);
  expect([status, JSON.stringify(body)]).toEqual([400, expect.stringMatching(says)]);
});
