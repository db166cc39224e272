import { deploymentState } from "../../azureml/clients/onlineEndpoints";
import { type ScoreResponse, scoringTimeoutMs } from "../../azureml/clients/scoring";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError, AzureMlError, errorText } from "../../azureml/errors";
import { awakeTime, type Clock, createOutage, systemClock, unavailable } from "../../azureml/http/patience";
import { redactedLine } from "../../azureml/http/redact";
import { logLine } from "../shared/log";
import { DeploymentFault } from "./deploymentFault";

/** Time until the endpoint's routes reach a deployment that has just been provisioned. */
const routePatienceMs = 10 * 60_000;
/** Time until a container has loaded its model. If it fails for longer, the request itself is the cause. */
const modelPatienceMs = 3 * 60_000;
/** A request, the look-up of the deployment's state, and the wait. A longer gap is the sleep of the machine. */
const longestGapMs = scoringTimeoutMs + 60_000;
const patienceByStatus = new Map([
  [404, routePatienceMs],
  [408, modelPatienceMs],
  [424, modelPatienceMs],
  [429, routePatienceMs],
  [502, routePatienceMs],
  [503, routePatienceMs],
  [504, modelPatienceMs],
]);

/** Statuses that the deployment answers for: no route to it, too slow, its container failed, not available. */
const isFault = (status: number): boolean => [404, 408, 424].includes(status) || status >= 500;

interface DeploymentRef {
  workspace: WorkspaceRef;
  endpointName: string;
  deploymentName: string;
}

/**
 * Repeats a request until the deployment answers it. Throws `ScoringFailed` for a status that waiting does not change,
 * for a deployment that does not exist or has failed, and when the time for the status is over; as a `DeploymentFault` if the
 * deployment is the cause. While the control plane does not answer either, the network is down: the time begins again with its
 * next answer.
 */
export async function waitForAnswer(
  session: AzureSession,
  { workspace, endpointName: endpoint, deploymentName: deployment }: DeploymentRef,
  request: () => Promise<ScoreResponse>,
  clock: Clock = systemClock,
): Promise<ScoreResponse> {
  let waited = awakeTime(clock, longestGapMs);
  const outage = createOutage({ clock });
  for (let wait = 500, reported = false; ; wait = Math.min(wait * 1.5, 10_000)) {
    const outcome = await request().catch((error: unknown) => {
      if (error instanceof AzureMlError && error.code === "NotReachable") return error;
      throw error;
    });
    const unreachable = outcome instanceof Error;
    if (!unreachable && outcome.status < 300) return outcome;
    const status = unreachable ? "no connection" : outcome.status;
    const patience = unreachable ? modelPatienceMs : (patienceByStatus.get(outcome.status) ?? 0);
    const state =
      patience > 0
        ? await outage.tolerate(() => deploymentState(session, workspace, endpoint, deployment))
        : "known";
    const hopeless = state === undefined || state === "Failed";
    if (state === unavailable) waited = awakeTime(clock, longestGapMs);
    const isOver = state !== unavailable && waited() + wait > patience;
    if (hopeless || isOver) {
      const detail = redactedLine(unreachable ? errorText(outcome) : outcome.detail, 400);
      const error = azureMlError("ScoringFailed", {
        deployment,
        endpoint,
        status,
        detail: hopeless ? `the deployment ${state ? `is ${state}` : "does not exist"}; ${detail}` : detail,
      });
      throw hopeless || (!unreachable && isFault(outcome.status)) ? new DeploymentFault(error) : error;
    }
    if (!reported) logLine(endpoint, `${deployment} does not answer yet (${status}): waiting`);
    reported = true;
    await clock.sleep(wait);
  }
}
