import type { ComputeUsage, VmSize } from "../../azureml/clients/sizes";
import { workspaceId, type WorkspaceRef } from "../../azureml/clients/workspaces";
import { errorText } from "../../azureml/errors";
import { endpointCores, listsFamily, type Quota, type QuotaKind, quotasFor } from "../../azureml/quotas";
import { findSize } from "../../azureml/sku";
import { configuredParameters } from "../../config/finetune";
import type { ClusterFacts } from "./cluster";
import type { CheckContext } from "./context";

interface QuotaFacts {
  usages: readonly ComputeUsage[];
  location: string;
  /** ARM id of the workspace. */
  workspace: string;
}

/** The cluster, and what it uses of the quotas now. A second `up` must not count its nodes as taken by others. */
interface ClusterUse {
  size: VmSize;
  kind: QuotaKind;
  exists: boolean;
  /** Cores of its running nodes. */
  cores: number;
}

/**
 * Compares the quotas of Azure ML with what the cluster and the endpoint need, before anything is billed. A need that
 * can never fit, or that the service would refuse at the first deployment, is a problem. A need that does not fit now
 * but may later, or that matters only for a later roll-out, is a note.
 *
 * Clusters and managed online endpoints share the quotas of a family. A deployment beyond the free quota is refused at
 * once, also if a cluster's nodes hold it. A job whose nodes do not fit stays in Queued without an error. The
 * documentation (how-to-manage-quotas.md, how-to-troubleshoot-online-endpoints.md#cpu-quota in
 * MicrosoftDocs/azure-ai-docs) says neither; public reports of recorded answers do ("Current usage/limit: 4/6" with 4
 * cores held by a cluster).
 */
export async function checkQuota(
  context: CheckContext,
  ref: WorkspaceRef,
  location: string,
  cluster: ClusterFacts | undefined,
): Promise<void> {
  const { cloud, notes, config } = context;
  const { endpoint } = config;
  const [sizes, usages, running, deployments] = await Promise.all([
    // The check of the cluster reads this list too, and reports its failure.
    cloud.sizes(ref.subscriptionId, location).catch(() => []),
    cloud.usages(ref.subscriptionId, location).catch((error: unknown) => errorText(error)),
    cluster && cloud.cluster(ref, cluster.name).catch(() => undefined),
    endpoint.enabled ? cloud.deployments(ref, context.endpointName).catch(() => []) : [],
  ]);
  if (typeof usages === "string") {
    // Reading quotas requires a permission of its own.
    notes.push(`The quotas of ${location} could not be read and are not checked: ${usages}`);
    return;
  }
  const facts: QuotaFacts = { usages, location, workspace: workspaceId(ref) };
  const clusterSize = cluster && findSize(cluster.size, sizes);
  const lowPriority = running ? running.lowPriority : cluster?.tier === "lowPriority";
  const clusterUse: ClusterUse | undefined = clusterSize && {
    size: clusterSize,
    kind: lowPriority ? "lowPriority" : "dedicated",
    exists: running !== undefined,
    cores: (running?.currentNodes ?? 0) * clusterSize.vCpus,
  };
  if (clusterUse) checkClusterQuota(context, facts, clusterUse);
  const instanceSize = endpoint.enabled ? findSize(endpoint.instanceType, sizes) : undefined;
  if (instanceSize)
    checkEndpointQuota(context, facts, {
      size: instanceSize,
      deployed: deployments.length > 0,
      cluster: clusterUse?.kind === "dedicated" ? clusterUse : undefined,
    });
}

/** Nodes that the fine-tuning step requires at the same time. */
function jobNodes({ config: { compute, finetune } }: CheckContext): number {
  const { numNodesFinetune = finetune.extraParameters.num_nodes_finetune } = configuredParameters(finetune);
  const configured = Number(numNodesFinetune ?? 1);
  return Math.max(1, compute.minNodes, Number.isInteger(configured) ? configured : 1);
}

function checkClusterQuota(context: CheckContext, facts: QuotaFacts, cluster: ClusterUse): void {
  const { config, report, notes } = context;
  const { usages, location, workspace } = facts;
  const { size, kind } = cluster;
  const { maxNodes, mode } = config.compute;
  const nodes = jobNodes(context);
  const needed = nodes * size.vCpus;
  const what = `${count(nodes, "node")} of ${size.name} ${nodes === 1 ? "needs" : "need"} ${needed} ${tierText(kind)} vCPUs`;
  for (const quota of quotasFor(usages, kind, size.family, workspace)) {
    const state = quotaText(quota, location);
    if (quota.limit < needed && !cluster.exists) {
      const otherTier = `compute.tier: ${kind === "dedicated" ? "lowPriority" : "dedicated"}`;
      report.add({
        property: report.key("compute.size"),
        seen: `${what}. ${state}`,
        remedy: `${requestMore(context, location)} Or set a smaller compute.size, another region, or ${otherTier}.`,
      });
      continue;
    }
    // An existing cluster may have trained before its quota was lowered, and need not train again.
    if (quota.limit - (quota.used - cluster.cores) < needed)
      notes.push(
        `A training would wait: ${what}. ${state} Until enough of it is free, a job stays in Queued without an error.`,
      );
    else if (mode === "create" && quota.limit < maxNodes * size.vCpus)
      notes.push(
        `The cluster cannot grow to compute.maxNodes ${maxNodes}, which needs ${maxNodes * size.vCpus} vCPUs. ${state}`,
      );
  }
  if (usages.length > 0 && kind === "dedicated" && !listsFamily(usages, kind, size.family))
    notes.push(
      `The quotas of ${location} do not list ${size.family}: Azure ML may refuse ${size.name} in this subscription.`,
    );
}

interface EndpointNeed {
  size: VmSize;
  /** Whether the stack's endpoint has a deployment already. */
  deployed: boolean;
  /** The cluster, if it uses dedicated cores as the endpoint does. */
  cluster: ClusterUse | undefined;
}

/** Autoscale cannot add an instance beyond the quota, and nothing reports that to the program later. */
function checkAutoscaleQuota(
  context: CheckContext,
  facts: QuotaFacts,
  { size, deployed }: EndpointNeed,
): void {
  const { autoscale } = context.config.endpoint;
  if (!autoscale) return;
  const needed = endpointCores(size, autoscale.max);
  for (const quota of quotasFor(facts.usages, "dedicated", size.family, facts.workspace)) {
    if (quota.limit >= needed) continue;
    const what = `${count(autoscale.max, "instance")} of ${size.name} need ${needed} vCPUs`;
    const seen = `${what}. ${quotaText(quota, facts.location)}`;
    const remedy = `${requestMore(context, facts.location)} Or lower endpoint.autoscale.max.`;
    // The quota of a stack that serves already may have been lowered: it must remain possible to change something else.
    if (deployed) context.notes.push(`Autoscale cannot reach endpoint.autoscale.max: ${seen} ${remedy}`);
    else context.report.add({ property: context.report.key("endpoint.autoscale.max"), seen, remedy });
  }
}

function checkEndpointQuota(context: CheckContext, facts: QuotaFacts, need: EndpointNeed): void {
  checkAutoscaleQuota(context, facts, need);
  const { config, report, notes } = context;
  const { instanceCount } = config.endpoint;
  const { size, cluster } = need;
  const needed = endpointCores(size, instanceCount);
  const reserve = needed > instanceCount * size.vCpus ? ", including the 20 % that Azure ML reserves" : "";
  const what = `${count(instanceCount, "instance")} of ${size.name} ${instanceCount === 1 ? "needs" : "need"} ${needed} vCPUs${reserve}`;
  for (const quota of quotasFor(facts.usages, "dedicated", size.family, facts.workspace)) {
    const { limit, used, usedByClusters, family } = quota;
    const state = quotaText(quota, facts.location);
    const shared = cluster && (family === undefined || family === cluster.size.family) ? cluster : undefined;
    const ownNodes = shared?.cores ?? 0;
    // Clusters scale down after their jobs. The rest is held by endpoints and compute instances.
    const lasting = used - Math.max(usedByClusters, ownNodes);
    if (need.deployed) {
      // It is not known yet whether the deployment changes. Its own cores are in use until the new one serves.
      if (limit - (used - ownNodes) < needed)
        notes.push(
          `A new model version cannot be deployed beside the present one: ${what} more. ${state} ${requestMore(context, facts.location)}`,
        );
    } else if (limit - lasting < needed) {
      report.add({
        property: report.key("endpoint.instanceType"),
        seen: `${what}. ${state}`,
        remedy: `${requestMore(context, facts.location)} Or delete endpoints that are not needed, set a smaller endpoint.instanceType, fewer endpoint.instanceCount, another region, or endpoint.enabled: false.`,
      });
    } else if (limit - (used - ownNodes) < needed) {
      notes.push(`The deployment would be refused while clusters hold so much: ${what}. ${state}`);
    } else if (shared && limit - (used - ownNodes) < needed + jobNodes(context) * shared.size.vCpus) {
      notes.push(
        `Cluster and endpoint do not fit into their quota together: ${what}, the training ${jobNodes(context) * shared.size.vCpus}. ${state} If the deployment is refused, run up again once the cluster's nodes are released (compute.idleSecondsBeforeScaledown).`,
      );
    }
  }
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

const tierText = (kind: QuotaKind): string => (kind === "dedicated" ? "dedicated" : "low-priority");

function quotaText({ what, limit, used }: Quota, location: string): string {
  return `The quota for ${what} in ${location} is ${limit}, in use ${used}.`;
}

function requestMore({ identity }: CheckContext, location: string): string {
  return `Request more quota at https://ml.azure.com/quota for ${location} and subscription ${identity.subscriptionId}.`;
}
