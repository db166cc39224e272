import type { OnlineEndpoint } from "../../azureml/clients/onlineEndpoints";
import type { AzureSession } from "../../azureml/clients/session";
import { requestsByMinute } from "../../azureml/clients/metrics";
import { type AzureMlError, azureMlError } from "../../azureml/errors";
import { hasStatus } from "../../azureml/http/failure";
import { type Clock, systemClock } from "../../azureml/http/patience";
import { type HostSignals, hostSignals } from "../shared/hostSignals";
import { logLine } from "../shared/log";
import { type EndpointRef, requireEndpoint, setTraffic } from "./endpointTraffic";
import { azureMonitorPatience, measure } from "./measure";
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

/** What a roll-out waits with. Tests replace it. */
interface Waiting {
  clock: Clock;
  signals: HostSignals;
}

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
 * deployment answered is compared with the limits. An error other than a missed limit also puts the traffic back, as far as Azure can
 * be reached, and so does a Ctrl-C, which ends every wait at once.
 * @param target deployment that shall get all traffic.
 * @returns what was put back, or undefined if the last step is live. The endpoint's settings are not written.
 * @throws AzureMlError `RolloutCanceled`
 */
export async function rollOut(
  session: AzureSession,
  endpointRef: EndpointRef,
  target: string,
  rollout: Rollout,
  { clock, signals }: Waiting = { clock: systemClock, signals: hostSignals },
): Promise<PutBack | undefined> {
  const { workspace, endpointName } = endpointRef;
  const endpoint = await requireEndpoint(session, workspace, endpointName);
  const { steps, before } = planRollout(endpoint, target, rollout);
  if (steps.length === 0) return undefined;
  await requireMetrics(session, endpoint);
  const putBack = (): Promise<void> => setTraffic(session, endpointRef, { traffic: before }, clock);
  const canceled = new AbortController();
  const stopListening = signals.onCancel(() => {
    logLine(endpointName, `roll-out of ${target} canceled: putting all traffic back`);
    canceled.abort();
  });
  const { signal } = canceled;
  try {
    for (const step of steps) {
      const parts = { endpointRef, endpoint, target, before, rollout, step, clock, signal };
      const problem = await hold(session, parts).catch(async (error: unknown) => {
        const isBack = await putBack().then(
          () => true,
          () => false,
        );
        if (!signal.aborted || !isBack) throw error;
        throw azureMlError("RolloutCanceled", {
          endpoint: endpointName,
          deployment: target,
          step: stepText(step),
        });
      });
      if (problem === undefined) continue;
      await putBack();
      logLine(endpointName, `${stepText(step)} for ${target}: missed (${problem}); all traffic is back`);
      return { before, error: stepFailed({ endpointName, target, step, problem, rollout }) };
    }
    return undefined;
  } finally {
    stopListening();
  }
}

function stepFailed(failed: {
  endpointName: string;
  target: string;
  step: Step;
  problem: string;
  rollout: Rollout;
}): AzureMlError {
  const { endpointName, target, step, problem, rollout } = failed;
  const { maxErrorRate, maxLatencyMs, holdSeconds } = rollout;
  return azureMlError("RolloutStepFailed", {
    endpoint: endpointName,
    deployment: target,
    step: stepText(step),
    seconds: holdSeconds,
    seen: problem,
    allowed: `an error rate of at most ${percentText(maxErrorRate)}${maxLatencyMs === undefined ? "" : ` and a latency of at most ${maxLatencyMs} ms`}`,
  });
}

interface Hold {
  endpointRef: EndpointRef;
  endpoint: OnlineEndpoint;
  target: string;
  before: Split;
  rollout: Rollout;
  step: Step;
  clock: Clock;
  signal: AbortSignal;
}

/** @returns what was seen if the step misses its limits. */
async function hold(session: AzureSession, parts: Hold): Promise<string | undefined> {
  const { endpointRef, endpoint, target, before, rollout, step, clock, signal } = parts;
  const log = (text: string): void => logLine(endpoint.name, `${stepText(step)} for ${target}: ${text}`);
  signal.throwIfAborted();
  await setTraffic(session, endpointRef, trafficAt(step, target, before), clock);
  const start = clock.now();
  // Without requests each step takes the whole time, which must not look like a hang.
  log(
    `held for ${rollout.holdSeconds} s, then up to ${azureMonitorPatience.lagMs / 60_000} min until Azure Monitor has its figures`,
  );
  await clock.sleep(rollout.holdSeconds * 1000, signal);
  const span = { start, end: clock.now() };
  const of = { endpointId: endpoint.raw.id, deployment: target };
  const seen = await measure(session, of, span, { ...azureMonitorPatience, clock, signal });
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
