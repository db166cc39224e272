import type { ComputeUsage, VmSize } from "../../azureml/clients/sizes";
import type { ComputeTier } from "../../config/stackConfig";

/**
 * Chooses the tier if the configuration lists two: the tier of an existing cluster, so that a changed quota
 * never creates another cluster; else the first tier with enough quota; else the first.
 */
export function chooseTier(
  tiers: readonly ComputeTier[],
  existing: ReadonlySet<ComputeTier>,
  need: { size: VmSize; nodes: number },
  usages: readonly ComputeUsage[],
): ComputeTier {
  const [first = "dedicated"] = tiers;
  const current = tiers.find((tier) => existing.has(tier));
  return current ?? tiers.find((tier) => quotaSuffices(tier, need, usages)) ?? first;
}

/**
 * Quotas count vCPUs: dedicated ones by family, low-priority ones in total. A quota that is not listed counts
 * as sufficient.
 */
function quotaSuffices(
  tier: ComputeTier,
  { size, nodes }: { size: VmSize; nodes: number },
  usages: readonly ComputeUsage[],
): boolean {
  if (tier === "lowPriority" && !size.lowPriorityCapable) return false;
  const alphanumeric = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const quotaName = tier === "lowPriority" ? "lowpriority" : alphanumeric(size.family);
  const usage = usages.find(({ name, displayName }) =>
    [name, displayName].some((text) => quotaName !== "" && alphanumeric(text).includes(quotaName)),
  );
  return !usage || usage.limit < 0 || usage.limit - usage.current >= size.vCpus * nodes;
}
