/** Compute clusters (AmlCompute): their rules, their provisioning, their virtual nodes. */
import type { FastifyInstance } from "fastify";
import { invalid, type Json, objectAt, requiredText, textAt } from "../arm/body";
import { knownLocation } from "../arm/locations";
import { type ArmTypeSpec, idFor, type PutContext, registerArmType } from "../arm/type";
import type { ArmResource, Cloud } from "../cloud";
import { resourceNotFound } from "../errors";
import { clusterWithinQuota, sizeOfferedInRegion } from "../rules/capacity";
import { clusterSizeFixed } from "../rules/immutability";
import { NAMES } from "../rules/names";
import { durationMilliseconds } from "./duration";
import { dropNodes, listNodes, nodeState } from "./nodes";
import { coreLimit } from "./quotas";

const TYPE = "Microsoft.MachineLearningServices/workspaces/computes";
const COMPUTE =
  "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.MachineLearningServices/workspaces/:workspaceName/computes/:computeName";
const PRIORITIES = ["Dedicated", "LowPriority"];
const DEFAULT_IDLE = "PT120S";

function inner(resource: ArmResource | undefined): Json {
  return (resource?.properties["properties"] as Json | undefined) ?? {};
}

function wholeNumber(settings: Json, key: string, otherwise: number | undefined): number {
  const value = settings[key] ?? otherwise;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  const target = `properties.properties.scaleSettings.${key}`;
  throw invalid(
    "InvalidParameter",
    `The property '${target}' must be a whole number from 0; got ${JSON.stringify(value)}.`,
    target,
  );
}

function scaleSettings(asked: Json, existing: Json | undefined): Json {
  const target = "properties.properties.scaleSettings";
  const settings = objectAt(asked, "scaleSettings", target) ?? existing;
  if (!settings) throw invalid("MissingRequiredProperty", `The property '${target}' is required.`, target);
  const minNodeCount = wholeNumber(settings, "minNodeCount", 0);
  const maxNodeCount = wholeNumber(settings, "maxNodeCount", undefined);
  if (minNodeCount > maxNodeCount) {
    throw invalid(
      "InvalidParameter",
      `minNodeCount (${minNodeCount}) is greater than maxNodeCount (${maxNodeCount}).`,
      target,
    );
  }
  const idle = textAt(settings, "nodeIdleTimeBeforeScaleDown") ?? DEFAULT_IDLE;
  durationMilliseconds(idle, `${target}.nodeIdleTimeBeforeScaleDown`);
  return { minNodeCount, maxNodeCount, nodeIdleTimeBeforeScaleDown: idle };
}

function buildCompute({ cloud, body, existing, name, id }: PutContext): Partial<ArmResource> {
  const outer = objectAt(body, "properties");
  if (!outer)
    throw invalid("MissingRequiredProperty", "The property 'properties' is required.", "properties");
  requiredText(outer, "computeType", "properties.computeType", ["AmlCompute"]);
  const asked = objectAt(outer, "properties", "properties.properties") ?? {};
  const workspace = cloud.resources.get(id.split("/").slice(0, -2).join("/"));
  const location = knownLocation(
    textAt(body, "location") ?? existing?.location ?? workspace?.location ?? "",
    TYPE,
  );
  const before = inner(existing);
  const vmSize = requiredText(
    { vmSize: asked["vmSize"] ?? before["vmSize"] },
    "vmSize",
    "properties.properties.vmSize",
  );
  const size = sizeOfferedInRegion(vmSize, location, "properties.properties.vmSize");
  const vmPriority = requiredText(
    { vmPriority: asked["vmPriority"] ?? before["vmPriority"] ?? "Dedicated" },
    "vmPriority",
    "properties.properties.vmPriority",
    PRIORITIES,
  );
  const settings = scaleSettings(asked, before["scaleSettings"] as Json | undefined);
  const properties: Json = {
    osType: "Linux",
    remoteLoginPortPublicAccess: "NotSpecified",
    enableNodePublicIp: true,
    isolatedNetwork: false,
    ...before,
    ...asked,
    vmSize: size.name,
    vmPriority,
    scaleSettings: settings,
  };
  if (existing) clusterSizeFixed(name, before, properties);
  const nodes = Math.max(1, Number(settings["minNodeCount"]));
  const lowPriority = vmPriority === "LowPriority";
  clusterWithinQuota(size, nodes, {
    limit: coreLimit(cloud, location, size.family, lowPriority),
    lowPriority,
  });
  const now = cloud.clock.now().toISOString();
  return {
    location,
    properties: {
      description: textAt(outer, "description", "properties.description") ?? null,
      computeType: "AmlCompute",
      computeLocation: location,
      disableLocalAuth: outer["disableLocalAuth"] ?? existing?.properties["disableLocalAuth"] ?? false,
      createdOn: existing?.properties["createdOn"] ?? now,
      modifiedOn: now,
      resourceId: null,
      provisioningErrors: null,
      isAttachedCompute: false,
      properties,
    },
  };
}

function presentCompute(cloud: Cloud, resource: ArmResource): ArmResource {
  const state = { ...inner(resource), ...nodeState(cloud, resource.id) };
  return { ...resource, properties: { ...resource.properties, properties: state } };
}

const compute: ArmTypeSpec = {
  type: TYPE,
  path: COMPUTE,
  nameRule: NAMES.compute,
  topLevel: ["identity", "sku"],
  tracked: true,
  locationFrom: (cloud, id) => cloud.resources.get(id.split("/").slice(0, -2).join("/"))?.location,
  build: buildCompute,
  putWork: { latency: "compute.create" },
  deleteWork: { latency: "compute.delete" },
  present: presentCompute,
};

/** Registers clusters and their node list. */
export function registerComputes(app: FastifyInstance, cloud: Cloud): void {
  registerArmType(app, cloud, compute);
  cloud.resources.onRemove(TYPE, ({ id }) => dropNodes(cloud, id));
  app.post<{ Params: Record<string, string> }>(`${COMPUTE}/listNodes`, (request) => {
    const id = idFor(COMPUTE, request.params);
    if (!cloud.resources.get(id)) throw resourceNotFound(id);
    return { nodes: listNodes(cloud, id), nextLink: null };
  });
}
