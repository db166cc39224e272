import type { VmSize } from "../../azureml/clients/sizes";
import { workspaceId, type WorkspaceRef } from "../../azureml/clients/workspaces";
import { hasStatus } from "../../azureml/http/failure";
import { clusterName } from "../../azureml/names";
import { formatValue } from "../../azureml/problem";
import { retirementOf } from "../../azureml/retiredSizes";
import { findSize, regionProblem } from "../../azureml/sku";
import type { ComputeTier } from "../../config/stackConfig";
import { chooseTier } from "./tier";
import type { CheckContext } from "./context";
import { checkSizes } from "./sizes";

/** The cluster as it will be, or as it is. */
export interface ClusterFacts {
  name: string;
  size: string;
  gpusPerNode: number;
  tier: ComputeTier;
}

/** Checks size and tier of the cluster to create, or the cluster to adopt. */
export async function checkCluster(
  context: CheckContext,
  ref: WorkspaceRef,
  location: string,
): Promise<ClusterFacts | undefined> {
  const { config, identity, cloud, report } = context;
  const { compute } = config;
  const [adopted, sizes] = await Promise.all([
    compute.mode === "adopt" ? checkAdoptedCluster(context, ref) : undefined,
    report.attempt("azure-native:location", () => cloud.sizes(ref.subscriptionId, location), regionSetting),
  ]);
  if ((compute.mode === "adopt" && !adopted) || !sizes) return undefined;
  const size = adopted?.size ?? compute.size;
  const facts = findSize(size, sizes) ?? retiredSize(size);
  context.sizes.push(...(await checkSizes(context, ref, location, { cluster: size, offered: sizes })));
  const problem = retirementOf(size)?.retired
    ? undefined
    : regionProblem(report.key(adopted ? "compute.name" : "compute.size"), size, sizes, location);
  if (problem || !facts) {
    if (problem) report.add(problem);
    return undefined;
  }
  const tier = await selectTier(context, ref, location, facts);
  return {
    name: adopted ? compute.name : clusterName(identity, compute.name, size, tier),
    // The region's spelling, so that changing only the case in the configuration has no effect.
    size: facts.name,
    gpusPerNode: facts.gpus,
    tier,
  };
}

/**
 * The setting that a failed list of a region's sizes is about. Access and registration belong to the subscription: an identity that may
 * not read the subscription is not noticed before (identity.ts).
 */
function regionSetting(error: unknown): string {
  const ofSubscription =
    hasStatus(error, 401, 403) ||
    (hasStatus(error, 404, 409) && /subscription/i.test(`${error.serviceCode} ${error.detail}`));
  return ofSubscription ? "azure-native:subscriptionId" : "azure-native:location";
}

/** Facts about a size that the region no longer lists because it is retired. */
function retiredSize(name: string): VmSize | undefined {
  const retirement = retirementOf(name);
  if (!retirement?.retired) return undefined;
  const unknown = { family: "", vCpus: 0, memoryGb: 0, lowPriorityCapable: true, supportedComputeTypes: [] };
  return { name, gpus: retirement.gpus, ...unknown };
}

async function checkAdoptedCluster(
  { config: { compute }, cloud, report }: CheckContext,
  ref: WorkspaceRef,
): Promise<{ size: string } | undefined> {
  const property = report.key("compute.name");
  const found = await report.attempt(property, async () => ({
    cluster: await cloud.cluster(ref, compute.name),
  }));
  if (!found) return undefined;
  const { cluster } = found;
  if (!cluster) {
    report.add({
      property,
      seen: `there is no cluster ${formatValue(compute.name)} in workspace ${formatValue(ref.workspaceName)}`,
      allowed: "the name of an existing cluster",
      remedy: "Correct compute.name, or set compute.mode: create.",
    });
  } else if (cluster.provisioningState.toLowerCase() === "failed") {
    report.add({
      property,
      seen: `cluster ${formatValue(compute.name)} is in provisioning state Failed`,
      allowed: "a cluster whose provisioning state is not Failed",
      remedy: "Delete it in Azure ML studio, or set compute.mode: create.",
    });
    return undefined;
  }
  return cluster;
}

async function selectTier(
  { config: { compute }, identity, cloud }: CheckContext,
  ref: WorkspaceRef,
  location: string,
  size: VmSize,
): Promise<ComputeTier> {
  const [only = "dedicated", ...others] = compute.tiers;
  if (compute.mode === "adopt" || others.length === 0) return only;
  const exists = async (tier: ComputeTier): Promise<boolean> => {
    const name = clusterName(identity, compute.name, size.name, tier);
    // If the workspace does not exist yet, neither does the cluster.
    return (await cloud.cluster(ref, name).catch(() => undefined)) !== undefined;
  };
  const [found, usages] = await Promise.all([
    Promise.all(compute.tiers.map(exists)),
    // Reading quotas requires a permission of its own. Without it the first tier is used.
    cloud.usages(ref.subscriptionId, location).catch(() => []),
  ]);
  const existing = new Set(compute.tiers.filter((_, index) => found[index]));
  const need = { size, nodes: compute.maxNodes, workspace: workspaceId(ref) };
  return chooseTier(compute.tiers, existing, need, usages);
}
