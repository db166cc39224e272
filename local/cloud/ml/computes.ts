import type { FastifyInstance } from "fastify";
import { invalid, isObject, type Json, objectAt, requiredText, textAt } from "../arm/body";
import { knownLocation } from "../arm/locations";
import { registerArmType } from "../arm/type";
import type { ArmTypeSpec, PutContext } from "../arm/typeSpec";
import type { ArmResource, Cloud } from "../cloud";
import { clusterWithinQuota, sizeOfferedInRegion } from "../rules/capacity";
import { clusterSizeFixed } from "../rules/immutability";
import { NAMES } from "../rules/names";
import { accepts } from "../strict/declaration";
import { clusterSettings, COMPUTE_TYPE, DEFAULT_IDLE } from "./clusterSettings";
import { requiredDurationMs } from "./duration";
import { dropNodes, listNodes, nodeState } from "./nodes";
import { coreQuotas } from "./quotas";
import { propertiesOf, resourceOf } from "./request";
import { WORKSPACE_ROUTE } from "./workspace";

const COMPUTE = `${WORKSPACE_ROUTE}/computes/:compute`;
const PRIORITIES = ["Dedicated", "LowPriority"];

function wholeNumber(settings: Json, key: string, defaultValue: number | undefined): number {
  const value = settings[key] ?? defaultValue;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  const target = `properties.properties.scaleSettings.${key}`;
  throw invalid(
    "InvalidParameter",
    `The property '${target}' must be a whole number from 0; got ${JSON.stringify(value)}.`,
    target,
  );
}

function scaleSettings(requested: Json, existing: Json | undefined): Json {
  const target = "properties.properties.scaleSettings";
  const settings = objectAt(requested, "scaleSettings", target) ?? existing;
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
  requiredDurationMs(idle, `${target}.nodeIdleTimeBeforeScaleDown`);
  return { minNodeCount, maxNodeCount, nodeIdleTimeBeforeScaleDown: idle };
}

function buildCompute({ cloud, body, existing, name, id }: PutContext): Partial<ArmResource> {
  const outer = propertiesOf(body);
  requiredText(outer, "computeType", "properties.computeType", ["AmlCompute"]);
  const requested = objectAt(outer, "properties", "properties.properties") ?? {};
  const workspace = cloud.resources.get(id.split("/").slice(0, -2).join("/"));
  const location = knownLocation(
    textAt(body, "location") ?? existing?.location ?? workspace?.location ?? "",
    COMPUTE_TYPE,
  );
  const before = clusterSettings(existing);
  const vmSize = requiredText(
    { vmSize: requested["vmSize"] ?? before["vmSize"] },
    "vmSize",
    "properties.properties.vmSize",
  );
  const size = sizeOfferedInRegion(vmSize, location, "properties.properties.vmSize", before["vmSize"]);
  const vmPriority = requiredText(
    { vmPriority: requested["vmPriority"] ?? before["vmPriority"] ?? "Dedicated" },
    "vmPriority",
    "properties.properties.vmPriority",
    PRIORITIES,
  );
  const settings = scaleSettings(requested, before["scaleSettings"] as Json | undefined);
  const properties: Json = {
    osType: "Linux",
    remoteLoginPortPublicAccess: "NotSpecified",
    enableNodePublicIp: true,
    isolatedNetwork: false,
    ...before,
    ...requested,
    vmSize: size.name,
    vmPriority,
    scaleSettings: settings,
    ...withoutSecrets(requested["userAccountCredentials"] ?? before["userAccountCredentials"]),
  };
  if (existing) clusterSizeFixed(name, before, properties);
  const nodes = Math.max(1, Number(settings["minNodeCount"]));
  const lowPriority = vmPriority === "LowPriority";
  clusterWithinQuota(size, nodes, coreQuotas(cloud, location, size.family, lowPriority));
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

/** The account's name. Password and key are marked as secrets (Azure/azure-rest-api-specs, UserAccountCredentials), and nothing needs them. */
function withoutSecrets(credentials: unknown): Json {
  return isObject(credentials)
    ? { userAccountCredentials: { adminUserName: credentials["adminUserName"] ?? null } }
    : {};
}

function presentCompute(cloud: Cloud, resource: ArmResource): ArmResource {
  const state = { ...clusterSettings(resource), ...nodeState(cloud, resource.id) };
  return { ...resource, properties: { ...resource.properties, properties: state } };
}

const compute: ArmTypeSpec = {
  type: COMPUTE_TYPE,
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

export function registerComputes(app: FastifyInstance, cloud: Cloud): void {
  registerArmType(app, cloud, compute);
  cloud.resources.onRemove(COMPUTE_TYPE, ({ id }) => dropNodes(cloud, id));
  app.post(`${COMPUTE}/listNodes`, accepts("nodes of a cluster"), (request) => ({
    nodes: listNodes(cloud, resourceOf(cloud, COMPUTE, request).id),
    nextLink: null,
  }));
}
