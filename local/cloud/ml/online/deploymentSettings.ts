import { isObject } from "../../arm/body";
import type { ArmResource } from "../../cloud";
import { requestTimeoutLimit } from "../../rules/lifecycle";
import { requiredDurationMs } from "../duration";
import { wholeNumber } from "../request";

/** Most instances of one deployment in the local cloud. */
export const MAX_INSTANCES = 50;

/** The service's defaults for settings that a deployment omits [documented]. */
const PROBE_DEFAULTS = {
  failureThreshold: 30,
  successThreshold: 1,
  timeout: "PT2S",
  period: "PT10S",
  initialDelay: "PT10S",
};
const REQUEST_DEFAULTS = {
  requestTimeout: "PT5S",
  maxConcurrentRequestsPerInstance: 1,
  maxQueueWait: "PT0.5S",
};

export function readSku(
  body: Record<string, unknown>,
  existing: ArmResource | undefined,
): { capacity: number } {
  const sku = isObject(body["sku"]) ? body["sku"] : existing?.sku;
  return { capacity: wholeNumber(sku?.["capacity"] ?? 1, "sku.capacity", 1, MAX_INSTANCES) };
}

export function readRequestSettings(given: unknown): Record<string, unknown> {
  const settings: Record<string, unknown> = { ...REQUEST_DEFAULTS, ...withoutNulls(given) };
  const timeout = requiredDurationMs(
    String(settings["requestTimeout"]),
    "properties.requestSettings.requestTimeout",
  );
  requestTimeoutLimit(String(settings["requestTimeout"]), timeout);
  requiredDurationMs(String(settings["maxQueueWait"]), "properties.requestSettings.maxQueueWait");
  const concurrent = "maxConcurrentRequestsPerInstance";
  wholeNumber(settings[concurrent], `properties.requestSettings.${concurrent}`, 1);
  return settings;
}

export function readProbe(given: unknown, name: string): Record<string, unknown> {
  const probe: Record<string, unknown> = { ...PROBE_DEFAULTS, ...withoutNulls(given) };
  for (const key of ["timeout", "period", "initialDelay"])
    requiredDurationMs(String(probe[key]), `properties.${name}.${key}`);
  for (const key of ["failureThreshold", "successThreshold"])
    wholeNumber(probe[key], `properties.${name}.${key}`, 1);
  return probe;
}

function withoutNulls(value: unknown): Record<string, unknown> {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
    : {};
}
