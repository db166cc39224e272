import { isObject } from "../../arm/body";
import type { ArmResource } from "../../cloud";
import { requestTimeoutLimit } from "../../rules/lifecycle";
import { requiredDurationMs } from "../duration";
import { invalidProperty } from "../request";

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
  const capacity = sku?.["capacity"] ?? 1;
  if (
    typeof capacity !== "number" ||
    !Number.isInteger(capacity) ||
    capacity < 1 ||
    capacity > MAX_INSTANCES
  ) {
    throw invalidProperty(
      "sku.capacity",
      `is ${JSON.stringify(capacity)}, must be a whole number of instances from 1 to ${MAX_INSTANCES}.`,
    );
  }
  return { capacity };
}

export function readRequestSettings(given: unknown): Record<string, unknown> {
  const settings: Record<string, unknown> = { ...REQUEST_DEFAULTS, ...withoutNulls(given) };
  const timeout = requiredDurationMs(
    String(settings["requestTimeout"]),
    "properties.requestSettings.requestTimeout",
  );
  requestTimeoutLimit(String(settings["requestTimeout"]), timeout);
  requiredDurationMs(String(settings["maxQueueWait"]), "properties.requestSettings.maxQueueWait");
  const concurrent = settings["maxConcurrentRequestsPerInstance"];
  if (typeof concurrent !== "number" || !Number.isInteger(concurrent) || concurrent < 1) {
    throw invalidProperty(
      "properties.requestSettings.maxConcurrentRequestsPerInstance",
      "must be a whole number, 1 or more.",
    );
  }
  return settings;
}

export function readProbe(given: unknown, name: string): Record<string, unknown> {
  const probe: Record<string, unknown> = { ...PROBE_DEFAULTS, ...withoutNulls(given) };
  for (const key of ["timeout", "period", "initialDelay"])
    requiredDurationMs(String(probe[key]), `properties.${name}.${key}`);
  for (const key of ["failureThreshold", "successThreshold"]) {
    const value = probe[key];
    if (typeof value === "number" && Number.isInteger(value) && value >= 1) continue;
    throw invalidProperty(
      `properties.${name}.${key}`,
      `is ${JSON.stringify(value)}, must be a whole number, 1 or more.`,
    );
  }
  return probe;
}

function withoutNulls(value: unknown): Record<string, unknown> {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
    : {};
}
