import type { OnlineEndpoint } from "../../azureml/clients/onlineEndpoints";
import type { AzureSession } from "../../azureml/clients/session";
import { requestsByMinute } from "../../azureml/clients/metrics";
import { type AzureMlError, azureMlError } from "../../azureml/errors";
import { hasStatus } from "../../azureml/http/failure";
import { delay } from "../../azureml/http/http";
import { logLine } from "../shared/log";
import { type EndpointRef, requireEndpoint, setTraffic } from "./endpointTraffic";
import { measure } from "./measure";
import {
  type Limits,
  measurementText,
  missedLimit,
  percentText,
  planRollout,
  type Split,
  type Step,
  stepText,
  trafficAt,
} from "./steps";

export interface Rollout extends Limits {
  steps: number[];
  holdSeconds: number;
  mirrorPercent: number;
}

/** A step missed its limits, and all traffic is back where it was. */
export interface PutBack {
  before: Split;
  error: AzureMlError;
}

/**
 * Moves the traffic to a new deployment step by step, from the live split on. Each step lasts `holdSeconds`; then what the
 * deployment answered is compared with the limits. An error other than a missed limit also puts the traffic back, as far as Azure can be reached.
 * @param target deployment that shall get all traffic.
 * @returns what was put back, or undefined if the last step is live. The endpoint's settings are not written.
 */
export async function rollOut(
  session: AzureSession,
  endpointRef: EndpointRef,
  target: string,
  rollout: Rollout,
): Promise<PutBack | undefined> {
  const { workspace, endpointName } = endpointRef;
  const endpoint = await requireEndpoint(session, workspace, endpointName);
  const { steps, before } = planRollout(endpoint, target, rollout);
  if (steps.length === 0) return undefined;
  await requireMetrics(session, endpoint);
  const putBack = (): Promise<void> => setTraffic(session, endpointRef, { traffic: before });
  for (const step of steps) {
    const problem = await hold(session, { endpointRef, endpoint, target, before, rollout, step }).catch(
      async (error: unknown) => {
        await putBack().catch(() => undefined);
        throw error;
      },
    );
    if (problem === undefined) continue;
    await putBack();
    logLine(endpointName, `${stepText(step)} for ${target}: missed (${problem}); all traffic is back`);
    const { maxErrorRate, maxLatencyMs, holdSeconds } = rollout;
    const error = azureMlError("RolloutStepFailed", {
      endpoint: endpointName,
      deployment: target,
      step: stepText(step),
      seconds: holdSeconds,
      seen: problem,
      allowed: `an error rate of at most ${percentText(maxErrorRate)}${maxLatencyMs === undefined ? "" : ` and a latency of at most ${maxLatencyMs} ms`}`,
    });
    return { before, error };
  }
  return undefined;
}

interface Hold {
  endpointRef: EndpointRef;
  endpoint: OnlineEndpoint;
  target: string;
  before: Split;
  rollout: Rollout;
  step: Step;
}

/** @returns what was seen if the step misses its limits. */
async function hold(session: AzureSession, parts: Hold): Promise<string | undefined> {
  const { endpointRef, endpoint, target, before, rollout, step } = parts;
  const log = (text: string): void => logLine(endpoint.name, `${stepText(step)} for ${target}: ${text}`);
  await setTraffic(session, endpointRef, trafficAt(step, target, before));
  const start = Date.now();
  log(`held for ${rollout.holdSeconds} s`);
  await delay(rollout.holdSeconds * 1000);
  const span = { start, end: Date.now() };
  const seen = await measure(session, { endpointId: endpoint.raw.id, deployment: target }, span);
  const missed = missedLimit(seen, rollout);
  if (missed !== undefined) return `${measurementText(seen)}: ${missed}`;
  log(`${measurementText(seen)}${seen.requests === 0 ? "; nothing to compare with the limits" : ""}`);
  return undefined;
}

/** Before any traffic moves: a caller without the right to read metrics could not check a step. */
async function requireMetrics(session: AzureSession, endpoint: OnlineEndpoint): Promise<void> {
  const now = Date.now();
  try {
    await requestsByMinute(session, endpoint.raw.id, { start: now - 60_000, end: now });
  } catch (error) {
    if (!hasStatus(error, 401, 403)) throw error;
    throw azureMlError(
      "RolloutNotMeasurable",
      { endpoint: endpoint.name, detail: error.detail },
      { cause: error },
    );
  }
}
