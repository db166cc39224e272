import { getRunDetails, type Run, type RunDetails } from "../../azureml/clients/history";
import { listSteps } from "../../azureml/clients/runSteps";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";

/** A step of a job. Times in ms since 1970; absent if the step has not come so far. */
export interface StepView {
  runId: string;
  name: string;
  status: string;
  compute: string;
  startedAt?: number;
  endedAt?: number;
  /** From the moment at which the step could start until it started. See `stepsOf`. */
  waitedMs?: number;
  /** From its start to its end. */
  tookMs?: number;
}

/** Times of a job in ms since 1970, and its error and warnings. */
export interface JobTimes {
  startedAt?: number;
  endedAt?: number;
  /** `code: message`. */
  error?: string;
  warnings: string[];
}

/** The steps of a job in the order in which they started; those that have not started come last. */
export async function readJobSteps(
  session: AzureSession,
  ref: WorkspaceRef,
  jobName: string,
): Promise<StepView[]> {
  return stepsOf(await listSteps(session, ref, jobName));
}

/** Times of a job from run history; `undefined` if the service has no such run. */
export async function readJobTimes(
  session: AzureSession,
  ref: WorkspaceRef,
  jobName: string,
): Promise<JobTimes | undefined> {
  const details = await getRunDetails(session, ref, jobName);
  return details && timesOf(details);
}

/**
 * The steps of a chain. A step can start when it exists and the step before it has ended: the service creates all runs of a pipeline
 * early, so the time since its creation alone would count the steps before it.
 */
export function stepsOf(runs: readonly Run[]): StepView[] {
  const sorted = [...runs].sort((a, b) => (ms(a.startTime) ?? Infinity) - (ms(b.startTime) ?? Infinity));
  return sorted.map((run) => {
    const [createdAt, startedAt, endedAt] = [ms(run.createdTime), ms(run.startTime), ms(run.endTime)];
    const before = sorted.flatMap((other) => {
      const end = ms(other.endTime);
      return other !== run && end !== undefined && startedAt !== undefined && end <= startedAt ? [end] : [];
    });
    const possible = [...(createdAt === undefined ? [] : [createdAt]), ...before];
    return {
      runId: run.runId,
      name: run.displayName,
      status: run.status,
      compute: run.target ?? "",
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(startedAt === undefined || possible.length === 0
        ? {}
        : { waitedMs: Math.max(0, startedAt - Math.max(...possible)) }),
      ...(startedAt === undefined || endedAt === undefined ? {} : { tookMs: endedAt - startedAt }),
    };
  });
}

function timesOf({ startTime, endTime, error, warnings }: RunDetails): JobTimes {
  const [startedAt, endedAt] = [ms(startTime), ms(endTime)];
  return {
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(error ? { error: `${error.code}: ${error.message}` } : {}),
    warnings,
  };
}

function ms(time: string | undefined): number | undefined {
  const value = Date.parse(time ?? "");
  return Number.isFinite(value) ? value : undefined;
}
