import { getRunDetails, lastLogLines, type Run } from "../../azureml/clients/history";
import { isLowPriority } from "../../azureml/clients/computes";
import { cancelJob, getJob, isTerminalStatus, type Job } from "../../azureml/clients/jobs";
import { getMlflowRun } from "../../azureml/clients/mlflow";
import { withServiceTime } from "../../azureml/clients/serviceTime";
import type { AzureSession } from "../../azureml/clients/session";
import { withShortWait } from "../../azureml/clients/shortWait";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError, AzureMlError, errorText } from "../../azureml/errors";
import { hasStatus } from "../../azureml/http/failure";
import { awakeTime, type Clock, createOutage, systemClock, unavailable } from "../../azureml/http/patience";
import { redactedLine } from "../../azureml/http/redact";
import { type HostSignals, hostSignals } from "../shared/hostSignals";
import { logLine } from "../shared/log";
import { showStatus } from "../shared/status";
import { isPastDeadline } from "./deadline";
import { firstPollMs, pollDelayMs } from "./pollInterval";
import { createPreemptionWatch } from "./preemption";
import { createProgressReporter, type ProgressReporter } from "./progressReporter";
import { listSteps } from "../../azureml/clients/runSteps";

export interface FollowInput {
  session: AzureSession;
  workspace: WorkspaceRef;
  job: Job;
  /** Name of the compute cluster, for messages. */
  compute: string;
  /** Parameters of the job, for the number of epochs. */
  parameters: Record<string, string>;
  deadlineMinutes: number;
  /** How often a step may be queued again. */
  maxPreemptions: number;
  /** Called with the job's status after every poll. */
  onStatus(status: string): void;
  /** Default: the system's clock. */
  clock?: Clock;
  /** Default: those of this process. */
  signals?: HostSignals;
}

/** A GET that finds no job says so for a moment after a service was restored; a deleted job stays away. */
const lostAfter = 3;
/** The longest poll delay (30 s), and the status with the steps, metrics and log that follow it (25 s each at most). */
const longestGapMs = 3 * 60_000;

/**
 * Polls a job until it reaches an end state and prints its progress. Only the job's status decides; steps and metrics
 * are printed when the service returns them. Outages, expired tokens and the machine's sleep do not end it. Throws `JobDeadline`
 * after canceling a job that passed its deadline, `JobLost` for a job that was deleted, and `JobDetached` when the engine ends this
 * process: the job continues.
 */
export async function followToCompletion(input: FollowInput): Promise<Job> {
  const { signals = hostSignals } = input;
  const stopped = new AbortController();
  let status = input.job.status;
  const following = poll(input, stopped.signal, (current) => {
    status = current;
    input.onStatus(current);
  });
  const stop: Array<() => void> = [];
  const detached = new Promise<never>((_, reject) => {
    stop.push(
      signals.onCancel(() => logLine(input.job.name, waitingText(status, input.compute))),
      signals.onEnd((signal) => {
        reject(jobDetached(input, status));
        signals.endProcess(signal);
      }),
    );
  });
  try {
    return await Promise.race([following, detached]);
  } finally {
    for (const remove of stop) remove();
    stopped.abort();
    following.catch(() => undefined);
  }
}

const waitingText = (status: string, compute: string): string =>
  `waiting for the end of this job, which is ${status}. It continues on ${compute} and bills whatever happens here; a second Ctrl-C detaches from it`;

function jobDetached({ job, compute }: FollowInput, status: string): AzureMlError {
  const { name, studioUrl } = job;
  return azureMlError("JobDetached", { job: name, status, compute, studioUrl: studioUrl || "the studio" });
}

type PollContext = Pick<FollowInput, "session" | "workspace" | "job"> & {
  onSteps(runs: readonly Run[]): void;
};

async function poll(
  input: FollowInput,
  signal: AbortSignal,
  onStatus: (status: string) => void,
): Promise<Job> {
  const { workspace, parameters, clock = systemClock } = input;
  const { name } = input.job;
  // A poll must end soon, so that the sleep of the machine differs from it.
  const service = withServiceTime(withShortWait(input.session));
  const followed = awakeTime(clock, longestGapMs);
  const reporter = createProgressReporter({
    print: (text) => signal.aborted || logLine(name, text),
    show: (text) => signal.aborted || showStatus(name, text),
    parameters,
    now: () => clock.now(),
  });
  const outage = createOutage({
    clock,
    longestGapMs,
    onStart: (error) => logLine(name, outageText(error)),
    onEnd: () => logLine(name, "Azure responds again"),
  });
  const preemption = watchPreemptions(input, service.session);
  const read = {
    ...input,
    session: service.session,
    onSteps: preemption.onSteps,
  };
  const deadline = { createdAt: input.job.createdAt, minutes: input.deadlineMinutes };
  let [quietPolls, misses] = [0, 0];
  for (;;) {
    const job = await outage.tolerate(() => getJob(service.session, workspace, name));
    const elapsed = followed();
    signal.throwIfAborted();
    if (job === unavailable) {
      quietPolls += 1;
    } else if (!job) {
      misses += 1;
      if (misses >= lostAfter) throw azureMlError("JobLost", { job: name });
    } else {
      misses = 0;
      onStatus(job.status);
      const done = isTerminalStatus(job.status);
      // Print the last step's end before the job's end.
      const steps = done ? await reportSteps(read, reporter) : false;
      const changed = reporter.status(job.status);
      if (done) return job;
      const progressed = (await reportSteps(read, reporter)) || (await reportMetrics(read, reporter, job));
      quietPolls = changed || progressed || steps ? 0 : quietPolls + 1;
      const cancel = async (reason: string, error: AzureMlError): Promise<never> => {
        logLine(name, `${reason}: canceling`);
        await cancelJob(input.session, workspace, name);
        onStatus("CancelRequested");
        throw error;
      };
      if (await preemption.isOver())
        await cancel(`queued again more than ${input.maxPreemptions} times`, preemptedTooOften(input, job));
      if (isPastDeadline(deadline, service.now(), elapsed))
        await cancel(`deadline of ${input.deadlineMinutes} minutes reached`, pastDeadline(input, job));
    }
    if (job !== unavailable) reporter.show();
    if (reporter.heartbeatDue()) reporter.heartbeat(await newestLogLine(read, reporter));
    await clock.sleep(pollDelayMs(elapsed, quietPolls, firstPollMs()), signal);
  }
}

function outageText(error: AzureMlError): string {
  const detail = redactedLine(errorText(error), 200);
  return error.code === "NoCredential" || hasStatus(error, 401)
    ? `the login does not work, retrying: ${detail}`
    : `Azure does not respond, retrying: ${detail}`;
}

/** Counts how often steps lose their nodes. Nodes that cannot be preempted are lost by a failure, which does not count. */
function watchPreemptions(
  { workspace, job, compute, maxPreemptions }: FollowInput,
  session: AzureSession,
): { onSteps(runs: readonly Run[]): void; isOver(): Promise<boolean> } {
  const watch = createPreemptionWatch();
  const lost: Run[] = [];
  let count = 0;
  return {
    onSteps: (runs) => void lost.push(...watch.observe(runs)),
    async isOver() {
      for (const { displayName } of lost.splice(0)) {
        const counts = await isLowPriority(session, workspace, compute).catch(ignoreServiceError);
        if (counts) count += 1;
        const what = counts
          ? `node preempted; the job is queued again (${count} of at most ${maxPreemptions})`
          : "node lost; the job is queued again";
        logLine(job.name, `step ${displayName}: ${what}`);
      }
      return count > maxPreemptions;
    },
  };
}

function preemptedTooOften({ maxPreemptions }: FollowInput, { name, studioUrl }: Job): AzureMlError {
  return azureMlError("JobPreempted", {
    job: name,
    detail: ` more often than finetune.maxPreemptions allows (${maxPreemptions}), and the job was canceled`,
    studioUrl: studioUrl || "the studio",
  });
}

function pastDeadline({ deadlineMinutes }: FollowInput, { name, status, studioUrl }: Job): AzureMlError {
  return azureMlError("JobDeadline", {
    job: name,
    status,
    minutes: deadlineMinutes,
    studioUrl: studioUrl || "the studio",
  });
}

async function reportSteps(input: PollContext, reporter: ProgressReporter): Promise<boolean> {
  try {
    const runs = await listSteps(input.session, input.workspace, input.job.name);
    input.onSteps(runs);
    return reporter.steps(runs);
  } catch (error) {
    return ignoreServiceError(error);
  }
}

async function reportMetrics(input: PollContext, reporter: ProgressReporter, job: Job): Promise<boolean> {
  if (job.status !== "Running" && job.status !== "Finalizing") return false;
  try {
    const run = await getMlflowRun(input.session, input.workspace, job.name);
    return run ? reporter.metrics(run.metrics, run.steps["loss"] ?? run.steps["epoch"]) : false;
  } catch (error) {
    return ignoreServiceError(error);
  }
}

async function newestLogLine(input: PollContext, reporter: ProgressReporter): Promise<string | undefined> {
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
