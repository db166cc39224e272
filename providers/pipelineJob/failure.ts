import { getRunDetails, lastLogLines, type Run, type RunDetails } from "../../azureml/clients/history";
import type { Job } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError, AzureMlError, errorMessage, errorText } from "../../azureml/errors";
import { redactedLine, redact } from "../../azureml/http/redact";
import { isPreemption } from "./preemption";
import { listSteps } from "../../azureml/clients/runSteps";

const maxLogLines = 15;
/** Keeps the error small enough for a gRPC trailer. */
const maxLogLineLength = 200;

/** The error for a job that did not complete: the failed step, its error message and the end of its log. */
export async function jobFailure(session: AzureSession, ref: WorkspaceRef, job: Job): Promise<AzureMlError> {
  const studioUrl = job.studioUrl || "Azure ML studio";
  const cause = await explain(session, ref, job).catch((error: unknown) => ({
    step: undefined,
    detail: `no details available: ${redactedLine(errorText(error), 200)}`,
    log: [] as string[],
  }));
  const detail = cause.detail ? `: ${cause.detail}` : "";
  // Azure was seen to fail, and is documented to cancel, a job whose nodes it took away.
  if (isPreemption(cause.detail)) return azureMlError("JobPreempted", { job: job.name, detail, studioUrl });
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
        step: cause.step ? ` in step ${cause.step}` : "",
        detail: cause.detail || "no reason reported",
        studioUrl,
      });
      return new AzureMlError("JobFailed", message + logBlock(cause.step ?? job.name, cause.log));
    }
  }
}

/** The end of a log as an indented block below the message. */
export function logBlock(source: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const shown = lines.map((line) => {
    const safe = redact(line);
    return `  | ${safe.length > maxLogLineLength ? `${safe.slice(0, maxLogLineLength - 1)}…` : safe}`;
  });
  return `\nEnd of the log of ${source}:\n${shown.join("\n")}`;
}

interface Explanation {
  step: string | undefined;
  detail: string;
  log: string[];
}

async function explain(session: AzureSession, ref: WorkspaceRef, job: Job): Promise<Explanation> {
  const [root, children] = await Promise.all([
    getRunDetails(session, ref, job.name),
    listSteps(session, ref, job.name),
  ]);
  const failed = failedStep(children);
  const step = failed && (await getRunDetails(session, ref, failed.runId));
  return {
    step: failed?.displayName,
    detail: step?.error?.message ?? root?.error?.message ?? "",
    log: await firstLog(session, [step, root]),
  };
}

/** The step that caused the failure: the first failed step, because Azure ML cancels the others after it. */
export function failedStep(children: readonly Run[]): Run | undefined {
  return (
    children.find((run) => run.status === "Failed") ??
    children.find((run) => ["NotResponding", "Canceled"].includes(run.status))
  );
}

async function firstLog(session: AzureSession, candidates: Array<RunDetails | undefined>): Promise<string[]> {
  for (const details of candidates) {
    const lines = details ? await lastLogLines(session, details, maxLogLines).catch(() => []) : [];
    if (lines.length > 0) return lines;
  }
  return [];
}
