import { azureMlError } from "../errors";
import { parseServiceError } from "../http/failure";
import { type HttpResponse, type HttpRequest, retryAfterMs } from "../http/http";
import { type Clock, pollUntilDone } from "../http/patience";
import type { AzureSession } from "./session";

/** An ARM resource. The client that requested it parses `properties`. */
export interface ArmResource {
  id: string;
  name: string;
  type?: string;
  location?: string;
  kind?: string;
  tags?: Record<string, string>;
  identity?: Record<string, unknown>;
  sku?: Record<string, unknown>;
  systemData?: Record<string, unknown>;
  properties: Record<string, unknown>;
}

/** API versions this program uses: stable ones where the service has them. */
export const apiVersions = {
  /**
   * The version of the azure-native provider (3.28.0), so that both write and read the same fields of an endpoint. Older
   * stable ones have no body in listSecrets: the examples Datastore/listSecrets.json of stable/2024-10-01 and
   * stable/2025-06-01 differ in it (Azure/azure-rest-api-specs, Microsoft.MachineLearningServices).
   */
  machineLearning: "2025-12-01",
  storage: "2023-05-01",
  /** The version of the azure-native provider (3.28.0). */
  resourceGroups: "2024-03-01",
  /** Data plane of the registries (`mferp/managementfrontend`). */
  registry: "2021-10-01-dataplanepreview",
} as const;

export interface ArmCall {
  /** Path below the ARM endpoint, starting with `/subscriptions`. */
  path: string;
  /** The endpoint, if it is not ARM's: `https://…` with an optional path, without a slash at its end. */
  endpoint?: string;
  apiVersion: string;
  /** Name of the resource in error messages, for example `endpoint "chat"`. */
  what: string;
  headers?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  /** Error statuses that are no error: the body is then that of the error. */
  accept?: readonly number[];
  signal?: AbortSignal;
}

export interface LongRunningOptions {
  /** Minutes until `OperationTimeout`. Default: 60. */
  timeoutMinutes?: number;
  /** Wait between polls in ms if the service does not specify one. Default: 3,000. */
  intervalMs?: number;
  /** Replaces the system's clock in tests. */
  clock?: Clock;
}

/** GET. Returns `undefined` if the resource does not exist. */
export async function armGet(session: AzureSession, call: ArmCall): Promise<ArmResource | undefined> {
  const response = await send(session, call, { method: "GET", accept: [404] });
  return response.status === 404 ? undefined : parseResource(response, call.what);
}

/** GET of a resource that may be missing. Returns `undefined` if it exists, else the error code of the 404, empty without one. */
export async function armMissing(session: AzureSession, call: ArmCall): Promise<string | undefined> {
  const { status, body } = await send(session, call, { method: "GET", accept: [404] });
  if (status !== 404) return undefined;
  const code = (body as { error?: { code?: unknown } } | undefined)?.error?.code;
  return typeof code === "string" ? code : "";
}

/** GET of any JSON document. */
export async function armGetJson(session: AzureSession, call: ArmCall): Promise<unknown> {
  return (await send(session, call, { method: "GET" })).body;
}

/** GET of all pages of a list. Follows `nextLink` only to the ARM host. */
export async function armList(session: AzureSession, call: ArmCall): Promise<unknown[]> {
  const items: unknown[] = [];
  let response = await send(session, call, { method: "GET" });
  for (;;) {
    const page = (response.body ?? {}) as { value?: unknown[]; nextLink?: string | null };
    items.push(...(page.value ?? []));
    if (!page.nextLink) return items;
    response = await session.http({
      method: "GET",
      url: requireServiceHost(session, call, page.nextLink),
      what: call.what,
      scope: session.cloud.armScope,
      signal: call.signal,
    });
  }
}

/** PUT. Waits for the operation and returns the resource as it is then. */
export async function armPut(
  session: AzureSession,
  call: ArmCall,
  body: unknown,
  options: LongRunningOptions = {},
): Promise<ArmResource> {
  const response = await send(session, call, { method: "PUT", body });
  const first = parseResource(response, call.what);
  const asynchronous = response.header("azure-asyncoperation") ?? response.header("location");
  const state = provisioningState(first);
  if (!asynchronous && (state === undefined || isTerminal(state))) return requireSuccess(first, call.what);
  await waitForOperation(session, call, response, options);
  const resource = await armGet(session, call);
  if (!resource) {
    throw azureMlError("OperationFailed", {
      what: call.what,
      status: "gone",
      code: "NotFound",
      detail: "it does not exist after its creation",
    });
  }
  return requireSuccess(resource, call.what);
}

/** DELETE. Waits for the operation. Returns whether the resource existed. */
export async function armDelete(
  session: AzureSession,
  call: ArmCall,
  options: LongRunningOptions = {},
): Promise<boolean> {
  const response = await send(session, call, { method: "DELETE", accept: [404] });
  if (response.status === 404 || response.status === 204) return false;
  if (response.status === 202) await waitForOperation(session, call, response, options);
  return true;
}

/**
 * POST. Waits for an accepted operation (202) unless `wait` is false. Returns the JSON of the last response.
 */
export async function armPost(
  session: AzureSession,
  call: ArmCall,
  body?: unknown,
  options: LongRunningOptions & { wait?: boolean } = {},
): Promise<unknown> {
  const response = await send(session, call, { method: "POST", body });
  if (response.status !== 202 || options.wait === false) return response.body;
  return (await waitForOperation(session, call, response, options))?.body;
}

function send(session: AzureSession, call: ArmCall, how: Partial<HttpRequest>): Promise<HttpResponse> {
  return session.http({
    method: "GET",
    url: `${endpointOf(session, call)}${encodeURI(call.path)}`,
    query: { "api-version": call.apiVersion, ...call.query },
    what: call.what,
    headers: call.headers,
    accept: call.accept,
    scope: session.cloud.armScope,
    signal: call.signal,
    ...how,
  });
}

/**
 * Polls a long-running operation: `Azure-AsyncOperation`, else `Location`, else the resource's own
 * provisioningState. Waits between polls as long as the service requests (`retry-after-ms`, `Retry-After`),
 * else the default. Outages and the machine's sleep do not end it. Written by hand because `@azure/core-lro` waits in whole
 * seconds and follows the poll address to any host with our token.
 */
async function waitForOperation(
  session: AzureSession,
  call: ArmCall,
  first: HttpResponse,
  options: LongRunningOptions,
): Promise<HttpResponse | undefined> {
  const addressOf = (header: string): string | undefined => {
    const url = first.header(header);
    return url === undefined ? undefined : requireServiceHost(session, call, url);
  };
  const statusUrl = addressOf("azure-asyncoperation");
  const locationUrl = statusUrl === undefined ? addressOf("location") : undefined;
  const waitMs = (response: HttpResponse): number => retryAfterMs(response) ?? options.intervalMs ?? 3_000;
  return pollUntilDone({
    what: call.what,
    minutes: options.timeoutMinutes ?? 60,
    ...(options.clock && { clock: options.clock }),
    ...(call.signal && { signal: call.signal }),
    first: { status: "accepted", waitMs: waitMs(first) },
    poll: async () => {
      const { response, status } = await pollOnce(session, call, { statusUrl, locationUrl });
      if (!isTerminal(status)) return { status, waitMs: waitMs(response) };
      if (status.toLowerCase() === "succeeded") return { done: response };
      const error = parseServiceError(errorDocument(response.body), "");
      throw azureMlError("OperationFailed", {
        what: call.what,
        status,
        code: error.code,
        detail: error.message,
      });
    },
  });
}

async function pollOnce(
  session: AzureSession,
  call: ArmCall,
  { statusUrl, locationUrl }: { statusUrl: string | undefined; locationUrl: string | undefined },
): Promise<{ response: HttpResponse; status: string }> {
  const progress = (response: HttpResponse): string => (response.status === 202 ? "InProgress" : "Succeeded");
  if (statusUrl) {
    const response = await poll(session, call, statusUrl);
    return { response, status: operationStatus(response) ?? progress(response) };
  }
  if (locationUrl) {
    const response = await poll(session, call, locationUrl);
    return { response, status: progress(response) };
  }
  const response = await send(session, call, { method: "GET" });
  return { response, status: provisioningState(parseResource(response, call.what)) ?? "Succeeded" };
}

function poll(session: AzureSession, call: ArmCall, url: string): Promise<HttpResponse> {
  return session.http({
    method: "GET",
    url,
    what: call.what,
    scope: session.cloud.armScope,
    signal: call.signal,
  });
}

const endpointOf = (session: AzureSession, { endpoint }: ArmCall): string =>
  endpoint ?? session.cloud.resourceManager;

/**
 * The URL, if it is on the host of the request or below it. Requests carry our token, so URLs from responses are not
 * followed elsewhere.
 */
function requireServiceHost(session: AzureSession, call: ArmCall, url: string): string {
  const endpoint = new URL(`${endpointOf(session, call)}/`);
  const target = new URL(url, endpoint);
  const inside = [endpoint, new URL(session.cloud.resourceManager)].some(
    ({ hostname }) => target.hostname === hostname || target.hostname.endsWith(`.${hostname}`),
  );
  if (target.protocol === "https:" && inside) return target.href;
  const field = `address on ${endpoint.host}`;
  throw azureMlError("UnexpectedResponse", { what: call.what, field, requestId: "none" });
}

function operationStatus(response: HttpResponse): string | undefined {
  const body = response.body as
    { status?: unknown; properties?: { provisioningState?: unknown } } | undefined;
  const status = body?.status ?? body?.properties?.provisioningState;
  return typeof status === "string" ? status : undefined;
}

function errorDocument(body: unknown): unknown {
  const record = body as { error?: unknown } | undefined;
  return record?.error === undefined ? undefined : { error: record.error };
}

/** Whether an operation or a resource stays in this state unless somebody acts. */
export const isTerminal = (status: string): boolean =>
  /^(succeeded|failed|canceled|cancelled)$/i.test(status);

export function provisioningState(resource: ArmResource): string | undefined {
  const state = resource.properties.provisioningState;
  return typeof state === "string" ? state : undefined;
}

function requireSuccess(resource: ArmResource, what: string): ArmResource {
  const state = provisioningState(resource);
  if (state === undefined || !/^(failed|canceled)$/i.test(state)) return resource;
  const error = parseServiceError(
    { error: resource.properties.error ?? resource.properties.provisioningErrors },
    "",
  );
  throw azureMlError("OperationFailed", { what, status: state, code: error.code, detail: error.message });
}

function parseResource(response: HttpResponse, what: string): ArmResource {
  const body = response.body as Partial<ArmResource> | undefined;
  if (typeof body !== "object" || body === null || typeof body.id !== "string") {
    throw azureMlError("UnexpectedResponse", { what, field: "resource", requestId: response.requestId });
  }
  return { ...body, id: body.id, name: body.name ?? "", properties: body.properties ?? {} };
}
