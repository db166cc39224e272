import { ArmError } from "../armError";
import { findSize, sizesIn, type VmSize } from "../ml/sizes";
import { inferencingRefusal } from "./inferencing";
import { rule } from "./rule";

/** Endpoints reserve a fifth more instances for upgrades. */
const SURGE = 1.2;

/** The retired size if the resource runs on it already. */
export const retiredSizeRefused = rule(
  "retired-size-refused",
  (name: string, target: string, inUse: unknown): VmSize | undefined => {
    const size = findSize(name);
    if (!size?.retired) return undefined;
    if (String(inUse).toLowerCase() === name.toLowerCase()) return size;
    const message = `The VM size '${size.name}' was retired on ${size.retired} and is no longer available.`;
    throw new ArmError(400, "InvalidVmSize", message, { target });
  },
);

export const sizeOfferedInRegion = rule(
  "size-offered-in-region",
  (name: string, location: string, target: string, inUse?: unknown): VmSize => {
    const current = retiredSizeRefused(name, target, inUse);
    if (current) return current;
    const offered = sizesIn(location);
    const size = offered.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (size) return size;
    const list = offered.map((candidate) => candidate.name).join(", ");
    const reason = findSize(name)
      ? `The VM size '${name}' is not offered in the region '${location}'.`
      : `The VM size '${name}' is not known.`;
    throw new ArmError(400, "InvalidVmSize", `${reason} Sizes in '${location}': ${list}.`, { target });
  },
);

export const sizeOfferedForEndpoints = rule(
  "size-offered-for-endpoints",
  (size: VmSize, location: string, target: string) => {
    if (size.endpoints) return;
    const list = sizesIn(location).flatMap(({ endpoints, name }) => (endpoints ? [name] : []));
    const message = `The size '${size.name}' is not supported for managed online endpoints. Supported in ${location}: ${list.join(", ")}.`;
    throw new ArmError(400, "BadRequest", message, { target });
  },
);

/** A quota in words: `Standard NCADSA100v4 family`, or `total`. */
interface Limit {
  label: string;
  limit: number;
}

/** The first quota that the nodes exceed, with the number of their cores. */
function exceeded(
  { vCPUs }: VmSize,
  nodes: number,
  quotas: readonly Limit[],
): (Limit & { needed: number }) | undefined {
  const needed = vCPUs * nodes;
  const found = quotas.find(({ limit }) => needed > limit);
  return found && { ...found, needed };
}

export const clusterWithinQuota = rule(
  "cluster-within-quota",
  (size: VmSize, nodes: number, quotas: readonly Limit[]) => {
    const beyond = exceeded(size, nodes, quotas);
    if (!beyond) return;
    const message =
      `The specified subscription has a ${beyond.label} vCPU quota of ${beyond.limit} and cannot accomodate for at least ${nodes} requested ` +
      `managed compute nodes which maps to ${beyond.needed} vCPUs. Talk to your Subscription Admin or refer to ` +
      "https://docs.microsoft.com/azure/machine-learning/how-to-manage-quotas#request-quota-increases to request an increase.";
    throw new ArmError(400, "ClusterMinNodesExceedCoreQuota", message);
  },
);

export const jobWithinQuota = rule(
  "job-within-quota",
  (size: VmSize, nodes: number, quotas: readonly Limit[]) => {
    const beyond = exceeded(size, nodes, quotas);
    if (!beyond) return;
    const message =
      `The specified subscription has a ${beyond.label} vCPU quota of ${beyond.limit} and is less than the requested job node count of ${nodes} ` +
      `which maps to ${beyond.needed} vCPUs. Request fewer nodes or more quota.`;
    throw new ArmError(400, "JobNodeCountExceedsCoreQuota", message);
  },
);

export const nodesWithinCluster = rule(
  "nodes-within-cluster",
  (compute: string, nodes: number, max: number) => {
    if (nodes <= max) return;
    const message = `The job requests ${nodes} nodes; the compute '${compute}' has at most ${max}. Raise maxNodeCount or request fewer.`;
    throw new ArmError(400, "JobNodeCountExceedsMaxNodes", message);
  },
);

export const surgeReserve = rule(
  "surge-reserve",
  ({ vCPUs, surgeExempt }: VmSize, instances: number): number =>
    vCPUs * (surgeExempt ? instances : Math.ceil(instances * SURGE)),
);

export const deploymentWithinQuota = rule(
  "deployment-within-quota",
  (
    size: VmSize,
    instances: number,
    { limit, free, subscription }: { limit: number; free: number; subscription: string },
    target: string,
  ) => {
    const needed = surgeReserve(size, instances);
    if (needed <= free) return;
    const problem =
      `Not enough quota available for ${size.name} in SubscriptionId ${subscription}. ` +
      `Current usage/limit: ${limit - free}/${limit}. Additional needed: ${needed} ` +
      "Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-outofquota";
    throw inferencingRefusal("InferencingClientCreateDeploymentFailed", "VmSize", problem, target);
  },
);
