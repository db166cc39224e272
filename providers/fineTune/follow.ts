import { getRunDetails, lastLogLines, listChildRuns } from "../../azureml/clients/history";
import { cancelJob, getJob, isEndState, type Job } from "../../azureml/clients/jobs";
import { getMlflowRun } from "../../azureml/clients/mlflow";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError, AzureMlError, textOf } from "../../azureml/errors";
import { delay } from "../../azureml/http/http";
import { brief } from "../../azureml/http/redact";
import { say } from "../handlers/base";
import { firstPollMs, pollDelayMs } from "./progress";
import { createReporter, type Reporter } from "./reporter";

export interface FollowInput {
  session: AzureSession;
  workspace: WorkspaceRef;
  job: Job;
  parameters: Record<string, string>;
  deadlineMinutes: number;
  /** Told of every state the job is seen in. */
  onStatus(status: string): void;
}

/** How long a cloud may be silent while a job runs there. */
const patienceMs = 10 * 60_000;
/** Nobody listens at all: a stopped local cloud, a wrong address. The job's name is in the state, so giving up is cheap. */
const refusedPatienceMs = 20_000;

/**
 * Follows a job to an end state, saying what happens. Only the job's own status decides; steps and metrics are shown
 * where they can be had. Past the deadline the job is canceled and `JobDeadline` thrown.
 */
export async function followJob(input: FollowInput): Promise<Job> {
  const { session, workspace, parameters } = input;
  const { name } = input.job;
  const reporter = createReporter({ say: (text) => say(name, text), parameters, now: Date.now });
  const started = Date.now();
  const deadline = deadlineOf(input.job, input.deadlineMinutes, started);
  const outage = createOutage(name);
  let quietPolls = 0;
  for (;;) {
    const job = await outage.bridge(() => getJob(session, workspace, name));
    if (job === "away") {
      quietPolls += 1;
    } else if (!job) {
      throw azureMlError("JobLost", { job: name });
    } else {
      input.onStatus(job.status);
      const done = isEndState(job.status);
      // Steps first: a step's end belongs before the job's.
      const steps = done ? await reportSteps(input, reporter) : false;
      const changed = reporter.status(job.status);
      if (done) return job;
      const progressed = (await reportSteps(input, reporter)) || (await reportMetrics(input, reporter, job));
      quietPolls = changed || progressed || steps ? 0 : quietPolls + 1;
      if (Date.now() > deadline) await stopLate(input, job);
    }
    if (reporter.heartbeatDue()) reporter.heartbeat(await newestLogLine(input, reporter));
    await delay(pollDelayMs(Date.now() - started, quietPolls, firstPollMs()));
  }
}

function deadlineOf(job: Job, minutes: number, now: number): number {
  // A job that is re-attached has used up a part of its time already.
  const created = Date.parse(job.createdAt);
  return (Number.isFinite(created) && created < now ? created : now) + minutes * 60_000;
}

async function stopLate(input: FollowInput, job: Job): Promise<never> {
  say(job.name, `deadline of ${input.deadlineMinutes} minutes reached: canceling`);
  await cancelJob(input.session, input.workspace, job.name);
  input.onStatus("CancelRequested");
  throw azureMlError("JobDeadline", {
    job: job.name,
    status: job.status,
    minutes: input.deadlineMinutes,
    studioUrl: job.studioUrl || "the studio",
  });
}

async function reportSteps(input: FollowInput, reporter: Reporter): Promise<boolean> {
  try {
    return reporter.steps(await listChildRuns(input.session, input.workspace, input.job.name));
  } catch (error) {
    return unimportant(error);
  }
}

async function reportMetrics(input: FollowInput, reporter: Reporter, job: Job): Promise<boolean> {
  if (job.status !== "Running" && job.status !== "Finalizing") return false;
  try {
    const run = await getMlflowRun(input.session, input.workspace, job.name);
    return run ? reporter.metrics(run.metrics) : false;
  } catch (error) {
    return unimportant(error);
  }
}

async function newestLogLine(input: FollowInput, reporter: Reporter): Promise<string | undefined> {
  const step = reporter.runningStep();
  try {
    const details = step && (await getRunDetails(input.session, input.workspace, step.runId));
    const [line] = details ? await lastLogLines(input.session, details, 1) : [];
    return line ? brief(line, 160) : undefined;
  } catch (error) {
    unimportant(error);
    return undefined;
  }
}

// What is only shown must not end a training that goes well; a lasting outage ends it through the job's own status.
function unimportant(error: unknown): false {
  if (error instanceof AzureMlError) return false;
  throw error;
}

/** Bridges outages: throttling, 5xx and broken connections, for a while. */
function createOutage(name: string): { bridge<T>(work: () => Promise<T>): Promise<T | "away"> } {
  let since: number | undefined;
  return {
    async bridge(work) {
      try {
        const result = await work();
        if (since !== undefined) say(name, "Azure answers again");
        since = undefined;
        return result;
      } catch (error) {
        if (!(error instanceof AzureMlError) || !["NotReachable", "ServiceFailed"].includes(error.code)) {
          throw error;
        }
        if (since === undefined) {
          since = Date.now();
          say(name, `Azure does not answer, still trying: ${brief(textOf(error), 200)}`);
        }
        const patience = wasRefused(error) ? refusedPatienceMs : patienceMs;
        if (Date.now() - since > patience) throw error;
        return "away";
      }
    },
  };
}

function wasRefused(error: AzureMlError): boolean {
  return (error.cause as { code?: unknown } | undefined)?.code === "ECONNREFUSED";
}
