import type { Facts } from "../fact";

export const TRAFFIC_FACTS = {
  "traffic-to-existing-deployments": {
    statement: "traffic refers only to existing deployments",
    confidence: "inferred",
    source: "traffic to a missing deployment could not be served",
  },
  "traffic-sums-to-zero-or-hundred": {
    statement: "traffic is in whole percentages that sum to 0 or 100",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: the sum must be 0 or 100",
  },
  "mirror-at-most-half": {
    statement: "at most 50 percent of the traffic can be mirrored",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: mirrored traffic",
  },
  "mirror-to-one-deployment": {
    statement: "traffic is mirrored to one deployment only",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: mirrored traffic",
  },
  "live-or-mirrored": {
    statement: "a deployment receives live or mirrored traffic, not both",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: mirrored traffic",
  },
  "deployment-with-traffic-not-deletable": {
    statement: "a deployment that receives traffic cannot be deleted",
    confidence: "documented",
    source: "how-to-safely-rollout-online-endpoints: set its traffic to 0 first",
  },
} as const satisfies Facts;
