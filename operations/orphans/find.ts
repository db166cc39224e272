import { apiVersions, armList, type ArmResource } from "../../azureml/clients/arm";
import { isTerminalStatus } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { ownerTagNames } from "../../azureml/names";
import { hasStatus } from "../../azureml/http/failure";
import { alertLists } from "./alerts";

/** Kinds of things that Azure bills while they exist or run, in the order in which they can be deleted. */
export const billedKinds = ["job", "endpoint", "cluster", "alert rule", "resource group"] as const;

/** Something that bills and has the owner tags of this project. */
export interface BilledThing {
  kind: (typeof billedKinds)[number];
  /** ARM id. */
  id: string;
  name: string;
  /** From the owner tag. */
  stack: string;
  /** What bills, for people: `2 deployments`, `status Running`. */
  detail: string;
}

export interface OrphanSearch {
  session: AzureSession;
  /** GUID. */
  subscriptionId: string;
  /** Value of the owner tag `pulumi-project`. */
  project: string;
  /** Only this stack's. Default: all stacks'. */
  stack?: string;
  /** Name prefix of this stack's jobs. Jobs without any owner tag are found by it: somebody can remove a job's tags. */
  jobPrefix?: string;
  /** Receives one line for each workspace that may not be read. */
  log(line: string): void;
}

/**
 * Finds what bills and belongs to this project, from Azure alone: resource groups by their tags, and in every workspace
 * of the subscription clusters, endpoints and running jobs by theirs, and alert rules outside these groups.
 */
export async function findBilled(search: OrphanSearch): Promise<BilledThing[]> {
  const [groups, workspaces, alerts] = await Promise.all([
    ownGroups(search),
    listWorkspaces(search),
    ownAlerts(search),
  ]);
  const inside = await Promise.all(workspaces.map(({ id }) => inWorkspace(search, id)));
  const isInGroup = ({ id }: BilledThing): boolean =>
    groups.some((group) => id.toLowerCase().startsWith(`${group.id.toLowerCase()}/`));
  const found = [...inside.flat(), ...alerts.filter((alert) => !isInGroup(alert)), ...groups];
  const order = (thing: BilledThing): number => billedKinds.indexOf(thing.kind);
  return found.sort((a, b) => order(a) - order(b) || a.id.localeCompare(b.id));
}

type Item = Pick<ArmResource, "id" | "name"> & Partial<ArmResource>;

async function list(
  { session }: OrphanSearch,
  path: string,
  what: string,
  apiVersion: string = apiVersions.machineLearning,
  query?: Record<string, string>,
): Promise<Item[]> {
  return (await armList(session, { path, apiVersion, what, query })) as Item[];
}

/** @returns the owning stack if the item is one that is searched for. */
function ownerOf({ project, stack }: OrphanSearch, item: Item): string | undefined {
  // Jobs have their tags among the properties.
  const tags = item.tags ?? (item.properties?.tags as Record<string, string> | undefined) ?? {};
  const owner = tags[ownerTagNames.stack];
  if (tags[ownerTagNames.project] !== project || owner === undefined) return undefined;
  return stack === undefined || owner === stack ? owner : undefined;
}

async function ownGroups(search: OrphanSearch): Promise<BilledThing[]> {
  const { subscriptionId, project } = search;
  const groups = await list(
    search,
    `/subscriptions/${subscriptionId}/resourcegroups`,
    "resource groups",
    apiVersions.resourceGroups,
    { $filter: `tagName eq '${ownerTagNames.project}' and tagValue eq '${project}'` },
  );
  return groups.flatMap((group) => thing(search, "resource group", group, "with everything in it"));
}

/** Alert rules of adopted workspaces: their resource groups belong to others. */
async function ownAlerts(search: OrphanSearch): Promise<BilledThing[]> {
  const lists = await Promise.all(
    alertLists(search.subscriptionId).map(({ path, apiVersion }) =>
      list(search, path, "alert rules", apiVersion).catch((error: unknown) => {
        if (!hasStatus(error, 401, 403, 404)) throw error;
        search.log("Alert rules may not be read and were not searched.");
        return [];
      }),
    ),
  );
  return lists.flat().flatMap((alert) => thing(search, "alert rule", alert, "by the month"));
}

function listWorkspaces(search: OrphanSearch): Promise<Item[]> {
  const path = `/subscriptions/${search.subscriptionId}/providers/Microsoft.MachineLearningServices/workspaces`;
  return list(search, path, "workspaces");
}

async function inWorkspace(search: OrphanSearch, workspace: string): Promise<BilledThing[]> {
  try {
    const [computes, endpoints, jobs] = await Promise.all([
      list(search, `${workspace}/computes`, "clusters"),
      list(search, `${workspace}/onlineEndpoints`, "endpoints"),
      list(search, `${workspace}/jobs`, "jobs"),
    ]);
    const running = jobs.filter(({ properties }) => !isTerminalStatus(String(properties?.status)));
    const described = await Promise.all(endpoints.map((endpoint) => withDeployments(search, endpoint)));
    return [
      ...running.flatMap((job) => runningJob(search, job)),
      ...described.flat(),
      ...computes.flatMap((compute) => thing(search, "cluster", compute, nodesText(compute))),
    ];
  } catch (error) {
    if (!hasStatus(error, 401, 403, 404)) throw error;
    search.log(`Workspace ${workspace} may not be read and was not searched.`);
    return [];
  }
}

async function withDeployments(search: OrphanSearch, endpoint: Item): Promise<BilledThing[]> {
  if (ownerOf(search, endpoint) === undefined) return [];
  const deployments = await list(search, `${endpoint.id}/deployments`, "deployments");
  return thing(search, "endpoint", endpoint, `deployments: ${deployments.length}`);
}

function runningJob(search: OrphanSearch, job: Item): BilledThing[] {
  const status = `status ${String(job.properties?.status)}`;
  const { stack, jobPrefix } = search;
  const tags = (job.properties?.tags as Record<string, string> | undefined) ?? {};
  const isTagged = Object.values(ownerTagNames).some((name) => tags[name] !== undefined);
  if (isTagged || !stack || !jobPrefix || !job.name.startsWith(`${jobPrefix}-`))
    return thing(search, "job", job, status);
  return [{ kind: "job", id: job.id, name: job.name, stack, detail: `${status}, found by its name` }];
}

function nodesText({ properties }: Item): string {
  const inner = properties?.properties as { currentNodeCount?: number } | undefined;
  return `nodes: ${inner?.currentNodeCount ?? 0}`;
}

function thing(search: OrphanSearch, kind: BilledThing["kind"], item: Item, detail: string): BilledThing[] {
  const stack = ownerOf(search, item);
  return stack === undefined ? [] : [{ kind, id: item.id, name: item.name, stack, detail }];
}
