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
};
