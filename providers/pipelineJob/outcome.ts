import { getRunDetails } from "../../azureml/clients/history";
import type { Job } from "../../azureml/clients/jobs";
import { getMlflowRun } from "../../azureml/clients/mlflow";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { listSteps } from "../../azureml/clients/runSteps";

interface Outcome {
  metrics: Record<string, number>;
  startedAt: string;
  endedAt: string;
}

/** Reads metrics and times of a finished job. A value of the root run overrides the value of a step. */
export async function readOutcome(session: AzureSession, ref: WorkspaceRef, job: Job): Promise<Outcome> {
  const [details, children] = await Promise.all([
    getRunDetails(session, ref, job.name),
    listSteps(session, ref, job.name),
  ]);
  const metricRuns = children.filter((run) => /finetune|compute_metrics|evaluat/i.test(run.displayName));
  const runs = await Promise.all(
    [...metricRuns.map((run) => run.runId), job.name].map((runId) => getMlflowRun(session, ref, runId)),
  );
  const metrics: Record<string, number> = {};
  for (const run of runs) Object.assign(metrics, run?.metrics);
  return {
    metrics: Object.fromEntries(Object.entries(metrics).sort(([a], [b]) => (a < b ? -1 : 1))),
    startedAt: details?.startTime ?? "",
    endedAt: details?.endTime ?? "",
  };
}
