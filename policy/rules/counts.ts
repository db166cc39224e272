import { valueFor, type PerEnvironment } from "../environments";
import { at, environmentsSetting, numberOf, type ResourceRule, type Violation } from "../rule";
import { types } from "../types";

const mostNodes: PerEnvironment<number> = { other: 2, local: 8, review: 1, prod: 8 };
const mostInstances: PerEnvironment<number> = { other: 2, local: 8, review: 1, prod: 10 };
/** Two, so that one instance can fail or be updated while the other one answers. */
const fewestInstances: PerEnvironment<number> = { other: 1, prod: 2 };

type Numbers = Partial<Record<string, number>>;

const scaleSettings = "properties.properties.scaleSettings";

export const clusterNodes: ResourceRule = {
  kind: "resource",
  name: "cluster-nodes",
  description: "A cluster has at most as many nodes as its environment allows.",
  types: [types.cluster],
  settings: { most: numberOf("Highest number of nodes by environment.", mostNodes) },
  check({ props }, { environment }, { most }) {
    const property = `${scaleSettings}.maxNodeCount`;
    const [nodes, limit] = [at(props, property), valueFor(environment, most as Numbers, mostNodes)];
    if (typeof nodes !== "number" || nodes <= limit) return [];
    const remedy = "Lower compute.maxNodes, or raise the limit in the configuration of this policy.";
    return [{ property, seen: nodes, allowed: `at most ${limit} in environment ${environment}`, remedy }];
  },
};

export const scalesToZero: ResourceRule = {
  kind: "resource",
  name: "cluster-scales-to-zero",
  description: "A cluster has no nodes while it is idle, except in prod.",
  types: [types.cluster],
  settings: { except: environmentsSetting("Environments in which a cluster may keep nodes.", ["prod"]) },
  check({ props }, { environment }, { except }) {
    const property = `${scaleSettings}.minNodeCount`;
    const nodes = at(props, property) ?? 0;
    if (nodes === 0 || (except as string[]).includes(environment)) return [];
    const remedy = "Set compute.minNodes to 0: an idle node is billed.";
    return [{ property, seen: nodes, allowed: `0 in environment ${environment}`, remedy }];
  },
};

export const deploymentInstances: ResourceRule = {
  kind: "resource",
  name: "deployment-instances",
  description:
    "A deployment has as many instances as its environment requires and allows, also when it is scaled automatically.",
  types: [types.deployment, types.autoscale],
  settings: {
    fewest: numberOf("Lowest number of instances by environment.", fewestInstances),
    most: numberOf("Highest number of instances by environment.", mostInstances),
  },
  check({ type, props }, { environment }, { fewest, most }) {
    const low = valueFor(environment, fewest as Numbers, fewestInstances);
    const high = valueFor(environment, most as Numbers, mostInstances);
    const allowed = `${low} to ${high} in environment ${environment}`;
    const outside = (property: string, seen: unknown, setting: string): Violation[] => {
      // Azure Monitor's capacities are strings (@pulumi/azure-native 3.28.0, ScaleCapacityArgs).
      const count = typeof seen === "string" ? Number(seen) : seen;
      if (typeof count !== "number" || (count >= low && count <= high)) return [];
      const remedy = `Change ${setting}, or the limits in the configuration of this policy.`;
      return [{ property, seen, allowed, remedy }];
    };
    if (type === types.deployment)
      return outside("sku.capacity", at(props, "sku.capacity"), "endpoint.instanceCount");
    const profiles = at(props, "profiles");
    return (Array.isArray(profiles) ? profiles : []).flatMap((profile: unknown, index) =>
      ["minimum", "maximum"].flatMap((bound) =>
        outside(
          `profiles[${index}].capacity.${bound}`,
          at(profile, `capacity.${bound}`),
          "endpoint.autoscale",
        ),
      ),
    );
  },
};
