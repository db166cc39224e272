/** One call of the provider: its session, deadline, API version, and the resource as Azure shows it. */
import { PartialFailure, type Host } from "../host/provider";
import { isObject, type Properties } from "../host/values";
import { azureError, type Arm } from "./arm";
import { toOutputs } from "./shape";
import type { ResourceSpec } from "./tables";

export interface Session {
  arm: Arm;
  host: Host;
  /** Aborted by Cancel. */
  cancelled: AbortSignal;
  /** `skipReadOnUpdate`: outputs come from the response to the PUT. */
  skipReadOnUpdate: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 120 * 60;

/** Input that is neither part of the path nor of the body. */
export const API_VERSION = "azureApiVersion";

/** Runs the work until the operation's deadline or the provider's cancellation. */
export async function within<T>(
  session: Session,
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout((seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1_000);
  try {
    return await work(AbortSignal.any([session.cancelled, deadline]));
  } catch (error) {
    if (error instanceof PartialFailure) throw error;
    if (deadline.aborted) throw new Error("operation timed out", { cause: error });
    if (session.cancelled.aborted) throw new Error("operation was cancelled", { cause: error });
    throw error;
  }
}

export function versionOf(spec: ResourceSpec, inputs: Properties): string {
  const version = inputs[API_VERSION];
  return typeof version === "string" ? version : spec.apiVersion;
}

export function outputsOf(spec: ResourceSpec, body: Properties, apiVersion: string): Properties {
  return { ...toOutputs(`${spec.typeKey}/out`, spec, body), [API_VERSION]: apiVersion };
}

export async function readBody(
  session: Session,
  id: string,
  apiVersion: string,
  signal?: AbortSignal,
): Promise<Properties> {
  const response = await session.arm.send({
    method: "GET",
    path: id,
    apiVersion,
    ...(signal ? { signal } : {}),
  });
  if (response.status >= 300) throw azureError(response);
  return isObject(response.json) ? response.json : {};
}
