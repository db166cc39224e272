/** HTTP requests with the retry rules and waits of the real provider's client (azcore). */
import { setTimeout as sleep } from "node:timers/promises";
import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  proxyPolicy,
  type HttpMethods,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import { isObject, type Json } from "../host/values";

export interface HttpRequest {
  method: HttpMethods;
  url: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: Json;
  signal?: AbortSignal;
}

export interface HttpResponse {
  status: number;
  header(name: string): string | undefined;
  text: string;
  /** Parsed body; undefined if empty or not JSON. */
  json: Json | undefined;
}

const RETRIED = new Set([408, 429, 500, 502, 503, 504]);
const RETRY_WAITS_MS = [20_000, 60_000, 120_000];
const client = createDefaultHttpClient();
/** HTTPS_PROXY and NO_PROXY apply as for every other client. Retries are done in `send` below. */
const pipeline = createEmptyPipeline();
pipeline.addPolicy(proxyPolicy());

function parse(text: string): Json | undefined {
  try {
    return text === "" ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

function toResponse(response: PipelineResponse): HttpResponse {
  const text = response.bodyAsText ?? "";
  return { status: response.status, header: (name) => response.headers.get(name), text, json: parse(text) };
}

/** From `retry-after-ms`, `x-ms-retry-after-ms` or `Retry-After` (seconds or a date). */
export function retryAfterMs(response: HttpResponse): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const value = Number(response.header(name));
    if (value > 0) return value;
  }
  const header = response.header("retry-after");
  if (!header) return undefined;
  const wait = Number.isNaN(Number(header)) ? Date.parse(header) - Date.now() : Number(header) * 1_000;
  return wait > 0 ? wait : undefined;
}

export function errorCode(json: Json | undefined): string {
  const error = isObject(json) ? (isObject(json["error"]) ? json["error"] : json) : {};
  return typeof error["code"] === "string" ? error["code"] : "";
}

function isRetried(response: HttpResponse): boolean {
  if (response.status === 409) return errorCode(response.json) === "AnotherOperationInProgress";
  return RETRIED.has(response.status);
}

async function sendOnce(request: HttpRequest): Promise<HttpResponse> {
  const headers = createHttpHeaders({ accept: "application/json", ...request.headers });
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  if (body !== undefined) headers.set("content-type", "application/json; charset=utf-8");
  const pipelineRequest = createPipelineRequest({
    method: request.method,
    url: request.url,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(request.signal ? { abortSignal: request.signal } : {}),
  });
  return toResponse(await pipeline.sendRequest(client, pipelineRequest));
}

/**
 * Retries 408, 429, 5xx, network errors and conflicting operations at most three times, after the server's
 * wait or 20, 60 and 120 seconds. Returns every other response.
 */
export async function send(request: HttpRequest): Promise<HttpResponse> {
  for (let attempt = 0; ; attempt++) {
    const last = attempt >= RETRY_WAITS_MS.length;
    let wait = RETRY_WAITS_MS[attempt];
    try {
      const response = await sendOnce(request);
      if (last || !isRetried(response)) return response;
      wait = retryAfterMs(response) ?? wait;
    } catch (error) {
      request.signal?.throwIfAborted();
      if (last || isHopeless(error)) {
        throw new Error(`${request.method} ${request.url}: ${reason(error)}`, { cause: error });
      }
    }
    await sleep(wait, undefined, request.signal ? { signal: request.signal } : {});
  }
}

/** Errors that a retry cannot fix: an untrusted certificate, an invalid URL, no listener on this machine. */
function isHopeless(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? "");
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_INVALID_URL/.test(code)) return true;
  return code === "ECONNREFUSED" && /127\.0\.0\.1|::1/.test(reason(error));
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join("; ");
  return error instanceof Error ? error.message : String(error);
}

/** GET of a public JSON document. @throws on any status but 200 */
export async function httpJson(url: string, headers: Record<string, string> = {}): Promise<Json | undefined> {
  const response = await send({ method: "GET", url, headers });
  if (response.status !== 200)
    throw new Error(`GET ${url}: status code ${response.status}, ${response.text}`);
  return response.json;
}
