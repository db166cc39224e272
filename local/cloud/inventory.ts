import type { ArmResource, Cloud } from "./cloud";

const ML = "Microsoft.MachineLearningServices/workspaces";
const ENDED_JOBS = new Set(["Completed", "Failed", "Canceled", "NotResponding"]);

/** Types that Azure bills by the hour or by the gigabyte while they exist. */
const STANDING: Readonly<Record<string, string>> = {
  "microsoft.storage/storageaccounts": "storage",
  "microsoft.operationalinsights/workspaces": "logAnalytics",
  "microsoft.keyvault/vaults": "keyVaults",
  "microsoft.insights/components": "applicationInsights",
  "microsoft.machinelearningservices/registries": "registries",
};

export interface Inventory {
  empty: boolean;
  clusters: Array<{
    id: string;
    name: string;
    vmSize: unknown;
    vmPriority: unknown;
    nodes: number;
    maxNodes: unknown;
  }>;
  endpoints: Array<{ id: string; name: string }>;
  deployments: Array<{ id: string; name: string; instanceType: unknown; instances: unknown }>;
  jobs: Array<{ id: string; name: string; status: unknown }>;
  workspaces: Array<{ id: string; name: string }>;
  standing: Array<{ kind: string; id: string; name: string }>;
}

export function runningJobs(cloud: Cloud): ArmResource[] {
  return cloud.resources
    .ofType(`${ML}/jobs`)
    .filter(({ properties }) => !ENDED_JOBS.has(String(properties["status"] ?? "NotStarted")));
}

export function takeInventory(cloud: Cloud, nodesOf: (id: string) => number): Inventory {
  const named = ({ id, name }: ArmResource): { id: string; name: string } => ({ id, name });
  const inner = ({ properties }: ArmResource): Record<string, unknown> =>
    (properties["properties"] as Record<string, unknown> | undefined) ?? {};
  const clusters = cloud.resources.ofType(`${ML}/computes`).map((compute) => {
    const { vmSize, vmPriority, scaleSettings } = inner(compute);
    const maxNodes = (scaleSettings as Record<string, unknown> | undefined)?.["maxNodeCount"];
    return { ...named(compute), vmSize, vmPriority, nodes: nodesOf(compute.id), maxNodes };
  });
  const endpoints = cloud.resources.ofType(`${ML}/onlineEndpoints`).map(named);
  const deployments = cloud.resources.ofType(`${ML}/onlineEndpoints/deployments`).map((deployment) => ({
    ...named(deployment),
    instanceType: deployment.properties["instanceType"],
    instances: deployment.sku?.["capacity"],
  }));
  const jobs = runningJobs(cloud).map((job) => ({ ...named(job), status: job.properties["status"] }));
  const workspaces = cloud.resources.ofType(ML).map(named);
  const standing = Object.entries(STANDING).flatMap(([type, kind]) =>
    cloud.resources.ofType(type).map((resource) => ({ kind, ...named(resource) })),
  );
  const all = [clusters, endpoints, deployments, jobs, workspaces, standing];
  return {
    empty: all.every((list) => list.length === 0),
    clusters,
    endpoints,
    deployments,
    jobs,
    workspaces,
    standing,
  };
}

export function countByType(cloud: Cloud): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of cloud.resources.children("/subscriptions")) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
