/** Cores in use and cores allowed, by family and region: `vmSizes`, `usages`, `quotas`. */
import type { FastifyInstance } from "fastify";
import { bodyOf, invalid, isObject, type Json, page, textAt } from "../arm/body";
import { knownLocation } from "../arm/locations";
import type { Cloud } from "../cloud";
import { surgeReserve } from "../rules/capacity";
import { accepts, members, PAGING } from "../strict/declaration";
import { clusterSettings, COMPUTE_TYPE } from "./clusterSettings";
import { nodeCount } from "./nodes";
import {
  describeSize,
  familiesIn,
  familyLabel,
  findSize,
  quotaOf,
  sizesIn,
  TOTAL_DEDICATED,
  TOTAL_LOW_PRIORITY,
} from "./sizes";
import { ML } from "./workspace";

const SIZES = accepts("VM sizes", { query: ["compute-type", "recommended"] });
const USAGES = accepts("cores in use", { query: ["expandChildren", ...PAGING] });
const CHANGE = accepts("change quotas", {
  body: { location: "any", value: members("id", "type", "limit", "unit") },
});
const COLLECTION = "quotas";
const LOCATION = `/subscriptions/:subscriptionId/providers/${ML}/locations/:location`;

function overridesIn(cloud: Cloud, location: string): Record<string, number> {
  return cloud.store.get<Record<string, number>>(COLLECTION, location) ?? {};
}

/** Cores in use, of clusters (by the cluster's id) and of endpoints (by the deployment's id). */
interface Use {
  id: string;
  family: string;
  lowPriority: boolean;
  cores: number;
}

/** Cores of clusters' live nodes and of endpoints' instances with their reserve. */
function usesIn(cloud: Cloud, location: string): Use[] {
  const clusters = cloud.resources.ofType(COMPUTE_TYPE).flatMap((compute) => {
    const { vmSize, vmPriority } = clusterSettings(compute);
    const size = findSize(String(vmSize));
    if (compute.location !== location || !size) return [];
    const cores = size.vCPUs * nodeCount(cloud, compute.id);
    return [{ id: compute.id, family: size.family, lowPriority: vmPriority === "LowPriority", cores }];
  });
  const deployments = cloud.resources
    .ofType(`${ML}/workspaces/onlineEndpoints/deployments`)
    .flatMap((deployment) => {
      const size = findSize(String(deployment.properties["instanceType"]));
      if (deployment.location !== location || !size) return [];
      const cores = surgeReserve(size, Number(deployment.sku?.["capacity"] ?? 1));
      return [{ id: deployment.id, family: size.family, lowPriority: false, cores }];
    });
  return [...clusters, ...deployments];
}

const sum = (uses: readonly Use[]): number => uses.reduce((total, { cores }) => total + cores, 0);

/** A quota with its cores in use and allowed. */
export interface CoreQuota {
  /** In the words of the service's messages: `Standard NCADSA100v4 family`, or `total`. */
  label: string;
  limit: number;
  used: number;
}

/** The quotas that cores of a family and priority must fit into. Low priority has no limit by family. */
export function coreQuotas(
  cloud: Cloud,
  location: string,
  family: string,
  lowPriority: boolean,
): CoreQuota[] {
  const overrides = overridesIn(cloud, location);
  const uses = usesIn(cloud, location).filter((use) => use.lowPriority === lowPriority);
  const total = {
    label: "total",
    limit: quotaOf(lowPriority ? TOTAL_LOW_PRIORITY : TOTAL_DEDICATED, overrides),
    used: sum(uses),
  };
  if (lowPriority) return [total];
  const used = sum(uses.filter((use) => use.family === family));
  return [{ label: `${familyLabel(family)} family`, limit: quotaOf(family, overrides), used }, total];
}

export function registerQuotas(app: FastifyInstance, cloud: Cloud): void {
  type Params = { subscriptionId: string; location: string };
  const at = (params: Params): string => knownLocation(params.location, `${ML}/workspaces`);
  app.get<{ Params: Params }>(`${LOCATION}/vmSizes`, SIZES, (request) => ({
    value: sizesIn(at(request.params)).map(describeSize),
  }));
  app.get<{ Params: Params }>(`${LOCATION}/usages`, USAGES, (request) => {
    const location = at(request.params);
    return page(usages(cloud, request.params.subscriptionId, location), request, cloud.baseUrl);
  });
  app.get<{ Params: Params }>(`${LOCATION}/quotas`, accepts("core quotas", { query: PAGING }), (request) => {
    const location = at(request.params);
    const entries = familiesIn(location).map((family) => ({
      id: quotaId(`/subscriptions/${request.params.subscriptionId}`, "quotas", dedicatedLabel(family)),
      type: `${ML}/vmFamily/dedicatedCores/quotas`,
      name: { value: family, localizedValue: dedicatedLabel(family) },
      limit: quotaOf(family, overridesIn(cloud, location)),
      unit: "Count",
    }));
    return page(entries, request, cloud.baseUrl);
  });
  app.post<{ Params: Params }>(`${LOCATION}/updateQuotas`, CHANGE, (request) => ({
    value: updateQuotas(cloud, at(request.params), bodyOf(request)),
  }));
}

const dedicatedLabel = (family: string): string => `${familyLabel(family)} Family Cluster Dedicated vCPUs`;

/** As in the OpenAPI example Usage/list.json: `…/usages/Standard_NC_Family_Cluster_Dedicated_vCPUs`. */
function quotaId(scope: string, what: string, label: string): string {
  return `${scope}/${what}/${label.replaceAll(" ", "_")}`;
}

function usages(cloud: Cloud, subscription: string, location: string): Json[] {
  const all = usesIn(cloud, location);
  const overrides = overridesIn(cloud, location);
  const scope = `/subscriptions/${subscription}`;
  const entry = (
    id: string,
    type: string,
    name: [string, string],
    currentValue: number,
    limit: number,
  ): Json => ({
    id,
    type: `${ML}/${type}/usages`,
    unit: "Count",
    currentValue,
    limit,
    name: { value: name[0], localizedValue: name[1] },
  });
  const total = (value: string, label: string, type: string, used: number, limit: number): Json =>
    entry(`${scope}/usages`, type, [value, label], used, limit);
  const clusters = cloud.resources.ofType(COMPUTE_TYPE).filter((compute) => compute.location === location);
  const rows = [
    total("TotalClusters", "Clusters", "totalCores", clusters.length, 500),
    ...[false, true].flatMap((lowPriority) => {
      const uses = all.filter((use) => use.lowPriority === lowPriority);
      const [kind, type] = lowPriority
        ? ["LowPriority", "lowPriorityCores"]
        : ["Dedicated", "dedicatedCores"];
      const name = lowPriority ? TOTAL_LOW_PRIORITY : TOTAL_DEDICATED;
      const regional = `Total Cluster ${kind} Regional vCPUs`;
      return [
        total(name, regional, type, sum(uses), quotaOf(name, overrides)),
        ...familiesIn(location).flatMap((family) => {
          const label = `${familyLabel(family)} Family Cluster ${kind} vCPUs`;
          const ofFamily = uses.filter((use) => use.family === family);
          const limit = lowPriority ? -1 : quotaOf(family, overrides);
          return [
            entry(quotaId(scope, "usages", label), `vmFamily/${type}`, [family, label], sum(ofFamily), limit),
            ...childRows(ofFamily).map(([id, inWorkspace, cores]) =>
              entry(
                quotaId(id, "usages", label),
                inWorkspace ? "workspaces" : "workspaces/computes",
                [family, label],
                cores,
                limit,
              ),
            ),
          ];
        }),
      ];
    }),
  ];
  return rows;
}

/** A row for each workspace that uses cores, and for each of its clusters. */
function childRows(uses: readonly Use[]): Array<[id: string, isWorkspace: boolean, cores: number]> {
  const used = uses.filter(({ cores }) => cores > 0);
  const workspaceOf = ({ id }: Use): string => id.split("/").slice(0, 9).join("/");
  return [...new Set(used.map(workspaceOf))].flatMap((workspace) => {
    const own = used.filter((use) => workspaceOf(use) === workspace);
    const clusters = own.filter(({ id }) => id.split("/")[9]?.toLowerCase() === "computes");
    return [
      [workspace, true, sum(own)] as [string, boolean, number],
      ...clusters.map(({ id, cores }): [string, boolean, number] => [id, false, cores]),
    ];
  });
}

function updateQuotas(cloud: Cloud, location: string, body: Json): Json[] {
  const { value } = body;
  if (!Array.isArray(value))
    throw invalid("InvalidRequestContent", "The property 'value' must be an array of quotas.", "value");
  const overrides = overridesIn(cloud, location);
  const results = value.map((quota: unknown) => {
    if (!isObject(quota))
      throw invalid("InvalidRequestContent", "Each quota must be an object with id and limit.", "value");
    const id = textAt(quota, "id") ?? "";
    const segments = id.split("/").map((segment) => segment.replaceAll("_", " ").toLowerCase());
    const family = [TOTAL_DEDICATED, TOTAL_LOW_PRIORITY, ...familiesIn(location)].find((name) =>
      [name, dedicatedLabel(name)].some((text) => segments.includes(text.replaceAll("_", " ").toLowerCase())),
    );
    const { limit } = quota;
    if (!family) return { id, status: "InvalidVMFamilyName", limit: null };
    if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 0) {
      throw invalid(
        "InvalidParameter",
        `The limit of '${family}' must be a whole number from 0; got ${JSON.stringify(limit)}.`,
      );
    }
    overrides[family.toLowerCase()] = limit;
    return { id, type: `${ML}/vmFamily/dedicatedCores/quotas`, limit, unit: "Count", status: "Success" };
  });
  cloud.store.put(COLLECTION, location, overrides);
  return results;
}
