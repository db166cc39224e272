import { setTimeout } from "node:timers/promises";
import type { TokenCredential } from "@azure/identity";
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
  type HttpMethods,
  type Pipeline,
} from "@azure/core-rest-pipeline";
import { azureMlError, AzureMlError, errorText } from "../errors";
import { parseServiceError, requestFailure } from "./failure";
import { redactedLine } from "./redact";
import { withTimeLimit } from "./timeLimit";

export interface HttpRequest {
  method: HttpMethods;
  /** Absolute https URL, with or without a query. */
  url: string;
  /** Name of the requested resource in error messages, for example `workspace "ws1"`. */
  what: string;
  query?: Record<string, string | number | undefined>;
  /** Sent as JSON. A string is sent unchanged. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Token scope (`<resource>/.default`). If absent, no Authorization header is sent. */
  scope?: string;
  /** Limit in ms for one attempt. Default: 60,000. */
  timeoutMs?: number;
  /** Error statuses that are returned, not thrown. */
  accept?: readonly number[];
  /** Retries after throttling, 5xx, connection errors and no answer within the limit. Default: 4. */
  maxRetries?: number;
  signal?: AbortSignal;
}

export interface HttpResponse {
  status: number;
  /** A response header. Names are case-insensitive. */
  header(name: string): string | undefined;
  /** Parsed JSON, or `undefined` if the body is empty or not JSON. */
  body: unknown;
  text: string;
  /** The service's request id, for Azure support. */
  requestId: string;
}

/** Sends one request. Throws `RequestFailure` for a status outside 2xx that is not accepted. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

export interface HttpOptions {
  credential?: TokenCredential;
  /** Replaces the network in tests. */
  client?: HttpClient;
  /** First retry delay in ms, doubled for each retry up to 8 s. Default: 800. */
  retryDelayMs?: number;
}

/**
 * REST over the Azure SDK's pipeline (`@azure/core-rest-pipeline`, which also implements retries and
 * proxies). Tokens are cached and renewed per scope, `Retry-After` and `retry-after-ms` are honored, every
 * request has a correlation id, and messages contain no secrets.
 */
export function createHttp(options: HttpOptions): Http {
  const client = withTimeLimit(options.client ?? createDefaultHttpClient());
  const pipelines = new Map<string, Pipeline>();

  function pipelineFor(scope: string | undefined, maxRetries: number): Pipeline {
    const key = `${maxRetries} ${scope ?? ""}`;
    let pipeline = pipelines.get(key);
    if (!pipeline) {
      pipeline = createPipelineFromOptions({
        retryOptions: { maxRetries, retryDelayInMs: options.retryDelayMs ?? 800, maxRetryDelayInMs: 8_000 },
        userAgentOptions: { userAgentPrefix: "azureml-finetune" },
        telemetryOptions: { clientRequestIdHeaderName: "x-ms-client-request-id" },
        // A redirect would send the token to another host.
        redirectOptions: { maxRetries: 0 },
      });
      if (scope) {
        if (!options.credential) throw new TypeError(`a token for ${scope} requires a credential`);
        pipeline.addPolicy(
          bearerTokenAuthenticationPolicy({ credential: options.credential, scopes: scope }),
        );
      }
      pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  return async (request) => {
    const url = requestUrl(request);
    const outgoing = createPipelineRequest({
      url: url.href,
      method: request.method,
      headers: createHttpHeaders({
        accept: "application/json",
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      }),
      body: bodyText(request.body),
      timeout: request.timeoutMs ?? 60_000,
      abortSignal: request.signal,
    });
    let response;
    try {
      response = await pipelineFor(request.scope, request.maxRetries ?? 4).sendRequest(client, outgoing);
    } catch (error) {
      throw connectionError(request, url, error);
    }
    const text = response.bodyAsText ?? "";
    const body = parseJson(text);
    const requestId = response.headers.get("x-ms-request-id") ?? outgoing.requestId;
    if ((response.status < 200 || response.status > 299) && !request.accept?.includes(response.status)) {
      throw requestFailure(request.what, response.status, parseServiceError(body, text), requestId);
    }
    return {
      status: response.status,
      header: (name) => response.headers.get(name),
      body,
      text,
      requestId,
    };
  };
}

function requestUrl(request: HttpRequest): URL {
  const url = new URL(request.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  // Some Azure front ends do not decode "+" as a space.
  url.search = url.search.replace(/\+/g, "%20");
  return url;
}

function bodyText(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  return typeof body === "string" ? body : JSON.stringify(body);
}

function parseJson(text: string): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A log file or a proxy's HTML page. The caller reads `text`.
    return undefined;
  }
}

function connectionError(request: HttpRequest, url: URL, error: unknown): Error {
  if (error instanceof AzureMlError) return error;
  const name = error instanceof Error ? error.name : "";
  if (name === "AbortError" && request.signal?.aborted) return error as Error;
  if (/Credential|Authentication/.test(name)) {
    return azureMlError(
      "NoCredential",
      {
        method: "the credential in use",
        scope: request.scope ?? "none",
        detail: redactedLine(errorText(error), 900),
        next: "Log in again (`az login`), or check the service principal or managed identity.",
      },
      { cause: error },
    );
  }
  return azureMlError(
    "NotReachable",
    { what: request.what, host: url.host, detail: redactedLine(describeConnection(error), 300) },
    { cause: error },
  );
}

function describeConnection(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (code === "SELF_SIGNED_CERT_IN_CHAIN" || code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE") {
    return `${String(code)}: its certificate is not trusted; set NODE_EXTRA_CA_CERTS to the certificate authority's file`;
  }
  return errorText(error);
}

/** Waits `ms` milliseconds. Rejects with an AbortError if the signal is aborted. */
export async function delay(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal });
}

/** The wait in ms that a service requests in `retry-after-ms` or `Retry-After` (seconds or date). */
export function retryAfterMs(response: HttpResponse): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const value = Number(response.header(name) ?? Number.NaN);
    if (Number.isFinite(value) && value >= 0) return value;
  }
  const header = response.header("retry-after");
  if (header === undefined) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
