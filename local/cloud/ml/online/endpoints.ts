import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { bodyOf, isObject, normalizeLocation, objectAt, queryOf, textAt } from "../../arm/body";
import { resolveIdentity } from "../../arm/identity";
import { registerArmType } from "../../arm/type";
import type { PutContext } from "../../arm/typeSpec";
import { ArmError } from "../../armError";
import type { ArmResource, Cloud } from "../../cloud";
import { endpointAuthFixed } from "../../rules/immutability";
import { oneOperationAtATime } from "../../rules/lifecycle";
import { endpointNameUniqueInRegion, NAMES } from "../../rules/names";
import {
  mirrorAtMostHalf,
  liveOrMirrored,
  mirrorToOneDeployment,
  trafficSumsToZeroOrHundred,
  trafficToExistingDeployments,
} from "../../rules/traffic";
import type { TrafficMap } from "../../scoring/traffic";
import { accepts, members } from "../../strict/declaration";
import { byOrderName, matchesPairs } from "../listFilters";
import { invalidProperty, propertiesOf, resourceOf, stringMap } from "../request";
import { ML, WORKSPACE_ROUTE } from "../workspace";

const ENDPOINT_TYPE = `${ML}/workspaces/onlineEndpoints`;
export const DEPLOYMENT_TYPE = `${ENDPOINT_TYPE}/deployments`;

export const ENDPOINT_ROUTE = `${WORKSPACE_ROUTE}/onlineEndpoints/:endpoint`;
const NEW_KEY = accepts("a new key for an endpoint", { body: members("keyType", "keyValue") });
const AUTH_MODES = ["Key", "AMLToken", "AADToken"] as const;
const TOKEN_LIFE_SECONDS = 3600;
const REGENERATE = `${ENDPOINT_TYPE}/regenerateKeys`;
/** Store collection of endpoint ids by region and name. */
const OWNERS = "ml.endpointNames";

export interface EndpointKeys {
  primaryKey: string;
  secondaryKey: string;
}

export function registerEndpoints(app: FastifyInstance, cloud: Cloud): void {
  registerArmType(app, cloud, {
    type: ENDPOINT_TYPE,
    path: ENDPOINT_ROUTE,
    tracked: true,
    topLevel: ["identity", "sku", "kind"],
    nameRule: NAMES.online,
    build: (context) => buildEndpoint(context),
    putWork: {
      latency: "endpoint.update",
      run: (_cloud, endpoint, signal) => finishEndpoint(cloud, endpoint, signal),
    },
    deleteWork: { latency: "endpoint.delete" },
    patchTags: "merge",
    filter: matchesFilters,
    listed: (items, query) => byOrderName(items, queryOf(query, "orderBy")),
    present: withAddresses,
  });
  cloud.resources.onRemove(ENDPOINT_TYPE, (endpoint) => cloud.store.delete(OWNERS, nameKey(endpoint)));
  registerKeys(app, cloud);
}

function matchesFilters(
  { name, kind, tags, properties }: ArmResource,
  query: Record<string, string | undefined>,
): boolean {
  const same = (requested: string | undefined, is: string): boolean =>
    requested === undefined || requested.toLowerCase() === is.toLowerCase();
  return (
    same(queryOf(query, "name"), name) &&
    same(queryOf(query, "computeType"), kind ?? "Managed") &&
    matchesPairs(queryOf(query, "tags"), tags) &&
    matchesPairs(queryOf(query, "properties"), properties["properties"])
  );
}

function buildEndpoint({ cloud, id, name, body, existing }: PutContext): Partial<ArmResource> {
  oneOperationAtATime(existing);
  const properties = propertiesOf(body);
  // The compute of a Kubernetes endpoint. Managed endpoints have none (azure-ai-ml 1.35.2, OnlineEndpoint._to_rest_online_endpoint).
  const compute = textAt(properties, "compute", "properties.compute");
  if (compute !== undefined && compute !== "")
    throw invalidProperty(
      "properties.compute",
      `is "${compute}": the local cloud has no Kubernetes computes and supports managed endpoints only.`,
    );
  const authMode = readAuthMode(properties, existing);
  const deployments = deploymentNames(cloud, id);
  const traffic = readTraffic(properties, "traffic", deployments);
  const mirrorTraffic = readTraffic(properties, "mirrorTraffic", deployments);
  liveOrMirrored(traffic, mirrorTraffic);
  const location = normalizeLocation(String(existing?.location ?? body["location"] ?? ""));
  claimName(cloud, { id, name, location });
  const serviceProperties = { "azureml.onlineendpointid": id.toLowerCase() };
  return {
    kind: textAt(body, "kind") ?? existing?.kind ?? "Managed",
    identity:
      resolveIdentity(cloud, objectAt(body, "identity") ?? { type: "SystemAssigned" }, existing?.identity) ??
      {},
    properties: {
      authMode,
      description: textAt(properties, "description", "properties.description") ?? null,
      compute: null,
      properties: { ...stringMap(properties["properties"], "properties.properties"), ...serviceProperties },
      publicNetworkAccess: properties["publicNetworkAccess"] ?? "Enabled",
      traffic,
      mirrorTraffic,
    },
    hidden: {
      ...existing?.hidden,
      ...(authMode === "Key" ? { keys: keysFor(properties["keys"], existing) } : {}),
    },
  };
}

/** Adds the endpoint's addresses. They contain the cloud's port, which may change with a restart. */
function withAddresses(cloud: Cloud, endpoint: ArmResource): ArmResource {
  const base = `${cloud.baseUrl}/endpoints/${endpoint.location ?? ""}/${endpoint.name}`;
  const addresses = { scoringUri: `${base}/score`, swaggerUri: `${base}/swagger.json` };
  return { ...endpoint, properties: { ...endpoint.properties, ...addresses } };
}

function readAuthMode(properties: Record<string, unknown>, existing: ArmResource | undefined): string {
  const given = textAt(properties, "authMode", "properties.authMode") ?? existing?.properties["authMode"];
  const authMode = AUTH_MODES.find((mode) => mode.toLowerCase() === String(given).toLowerCase());
  if (!authMode)
    throw invalidProperty(
      "properties.authMode",
      `is ${JSON.stringify(given)}, allowed: ${AUTH_MODES.join(", ")}.`,
    );
  endpointAuthFixed(existing?.properties["authMode"], authMode);
  return authMode;
}

function readTraffic(
  properties: Record<string, unknown>,
  key: "traffic" | "mirrorTraffic",
  deployments: string[],
): TrafficMap {
  const given = properties[key] ?? {};
  trafficToExistingDeployments(key, given, deployments);
  if (key === "traffic") {
    trafficSumsToZeroOrHundred(given);
  } else {
    mirrorAtMostHalf(given);
    mirrorToOneDeployment(given);
  }
  return given as TrafficMap;
}

/** Names of an endpoint's deployments, including those being created. */
function deploymentNames(cloud: Cloud, endpointId: string): string[] {
  return cloud.resources
    .children(endpointId)
    .filter((child) => child.type === DEPLOYMENT_TYPE)
    .map((deployment) => deployment.name);
}

/** Reserves the name in its region, over all workspaces. On Azure it is a host name. */
function claimName(cloud: Cloud, endpoint: { id: string; name: string; location: string }): void {
  const key = nameKey(endpoint);
  const owner = cloud.resources.get(cloud.store.get<string>(OWNERS, key) ?? "");
  endpointNameUniqueInRegion(endpoint, owner);
  cloud.store.put(OWNERS, key, endpoint.id);
}

function nameKey({ name, location }: { name: string; location?: string }): string {
  return `${location ?? ""}/${name}`.toLowerCase();
}

/** The endpoint of a scoring address. */
export function endpointByName(cloud: Cloud, location: string, name: string): ArmResource | undefined {
  return cloud.resources.get(cloud.store.get<string>(OWNERS, nameKey({ name, location })) ?? "");
}

/** Until the end of the operation, requests go to the previous deployments. */
async function finishEndpoint(cloud: Cloud, endpoint: ArmResource, signal: AbortSignal): Promise<void> {
  if (!endpoint.hidden?.["liveTraffic"]) await cloud.clock.latency("endpoint.create", signal);
  const now = cloud.resources.get(endpoint.id);
  if (!now) return;
  const { traffic, mirrorTraffic } = now.properties;
  cloud.resources.put({
    ...now,
    hidden: { ...now.hidden, liveTraffic: traffic, liveMirrorTraffic: mirrorTraffic },
  });
}

function keysFor(given: unknown, existing: ArmResource | undefined): EndpointKeys {
  const known = existing?.hidden?.["keys"] as EndpointKeys | undefined;
  const keys = isObject(given) ? given : {};
  const primaryKey = textAt(keys, "primaryKey", "properties.keys.primaryKey");
  const secondaryKey = textAt(keys, "secondaryKey", "properties.keys.secondaryKey");
  return {
    primaryKey: primaryKey ?? known?.primaryKey ?? newKey(),
    secondaryKey: secondaryKey ?? known?.secondaryKey ?? newKey(),
  };
}

function newKey(): string {
  return randomBytes(32).toString("base64url");
}

/** Audience of the tokens that `POST …/token` returns. Such a token is valid for one endpoint. */
export function endpointAudience(endpoint: ArmResource): string {
  return `azureml-endpoint:${endpoint.id.toLowerCase()}`;
}

function registerKeys(app: FastifyInstance, cloud: Cloud): void {
  app.post(`${ENDPOINT_ROUTE}/listKeys`, accepts("keys of an endpoint"), async (request) => {
    return keysOf(resourceOf(cloud, ENDPOINT_ROUTE, request));
  });
  app.post(`${ENDPOINT_ROUTE}/regenerateKeys`, NEW_KEY, async (request, reply) => {
    const endpoint = resourceOf(cloud, ENDPOINT_ROUTE, request);
    const keys = keysOf(endpoint);
    const body = bodyOf(request);
    const keyType = textAt(body, "keyType")?.toLowerCase();
    if (keyType !== "primary" && keyType !== "secondary")
      throw invalidProperty("keyType", "must be Primary or Secondary.");
    const which = keyType === "primary" ? "primaryKey" : "secondaryKey";
    // The SDK sends the current key and still expects a new one.
    const given = textAt(body, "keyValue");
    const changed = { ...keys, [which]: given === undefined || given === keys[which] ? newKey() : given };
    cloud.resources.put({ ...endpoint, hidden: { ...endpoint.hidden, keys: changed } });
    const work = (signal: AbortSignal): Promise<void> => cloud.clock.latency("endpoint.update", signal);
    return reply
      .code(202)
      .headers(cloud.lro.start(endpoint.id, REGENERATE, work, "location"))
      .send();
  });
  cloud.lro.resume(REGENERATE, async () => undefined);
  app.post(`${ENDPOINT_ROUTE}/token`, accepts("a token for an endpoint"), async (request) => {
    const endpoint = resourceOf(cloud, ENDPOINT_ROUTE, request);
    const mode = endpoint.properties["authMode"];
    if (mode !== "AMLToken") {
      throw new ArmError(
        400,
        "BadRequest",
        `Endpoint ${endpoint.name} has authMode ${String(mode)}; tokens are for AMLToken.`,
      );
    }
    const now = Math.floor(Date.now() / 1000);
    return {
      accessToken: cloud.issueToken(endpointAudience(endpoint), TOKEN_LIFE_SECONDS),
      tokenType: "Bearer",
      expiryTimeUtc: now + TOKEN_LIFE_SECONDS,
      refreshAfterTimeUtc: now + TOKEN_LIFE_SECONDS / 2,
    };
  });
}

function keysOf(endpoint: ArmResource): EndpointKeys {
  const keys = endpoint.hidden?.["keys"] as EndpointKeys | undefined;
  if (keys) return { primaryKey: keys.primaryKey, secondaryKey: keys.secondaryKey };
  const mode = String(endpoint.properties["authMode"]);
  throw new ArmError(400, "BadRequest", `Endpoint ${endpoint.name} has authMode ${mode}; it has no keys.`);
}
