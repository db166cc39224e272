import {
  getRunDetails,
  lastLogLines,
  listChildRuns,
  type Run,
  type RunDetails,
} from "../../azureml/clients/history";
import type { Job } from "../../azureml/clients/jobs";
import { getMlflowRun } from "../../azureml/clients/mlflow";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError, AzureMlError, errorMessage, textOf } from "../../azureml/errors";
import { brief, redact } from "../../azureml/http/redact";

const logLines = 15;
/** The whole error travels in a gRPC trailer. */
const logLineLimit = 200;

export interface Outcome {
  metrics: Record<string, number>;
  startedAt: string;
  endedAt: string;
}

/** Metrics and times of a finished job. The root run's values win over its steps'. */
export async function readOutcome(session: AzureSession, ref: WorkspaceRef, job: Job): Promise<Outcome> {
  const [details, children] = await Promise.all([
    getRunDetails(session, ref, job.name),
    listChildRuns(session, ref, job.name),
  ]);
  const telling = children.filter((run) => /finetune|compute_metrics|evaluat/i.test(run.displayName));
  const runs = await Promise.all(
    [...telling.map((run) => run.runId), job.name].map((runId) => getMlflowRun(session, ref, runId)),
  );
  const metrics: Record<string, number> = {};
  for (const run of runs) Object.assign(metrics, run?.metrics);
  return {
    metrics: Object.fromEntries(Object.entries(metrics).sort(([a], [b]) => (a < b ? -1 : 1))),
    startedAt: details?.startTime ?? "",
    endedAt: details?.endTime ?? "",
  };
}

/** The error for a job that ended otherwise than Completed: which step, what it said, the end of its log. */
export async function failureOf(session: AzureSession, ref: WorkspaceRef, job: Job): Promise<AzureMlError> {
  const studioUrl = job.studioUrl || "Azure ML studio";
  const told = await explain(session, ref, job).catch((error: unknown) => ({
    step: undefined,
    detail: `no details to be had: ${brief(textOf(error), 200)}`,
    log: [] as string[],
  }));
  const detail = told.detail ? `: ${told.detail}` : "";
  switch (job.status) {
    case "Canceled":
      return azureMlError("JobCanceled", { job: job.name, detail, studioUrl });
    case "NotResponding":
      return azureMlError("JobNotResponding", { job: job.name, detail, studioUrl });
    case "Paused":
      return azureMlError("JobPaused", { job: job.name, detail, studioUrl });
    default: {
      const message = errorMessage("JobFailed", {
        job: job.name,
        status: job.status,
        step: told.step ? ` in step ${told.step}` : "",
        detail: told.detail || "it gave no reason",
        studioUrl,
      });
      return new AzureMlError("JobFailed", message + logBlock(told.step ?? job.name, told.log));
    }
  }
}

/** Log lines under the message, marked as what they are. */
export function logBlock(of: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const shown = lines.map((line) => {
    const safe = redact(line);
    return `  | ${safe.length > logLineLimit ? `${safe.slice(0, logLineLimit - 1)}…` : safe}`;
  });
  return `\nEnd of the log of ${of}:\n${shown.join("\n")}`;
}

interface Explanation {
  step: string | undefined;
  detail: string;
  log: string[];
}

async function explain(session: AzureSession, ref: WorkspaceRef, job: Job): Promise<Explanation> {
  const [root, children] = await Promise.all([
    getRunDetails(session, ref, job.name),
    listChildRuns(session, ref, job.name),
  ]);
  const failed = failedStep(children);
  const step = failed && (await getRunDetails(session, ref, failed.runId));
  return {
    step: failed?.displayName,
    detail: step?.error?.message ?? root?.error?.message ?? "",
    log: await firstLog(session, [step, root]),
  };
}

/** The step to blame: the first that failed; the others were stopped because of it. */
export function failedStep(children: readonly Run[]): Run | undefined {
  return (
    children.find((run) => run.status === "Failed") ??
    children.find((run) => ["NotResponding", "Canceled"].includes(run.status))
  );
}

async function firstLog(session: AzureSession, candidates: Array<RunDetails | undefined>): Promise<string[]> {
  for (const details of candidates) {
    const lines = details ? await lastLogLines(session, details, logLines).catch(() => []) : [];
    if (lines.length > 0) return lines;
  }
  return [];
}

/** Throws when a finished job misses the gate. */
export function checkGate(
  gate: { maxEvalLoss?: number } | undefined,
  metrics: Record<string, number>,
  job: Pick<Job, "name" | "studioUrl">,
): void {
  const limit = gate?.maxEvalLoss;
  if (limit === undefined) return;
  const studioUrl = job.studioUrl || "Azure ML studio";
  const value = metrics.eval_loss;
  if (value === undefined) throw azureMlError("LossGateNoMetric", { job: job.name, limit, studioUrl });
  if (!(value <= limit)) throw azureMlError("LossGate", { job: job.name, value, limit, studioUrl });
}
