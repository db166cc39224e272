import { azureMlError, AzureMlError } from "../errors";
import { hasStatus } from "../http/failure";
import { redactedLine } from "../http/redact";
import { cachePerOwner } from "./promiseCache";
import type { AzureSession } from "./session";

/** Where a registry is, and the address of its data plane. */
export interface RegistryAddress {
  registry: string;
  subscriptionId: string;
  resourceGroup: string;
  /** `https://…/mferp/managementfrontend`. */
  endpoint: string;
  /** Below the endpoint: `/subscriptions/…/registries/<registry>`. */
  path: string;
  /** `endpoint` and `path`. */
  baseUrl: string;
  /** The regions whose workspaces can use its assets, such as `westeurope`. Empty if the service does not report them. */
  regions: string[];
}

const addresses = cachePerOwner<RegistryAddress>();

/** Address of a registry (`GET registrymanagement/v1.0/registries/<name>/discovery`). Throws `RegistryNotFound`. */
export function discoverRegistry(session: AzureSession, registry: string): Promise<RegistryAddress> {
  return addresses(session).get(registry, () => discover(session, registry));
}

/** The address, or `undefined` if the tenant has no registry of this name. Asks the service each time. */
export async function findRegistry(
  session: AzureSession,
  registry: string,
): Promise<RegistryAddress | undefined> {
  try {
    return await discover(session, registry);
  } catch (error) {
    if (error instanceof AzureMlError && error.code === "RegistryNotFound") return undefined;
    throw error;
  }
}

async function discover(session: AzureSession, registry: string): Promise<RegistryAddress> {
  const what = `registry "${registry}"`;
  let response;
  try {
    response = await session.http({
      method: "GET",
      url: `${session.cloud.registryDiscovery}/registrymanagement/v1.0/registries/${encodeURIComponent(registry)}/discovery`,
      query: { "api-version": "v1.0" },
      what,
      scope: session.cloud.armScope,
    });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    throw azureMlError(
      "RegistryNotFound",
      { registry, detail: redactedLine(error.detail, 200) },
      { cause: error },
    );
  }
  const body = (response.body ?? {}) as { regions?: unknown } & Record<string, string | undefined>;
  const { primaryRegionResourceProviderUri: uri, subscriptionId, resourceGroup } = body;
  if (!uri || !subscriptionId || !resourceGroup) {
    throw azureMlError("UnexpectedResponse", {
      what,
      field: "primaryRegionResourceProviderUri",
      requestId: response.requestId,
    });
  }
  const endpoint = `${uri.replace(/\/+$/, "")}/mferp/managementfrontend`;
  const path = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/registries/${registry}`;
  const regions = Array.isArray(body.regions) ? body.regions.map(String) : [];
  return { registry, subscriptionId, resourceGroup, endpoint, path, baseUrl: `${endpoint}${path}`, regions };
}
