import type { ComputeUsage, VmSize } from "../azureml/clients/sizes";
import type { ComputeTier } from "../config/stackConfig";

/**
 * The tier to use when the configuration names two: that of the cluster that exists, so that a changed quota never makes
 * another cluster; else the first whose quota holds the nodes; else the first.
 */
export function chooseTier(
  tiers: readonly ComputeTier[],
  existing: ReadonlySet<ComputeTier>,
  need: { size: VmSize; nodes: number },
  usages: readonly ComputeUsage[],
): ComputeTier {
  const [first = "dedicated"] = tiers;
  const kept = tiers.find((tier) => existing.has(tier));
  return kept ?? tiers.find((tier) => quotaSuffices(tier, need, usages)) ?? first;
}

/** Quotas count vCPUs: dedicated ones by family, low-priority ones all together. A quota nobody lists counts as enough. */
function quotaSuffices(
  tier: ComputeTier,
  { size, nodes }: { size: VmSize; nodes: number },
  usages: readonly ComputeUsage[],
): boolean {
  if (tier === "lowPriority" && !size.lowPriorityCapable) return false;
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const wanted = tier === "lowPriority" ? "lowpriority" : plain(size.family);
  const usage = usages.find(({ name, displayName }) =>
    [name, displayName].some((text) => wanted !== "" && plain(text).includes(wanted)),
  );
  return !usage || usage.limit < 0 || usage.limit - usage.current >= size.vCpus * nodes;
}
