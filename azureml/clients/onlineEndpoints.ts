import { azureMlError } from "../errors";
import { omit } from "../records";
import {
  apiVersions,
  armGet,
  armList,
  armPost,
  armPut,
  type ArmResource,
  type LongRunningOptions,
  provisioningState,
} from "./arm";
import type { AzureSession } from "./session";
import { type WorkspaceRef, workspaceId } from "./workspaces";

export interface OnlineEndpoint {
  name: string;
  location: string;
  authMode: "Key" | "AADToken" | "AMLToken";
  scoringUri: string;
  provisioningState: string;
  traffic: Record<string, number>;
  /** Share of the requests that a deployment gets a copy of, by deployment. Empty unless somebody mirrors traffic. */
  mirrorTraffic: Record<string, number>;
  raw: ArmResource;
}

/** Percentages by deployment. Without `mirrorTraffic`, nothing is mirrored. */
export interface TrafficChange {
  traffic: Record<string, number>;
  mirrorTraffic?: Record<string, number>;
}

const path = (ref: WorkspaceRef, endpoint: string): string =>
  `${workspaceId(ref)}/onlineEndpoints/${endpoint}`;

const call = (ref: WorkspaceRef, endpoint: string, suffix = ""): Parameters<typeof armGet>[1] => ({
  path: `${path(ref, endpoint)}${suffix}`,
  apiVersion: apiVersions.machineLearning,
  what: `endpoint "${endpoint}"`,
});

/** The endpoint, or `undefined` if it does not exist. */
export async function getOnlineEndpoint(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
): Promise<OnlineEndpoint | undefined> {
  const resource = await armGet(session, call(ref, name));
  return resource && parseEndpoint(resource, name);
}

/** The provisioningState of a deployment, or `undefined` if it does not exist. */
export async function deploymentState(
  session: AzureSession,
  ref: WorkspaceRef,
  endpoint: string,
  deployment: string,
): Promise<string | undefined> {
  const found = await armGet(session, call(ref, endpoint, `/deployments/${deployment}`));
  return found && (provisioningState(found) ?? "Unknown");
}

/** A deployment, as far as its quota needs. */
export interface DeploymentFacts {
  name: string;
  /** VM size of its instances. */
  instanceType: string;
  instances: number;
  /** ARM id of the model version, or `azureml://registries/…` for one of a registry. */
  model?: string;
  tags?: Record<string, string>;
}

/** The deployments of an endpoint. Empty if the endpoint does not exist. */
export async function listDeployments(
  session: AzureSession,
  ref: WorkspaceRef,
  endpoint: string,
): Promise<DeploymentFacts[]> {
  if (!(await armGet(session, call(ref, endpoint)))) return [];
  const found = (await armList(session, call(ref, endpoint, "/deployments"))) as Partial<ArmResource>[];
  return found.map(({ name, properties, sku, tags }) => ({
    name: name ?? "",
    instanceType: typeof properties?.instanceType === "string" ? properties.instanceType : "",
    instances: Number(sku?.capacity ?? 1),
    ...(typeof properties?.model === "string" ? { model: properties.model } : {}),
    ...(tags ? { tags } : {}),
  }));
}

/** Settings that can change without replacing the endpoint. */
export interface EndpointSettings {
  description: string;
  publicNetworkAccess: string;
  tags: Record<string, string>;
}

/** The current settings. The service's default for public access is Enabled. */
export function endpointSettings({ raw }: OnlineEndpoint): EndpointSettings {
  const { description, publicNetworkAccess } = raw.properties as Partial<EndpointSettings>;
  return {
    description: description ?? "",
    publicNetworkAccess: publicNetworkAccess ?? "Enabled",
    tags: raw.tags ?? {},
  };
}

/**
 * Sets the traffic split, and the settings if given. Sends a PUT of the whole endpoint: the service's PATCH accepts only
 * `tags` and `identity` (Azure/azure-rest-api-specs, MachineLearningServices.Management/OnlineEndpoint.tsp, `update`; Go module
 * armmachinelearning 4.0.0, `PartialMinimalTrackedResourceWithIdentity`).
 */
export async function putTraffic(
  session: AzureSession,
  ref: WorkspaceRef,
  endpoint: OnlineEndpoint,
  traffic: TrafficChange,
  settings?: EndpointSettings,
  options: LongRunningOptions = {},
): Promise<OnlineEndpoint> {
  const resource = await armPut(
    session,
    call(ref, endpoint.name),
    endpointBody(endpoint.raw, traffic, settings),
    options,
  );
  return parseEndpoint(resource, endpoint.name);
}

/**
 * The writable part of an endpoint with this traffic and, if given, with these settings. Keeps every other member of the answer,
 * known or not, except those that only the service sets.
 */
export function endpointBody(
  raw: ArmResource,
  traffic: TrafficChange,
  settings?: EndpointSettings,
): Record<string, unknown> {
  const { tags, ...changed } = settings ?? { tags: raw.tags ?? {} };
  const properties = omit(raw.properties, "scoringUri", "swaggerUri", "provisioningState", "keys");
  const { identity, ...kept } = omit(
    raw as ArmResource & Record<string, unknown>,
    ...["id", "name", "type", "systemData", "etag"],
  );
  return {
    ...kept,
    tags,
    ...(identity ? { identity: writableIdentity(identity as Record<string, unknown>) } : {}),
    properties: {
      ...properties,
      ...changed,
      ...(properties.mirrorTraffic ? { mirrorTraffic: {} } : {}),
      ...traffic,
    },
  };
}

// The service sets principalId, tenantId and the client ids.
function writableIdentity(identity: Record<string, unknown>): Record<string, unknown> {
  const assigned = identity.userAssignedIdentities as Record<string, unknown> | undefined;
  return {
    type: identity.type,
    ...(assigned
      ? { userAssignedIdentities: Object.fromEntries(Object.keys(assigned).map((id) => [id, {}])) }
      : {}),
  };
}

/** The secret of a scoring request: the primary key, or a token if the endpoint uses tokens. Never stored. */
export async function scoringCredential(
  session: AzureSession,
  ref: WorkspaceRef,
  endpoint: OnlineEndpoint,
): Promise<string> {
  if (endpoint.authMode === "AADToken") {
    const token = await session.credential.getToken(session.cloud.mlScope);
    if (token) return token.token;
  }
  const verb = endpoint.authMode === "Key" ? "listKeys" : "token";
  const body = (await armPost(session, call(ref, endpoint.name, `/${verb}`))) as
    { primaryKey?: string; accessToken?: string } | undefined;
  const secret = body?.primaryKey ?? body?.accessToken;
  if (!secret) {
    throw azureMlError("UnexpectedResponse", {
      what: `${verb} of endpoint "${endpoint.name}"`,
      field: "primaryKey or accessToken",
      requestId: "none",
    });
  }
  return secret;
}

function parseEndpoint(resource: ArmResource, name: string): OnlineEndpoint {
  const { properties } = resource;
  const text = (key: string): string => {
    const value = properties[key];
    return typeof value === "string" ? value : "";
  };
  const mode = text("authMode").toLowerCase();
  return {
    name: resource.name || name,
    location: resource.location ?? "",
    authMode: mode === "aadtoken" ? "AADToken" : mode === "amltoken" ? "AMLToken" : "Key",
    scoringUri: text("scoringUri"),
    provisioningState: text("provisioningState"),
    traffic: (properties.traffic ?? {}) as Record<string, number>,
    mirrorTraffic: (properties.mirrorTraffic ?? {}) as Record<string, number>,
    raw: resource,
  };
}
