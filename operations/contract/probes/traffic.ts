import type { Azure } from "../azure";
import type { TRAFFIC_FACTS } from "../facts/traffic";
import { endpointBody, fixturePaths } from "../fixtures";
import type { Need, Probe } from "../probe";

/** A PUT of the endpoint with traffic that the rule forbids. `says`: what the refusal's message must mention. */
function refusedTraffic(needs: readonly Need[], traffic: Record<string, unknown>, says: RegExp): Probe {
  return {
    cost: needs.length > 1 ? "gpu" : "free",
    needs,
    calls: `PUT the endpoint with ${JSON.stringify(traffic)}`,
    run: async (azure: Azure) => {
      const body = endpointBody(azure.target.location, traffic);
      const answer = await azure.call("PUT", fixturePaths(azure).endpoint, body);
      azure.refused(answer, { status: [400], code: "BadRequest", says });
    },
  };
}

/** Of Microsoft.Insights/metrics. Components of the same provider have another one. */
const metricsVersion = "2024-02-01";

export const TRAFFIC_PROBES: Readonly<Record<keyof typeof TRAFFIC_FACTS, Probe>> = {
  "traffic-to-existing-deployments": refusedTraffic(
    ["endpoint"],
    { traffic: { nowhere: 100 } },
    /nowhere|not exist|not found/i,
  ),
  "traffic-sums-to-zero-or-hundred": refusedTraffic(
    ["endpoint", "deployment"],
    { traffic: { blue: 50 } },
    /\b100\b|sum/i,
  ),
  "mirror-at-most-half": refusedTraffic(
    ["endpoint", "secondDeployment"],
    { traffic: { blue: 100 }, mirrorTraffic: { green: 51 } },
    /\b50\b/,
  ),
  "mirror-to-one-deployment": refusedTraffic(
    ["endpoint", "secondDeployment"],
    { traffic: {}, mirrorTraffic: { blue: 10, green: 10 } },
    /\b(one|single|1)\b/i,
  ),
  "live-or-mirrored": refusedTraffic(
    ["endpoint", "deployment"],
    { traffic: { blue: 100 }, mirrorTraffic: { blue: 10 } },
    /mirror/i,
  ),
  "deployment-with-traffic-not-deletable": {
    cost: "gpu",
    needs: ["deployment"],
    calls: "DELETE the deployment that has 100 percent of the traffic; GET it",
    run: async (azure) => {
      const { deployment } = fixturePaths(azure);
      azure.refused(await azure.call("DELETE", deployment), { status: [400, 409], code: "Conflict" });
      const { status } = await azure.call("GET", deployment);
      azure.check(status === 200, "the deployment is still there", status);
    },
  },
  "mirror-beside-live-traffic": {
    cost: "gpu",
    needs: ["secondDeployment"],
    calls: "PUT the endpoint with 100 percent for one deployment and 10 percent mirrored to the other",
    run: async (azure) => {
      const { endpoint } = fixturePaths(azure);
      const body = endpointBody(azure.target.location, {
        traffic: { blue: 100 },
        mirrorTraffic: { green: 10 },
      });
      const answer = await azure.call("PUT", endpoint, body);
      azure.check(answer.status < 300, "the PUT is accepted", answer.status);
      azure.check(
        (await azure.settled(answer, endpoint)).status === "Succeeded",
        "it succeeds",
        answer.status,
      );
    },
  },
  "endpoint-request-metrics": {
    cost: "free",
    needs: ["endpoint"],
    calls: "GET each metric of the endpoint by its dimensions",
    run: async (azure) => {
      const path = `${fixturePaths(azure).endpoint}/providers/Microsoft.Insights/metrics`;
      const byDimensions: Record<string, string[]> = {
        RequestsPerMinute: ["deployment", "statusCode", "statusCodeClass", "modelStatusCode"],
        RequestLatency_P50: ["deployment"],
        RequestLatency_P90: ["deployment"],
        RequestLatency_P95: ["deployment"],
        RequestLatency_P99: ["deployment"],
      };
      for (const [metricnames, dimensions] of Object.entries(byDimensions)) {
        const $filter = dimensions.map((name) => `${name} eq '*'`).join(" and ");
        const query = { metricnames, interval: "PT1M", aggregation: "Average", $filter };
        const { status } = await azure.call("GET", path, undefined, { apiVersion: metricsVersion, query });
        azure.check(status === 200, `${metricnames} by ${dimensions.join(", ")}`, status);
      }
    },
  },
  "endpoint-metrics-query": {
    cost: "free",
    needs: ["endpoint"],
    calls: "GET the endpoint's requests of the last minutes by deployment and status",
    run: async (azure) => {
      const path = `${fixturePaths(azure).endpoint}/providers/Microsoft.Insights/metrics`;
      const query = {
        metricnames: "RequestsPerMinute",
        interval: "PT1M",
        aggregation: "Average",
        $filter: "deployment eq '*' and statusCode eq '*'",
      };
      const answer = await azure.call("GET", path, undefined, { apiVersion: metricsVersion, query });
      azure.check(
        answer.status === 200 && answer.text.includes("timeseries"),
        "a time series",
        answer.status,
      );
    },
  },
  "endpoint-metrics-lag": {
    notByCalls: "one run can show a lag, not the longest one",
  },
  "endpoint-metrics-mirrored": {
    notByCalls: "it needs minutes of scoring requests to two deployments with mirrored traffic",
  },
  "endpoint-metrics-role": {
    notByCalls: "it needs a principal that has only this role, and a run creates none",
  },
};
