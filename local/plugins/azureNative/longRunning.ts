/** Long-running operations in ARM's three styles, polled as azcore polls them. */
import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type Json, type Properties } from "../host/values";
import { azureError, type Arm } from "./arm";
import { retryAfterMs, type HttpResponse } from "./http";

export interface Operation {
  method: "PUT" | "DELETE";
  path: string;
  apiVersion: string;
  first: HttpResponse;
  signal?: AbortSignal;
}

/** Waits between polls where the service names none. */
const DEFAULT_WAIT_MS = { PUT: 10_000, DELETE: 30_000 } as const;
const FAILED = new Set(["failed", "canceled", "cancelled"]);

function text(json: Json | undefined, ...path: string[]): string | undefined {
  let value: Json | undefined = json;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

function body(response: HttpResponse): Properties {
  return isObject(response.json) ? response.json : {};
}

/** @throws the operation's own error if the state is a failed one */
function finished(state: string, response: HttpResponse): boolean {
  if (FAILED.has(state.toLowerCase())) throw azureError(response);
  return state.toLowerCase() === "succeeded";
}

/** The final resource (empty for a DELETE). For a DELETE, a poll answered with 404 is success. */
export async function awaitOperation(arm: Arm, operation: Operation): Promise<Properties> {
  const { method, path, apiVersion, first } = operation;
  const signal = operation.signal ? { signal: operation.signal } : {};
  const get = (url: string): Promise<HttpResponse> =>
    arm.send({ method: "GET", path: url, apiVersion, ...signal });
  let latest = first;
  const pause = (): Promise<void> =>
    sleep(retryAfterMs(latest) ?? DEFAULT_WAIT_MS[method], undefined, signal);
  const gone = (response: HttpResponse): boolean => method === "DELETE" && response.status === 404;

  const statusUrl = first.header("azure-asyncoperation") ?? first.header("operation-location");
  let location = first.header("location");
  if (statusUrl) {
    let url = statusUrl;
    for (;;) {
      await pause();
      latest = await get(url);
      if (gone(latest)) return {};
      if (latest.status >= 300) throw azureError(latest);
      const state = text(latest.json, "status") ?? text(latest.json, "properties", "provisioningState");
      if (state === undefined)
        throw new Error(`the operation at ${url} was answered without a status: ${latest.text}`);
      if (finished(state, latest)) break;
      url = latest.header("azure-asyncoperation") ?? url;
    }
    if (method === "DELETE") return {};
    const final = await get(path);
    if (final.status >= 300) throw azureError(final);
    return body(final);
  }
  if (location) {
    do {
      await pause();
      latest = await get(location);
      location = latest.header("location") ?? location;
    } while (latest.status === 202);
    if (gone(latest)) return {};
    if (latest.status >= 300) throw azureError(latest);
    return body(latest);
  }
  if (method !== "PUT") {
    if (first.status === 202) throw new Error(`${method} ${path}: response is missing polling URL`);
    return body(first);
  }
  for (;;) {
    const state = text(latest.json, "properties", "provisioningState");
    if (state === undefined || finished(state, latest)) return body(latest);
    await pause();
    latest = await get(path);
    if (latest.status >= 300) throw azureError(latest);
  }
}
