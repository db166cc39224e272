import type { ComputeUsage, VmSize } from "../../azureml/clients/sizes";
import { quotasFor } from "../../azureml/quotas";
import type { ComputeTier } from "../../config/stackConfig";

interface ClusterNeed {
  size: VmSize;
  nodes: number;
  /** ARM id of the workspace. */
  workspace: string;
}

/**
 * Chooses the tier if the configuration lists two: the tier of an existing cluster, so that a changed quota
 * never creates another cluster; else the first tier with enough quota; else the first.
 */
export function chooseTier(
  tiers: readonly ComputeTier[],
  existing: ReadonlySet<ComputeTier>,
  need: ClusterNeed,
  usages: readonly ComputeUsage[],
): ComputeTier {
  const [first = "dedicated"] = tiers;
  const current = tiers.find((tier) => existing.has(tier));
  return current ?? tiers.find((tier) => quotaSuffices(tier, need, usages)) ?? first;
}

/** Whether every quota of the tier has enough free cores. A quota that is not listed counts as sufficient. */
function quotaSuffices(
  tier: ComputeTier,
  { size, nodes, workspace }: ClusterNeed,
  usages: readonly ComputeUsage[],
): boolean {
  if (tier === "lowPriority" && !size.lowPriorityCapable) return false;
  return quotasFor(usages, tier, size.family, workspace).every(
    ({ limit, used }) => limit - used >= size.vCpus * nodes,
  );
}
