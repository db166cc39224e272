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
  LOW_PRIORITY_QUOTA,
  quotaOf,
  sizesIn,
  type VmSize,
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

/** Cores of clusters' live nodes and endpoints' instances. Low-priority cores are counted separately. */
function usedCores(cloud: Cloud, location: string): { dedicated: Map<string, number>; lowPriority: number } {
  const dedicated = new Map<string, number>();
  let lowPriority = 0;
  const add = (size: VmSize | undefined, count: number): void => {
    if (size) dedicated.set(size.family, (dedicated.get(size.family) ?? 0) + size.vCPUs * count);
  };
  for (const compute of cloud.resources.ofType(COMPUTE_TYPE)) {
    if (compute.location !== location) continue;
    const { vmSize, vmPriority } = clusterSettings(compute);
    const size = findSize(String(vmSize));
    const nodes = nodeCount(cloud, compute.id);
    if (vmPriority === "LowPriority") lowPriority += (size?.vCPUs ?? 0) * nodes;
    else add(size, nodes);
  }
  for (const deployment of cloud.resources.ofType(`${ML}/workspaces/onlineEndpoints/deployments`)) {
    if (deployment.location !== location) continue;
    const size = findSize(String(deployment.properties["instanceType"]));
    const instances = Number(deployment.sku?.["capacity"] ?? 1);
    if (size) dedicated.set(size.family, (dedicated.get(size.family) ?? 0) + surgeReserve(size, instances));
  }
  return { dedicated, lowPriority };
}

/** Used and allowed dedicated cores of a family in a region. */
export function dedicatedCores(
  cloud: Cloud,
  location: string,
  family: string,
): { used: number; limit: number } {
  const limit = quotaOf(family, overridesIn(cloud, location));
  return { used: usedCores(cloud, location).dedicated.get(family) ?? 0, limit };
}

/** The quota that applies to a cluster of a family and priority. */
export function coreLimit(cloud: Cloud, location: string, family: string, lowPriority: boolean): number {
  return lowPriority ? LOW_PRIORITY_QUOTA : quotaOf(family, overridesIn(cloud, location));
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
      id: quotaId(request.params.subscriptionId, location, family, "quotas"),
      type: `${ML}/vmFamily/dedicatedCores/quotas`,
      name: { value: family, localizedValue: familyLabel(family) },
      limit: quotaOf(family, overridesIn(cloud, location)),
      unit: "Count",
    }));
    return page(entries, request, cloud.baseUrl);
  });
  app.post<{ Params: Params }>(`${LOCATION}/updateQuotas`, CHANGE, (request) => ({
    value: updateQuotas(cloud, at(request.params), bodyOf(request)),
  }));
}

function quotaId(subscription: string, location: string, family: string, what: string): string {
  return `/subscriptions/${subscription}/providers/${ML}/locations/${location}/vmFamilies/${family}/${what}`;
}

function usages(cloud: Cloud, subscription: string, location: string): Json[] {
  const { dedicated, lowPriority } = usedCores(cloud, location);
  const entry = (family: string, label: string, type: string, currentValue: number, limit: number): Json => ({
    id: quotaId(subscription, location, family, "usages"),
    type: `${ML}/${type}/usages`,
    unit: "Count",
    currentValue,
    limit,
    name: { value: family, localizedValue: label },
  });
  const overrides = overridesIn(cloud, location);
  const perFamily = familiesIn(location).map((family) =>
    entry(
      family,
      familyLabel(family),
      "vmFamily/dedicatedCores",
      dedicated.get(family) ?? 0,
      quotaOf(family, overrides),
    ),
  );
  const low = entry(
    "TotalLowPriorityCores",
    "Total Low Priority vCPUs",
    "lowPriorityCores",
    lowPriority,
    LOW_PRIORITY_QUOTA,
  );
  const inUse = cloud.resources.ofType(COMPUTE_TYPE).filter((compute) => compute.location === location);
  const clusters = entry("clusters", "Azure ML Compute Clusters", "computes", inUse.length, 500);
  return [...perFamily, low, clusters];
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
    const family = familiesIn(location).find((name) => id.toLowerCase().includes(`/${name.toLowerCase()}/`));
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
