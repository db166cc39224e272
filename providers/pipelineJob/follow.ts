import { getRunDetails, lastLogLines } from "../../azureml/clients/history";
import { cancelJob, getJob, isTerminalStatus, type Job } from "../../azureml/clients/jobs";
import { getMlflowRun } from "../../azureml/clients/mlflow";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError, AzureMlError, errorText } from "../../azureml/errors";
import { delay } from "../../azureml/http/http";
import { redactedLine } from "../../azureml/http/redact";
import { logLine } from "../shared/log";
import { firstPollMs, pollDelayMs } from "./pollInterval";
import { createProgressReporter, type ProgressReporter } from "./progressReporter";
import { listSteps } from "./steps";

interface FollowInput {
  session: AzureSession;
  workspace: WorkspaceRef;
  job: Job;
  /** Parameters of the job, for the number of epochs. */
  parameters: Record<string, string>;
  deadlineMinutes: number;
  /** Called with the job's status after every poll. */
  onStatus(status: string): void;
}

/** How long the service may fail to answer while a job runs. */
const outageLimitMs = 10 * 60_000;
/** The same for a refused connection (stopped local cloud, wrong address). The state contains the job's name, so the next run attaches. */
const refusedLimitMs = 20_000;

/**
 * Polls a job until it reaches an end state and prints its progress. Only the job's status decides; steps and metrics
 * are printed when the service returns them. Throws `JobDeadline` after canceling a job that passed its deadline, and
 * `JobLost` for a job that was deleted.
 */
export async function followToCompletion(input: FollowInput): Promise<Job> {
  const { session, workspace, parameters } = input;
  const { name } = input.job;
  const reporter = createProgressReporter({
    print: (text) => logLine(name, text),
    parameters,
    now: Date.now,
  });
  const started = Date.now();
  const deadline = deadlineOf(input.job, input.deadlineMinutes, started);
  const outage = createOutageTolerance(name);
  let quietPolls = 0;
  for (;;) {
    const job = await outage.tolerate(() => getJob(session, workspace, name));
    if (job === "unavailable") {
      quietPolls += 1;
    } else if (!job) {
      throw azureMlError("JobLost", { job: name });
    } else {
      input.onStatus(job.status);
      const done = isTerminalStatus(job.status);
      // Print the last step's end before the job's end.
      const steps = done ? await reportSteps(input, reporter) : false;
      const changed = reporter.status(job.status);
      if (done) return job;
      const progressed = (await reportSteps(input, reporter)) || (await reportMetrics(input, reporter, job));
      quietPolls = changed || progressed || steps ? 0 : quietPolls + 1;
      if (Date.now() > deadline) await cancelLateJob(input, job);
    }
    if (reporter.heartbeatDue()) reporter.heartbeat(await newestLogLine(input, reporter));
    await delay(pollDelayMs(Date.now() - started, quietPolls, firstPollMs()));
  }
}

function deadlineOf(job: Job, minutes: number, now: number): number {
  // For a job that already ran before this run attached to it, the deadline counts from its creation.
  const created = Date.parse(job.createdAt);
  return (Number.isFinite(created) && created < now ? created : now) + minutes * 60_000;
}

async function cancelLateJob(input: FollowInput, job: Job): Promise<never> {
  logLine(job.name, `deadline of ${input.deadlineMinutes} minutes reached: canceling`);
  await cancelJob(input.session, input.workspace, job.name);
  input.onStatus("CancelRequested");
  throw azureMlError("JobDeadline", {
    job: job.name,
    status: job.status,
    minutes: input.deadlineMinutes,
    studioUrl: job.studioUrl || "the studio",
  });
}

async function reportSteps(input: FollowInput, reporter: ProgressReporter): Promise<boolean> {
  try {
    return reporter.steps(await listSteps(input.session, input.workspace, input.job.name));
  } catch (error) {
    return ignoreServiceError(error);
  }
}

async function reportMetrics(input: FollowInput, reporter: ProgressReporter, job: Job): Promise<boolean> {
  if (job.status !== "Running" && job.status !== "Finalizing") return false;
  try {
    const run = await getMlflowRun(input.session, input.workspace, job.name);
    return run ? reporter.metrics(run.metrics) : false;
  } catch (error) {
    return ignoreServiceError(error);
  }
}

async function newestLogLine(input: FollowInput, reporter: ProgressReporter): Promise<string | undefined> {
  const step = reporter.runningStep();
  try {
    const details = step && (await getRunDetails(input.session, input.workspace, step.runId));
    const [line] = details ? await lastLogLines(input.session, details, 1) : [];
    return line ? redactedLine(line, 160) : undefined;
  } catch (error) {
    ignoreServiceError(error);
    return undefined;
  }
}

// A failed display request must not fail the training. A lasting outage ends it when the job's status is polled.
function ignoreServiceError(error: unknown): false {
  if (error instanceof AzureMlError) return false;
  throw error;
}

/** Tolerates throttling, 5xx and broken connections for a limited time. */
function createOutageTolerance(name: string): {
  tolerate<T>(work: () => Promise<T>): Promise<T | "unavailable">;
} {
  let since: number | undefined;
  return {
    async tolerate(work) {
      try {
        const result = await work();
        if (since !== undefined) logLine(name, "Azure responds again");
        since = undefined;
        return result;
      } catch (error) {
        if (!(error instanceof AzureMlError) || !["NotReachable", "ServiceFailed"].includes(error.code)) {
          throw error;
        }
        if (since === undefined) {
          since = Date.now();
          logLine(name, `Azure does not respond, retrying: ${redactedLine(errorText(error), 200)}`);
        }
        const limit = wasRefused(error) ? refusedLimitMs : outageLimitMs;
        if (Date.now() - since > limit) throw error;
        return "unavailable";
      }
    },
  };
}

function wasRefused(error: AzureMlError): boolean {
  return (error.cause as { code?: unknown } | undefined)?.code === "ECONNREFUSED";
}
