import { randomUUID } from "node:crypto";
import { archiveJob, cancelJob, deleteJob, getJob, isEndState, type Job } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { findWorkspace, type WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError, textOf } from "../../azureml/errors";
import { RequestFailure } from "../../azureml/http/failure";
import { delay } from "../../azureml/http/http";
import { brief } from "../../azureml/http/redact";
import { canonicalJson } from "../../azureml/records";
import { type Claim, claimAttempt, ownerHash } from "../fineTune/attempts";
import { followJob } from "../fineTune/follow";
import { checkGate, failureOf, readOutcome } from "../fineTune/outcome";
import { formatDuration, formatMetric } from "../fineTune/progress";
import { resolveJob } from "../fineTune/resolve";
import {
  attemptName,
  baseName,
  diffFineTuneJob,
  type JobInputs,
  type JobOutputs,
  jobSchema,
  outputUri,
  sentParameters,
} from "../fineTune/spec";
import { handlerClass, PartialFailure, say } from "./base";

const cancelMinutes = 15;

/** Claims a job and follows it. From the claim on, whatever fails keeps the job in the state. */
async function train(session: AzureSession, inputs: JobInputs, registration: string): Promise<JobOutputs> {
  const claim = await claimAttempt(session, inputs);
  const { job } = claim;
  announce(claim, inputs);
  const outs: JobOutputs = {
    ...inputs,
    registration,
    jobName: job.name,
    attempt: claim.attempt,
    status: job.status,
    studioUrl: job.studioUrl,
    outputUri: outputUri(job.name),
    metrics: {},
    startedAt: "",
    endedAt: "",
  };
  try {
    const ended = await toTheEnd(session, inputs, claim, outs);
    if (ended.status !== "Completed") throw await failureOf(session, inputs.workspace, ended);
    Object.assign(outs, await readOutcome(session, inputs.workspace, ended));
    checkGate(inputs.gate, outs.metrics, ended);
    summarize(outs);
    return outs;
  } catch (error) {
    // A job that misses the gate is no success for whoever depends on it: its status in the state says so.
    if (outs.status === "Completed") outs.status = "Rejected";
    throw new PartialFailure(baseName(inputs), outs, error);
  }
}

async function toTheEnd(
  session: AzureSession,
  inputs: JobInputs,
  claim: Claim,
  outs: JobOutputs,
): Promise<Job> {
  const onStatus = (status: string): void => {
    outs.status = status;
  };
  const { workspace, deadlineMinutes } = inputs;
  if (claim.decision === "adopt") return claim.job;
  const parameters = sentParameters(inputs);
  const ended = await followJob({
    session,
    workspace,
    job: claim.job,
    parameters,
    deadlineMinutes,
    onStatus,
  });
  // The answer to a PUT does not always carry it.
  outs.studioUrl ||= ended.studioUrl;
  return ended;
}

function announce({ job, attempt, decision }: Claim, inputs: JobInputs): void {
  const text = {
    submit: attempt === 1 ? "submitted" : `submitted as attempt ${attempt}`,
    adopt: "this training is done already: adopted",
    attach: `is running already (${job.status}): re-attached`,
  }[decision];
  say(job.name, `${text}${job.studioUrl ? `, ${job.studioUrl}` : ""}`);
  if (decision === "submit" && inputs.omittedParameters.length > 0) {
    say(job.name, `not sent, the component does not know them: ${inputs.omittedParameters.join(", ")}`);
  }
}

function summarize(outs: JobOutputs): void {
  const took = Date.parse(outs.endedAt) - Date.parse(outs.startedAt);
  const shown = ["train_loss", "loss", "eval_loss"]
    .filter((name) => outs.metrics[name] !== undefined)
    .map((name) => `${name} ${formatMetric(outs.metrics[name] ?? 0)}`);
  const parts = [...(Number.isFinite(took) ? [`took ${formatDuration(took)}`] : []), ...shown];
  say(outs.jobName, `finished${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`);
}

const keptResult = "its result is kept. To train again, change what it trains on, for example finetune.seed";

/** A tidied-up job of a training that is done: what was paid for is not bought again because its record is gone. */
async function isDeletedButDone(
  session: AzureSession,
  olds: JobOutputs,
  inputs: JobInputs,
): Promise<boolean> {
  if (olds.status !== "Completed" || olds.specHash !== inputs.specHash) return false;
  return !(await getJob(session, inputs.workspace, olds.jobName));
}

function keepResult(olds: JobOutputs, inputs: JobInputs): JobOutputs {
  const { registration = "", jobName, attempt, status, studioUrl, outputUri: output } = olds;
  const { metrics, startedAt, endedAt } = olds;
  say(jobName, `somebody deleted this job; ${keptResult}`);
  const outs = {
    ...inputs,
    ...{ registration, jobName, attempt, status, studioUrl, outputUri: output, metrics, startedAt, endedAt },
  };
  try {
    checkGate(inputs.gate, metrics, { name: jobName, studioUrl });
  } catch (error) {
    throw new PartialFailure(baseName(inputs), { ...outs, status: "Rejected" }, error);
  }
  return outs;
}

/** Every attempt of the resource that is ours, oldest first. */
async function attemptsOf(
  session: AzureSession,
  ref: WorkspaceRef,
  id: string,
  outs: JobOutputs,
): Promise<Job[]> {
  const jobs: Job[] = [];
  for (let attempt = 1; attempt <= Math.max(1, outs.attempt ?? 1); attempt += 1) {
    const job = await getJob(session, ref, attemptName(id, attempt));
    if (job && ownerHash(job) === outs.specHash) jobs.push(job);
  }
  return jobs;
}

async function stop(session: AzureSession, ref: WorkspaceRef, job: Job): Promise<void> {
  if (isEndState(job.status) && job.status !== "Paused") return;
  say(job.name, `is ${job.status}: canceling`);
  await cancelJob(session, ref, job.name);
  const deadline = Date.now() + cancelMinutes * 60_000;
  let status = job.status;
  for (let wait = 250; Date.now() < deadline; wait = Math.min(wait * 1.5, 10_000)) {
    const now = await getJob(session, ref, job.name);
    if (!now || (isEndState(now.status) && now.status !== "Paused")) return;
    status = now.status;
    await delay(wait);
  }
  throw azureMlError("OperationTimeout", {
    what: `cancellation of job "${job.name}"`,
    minutes: cancelMinutes,
    status,
  });
}

async function putAway(session: AzureSession, job: Job, outs: JobOutputs): Promise<void> {
  const { workspace, onDestroy } = outs;
  if (onDestroy === "delete") {
    await deleteJob(session, workspace, job.name);
    return;
  }
  if (onDestroy !== "archive" || job.isArchived) return;
  const current = await getJob(session, workspace, job.name);
  if (!current) return;
  try {
    await archiveJob(session, workspace, current);
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    // Archiving only tidies up the studio's lists; it must not stand in the way of a destroy.
    say(job.name, `could not be archived: ${brief(textOf(error), 200)}`);
  }
}

const shownOnly = ["displayName", "description", "tags", "experimentName"] as const;

export const Handler = handlerClass<JobInputs, JobOutputs>({
  type: "FineTuneJob",
  schema: jobSchema,
  resolve: resolveJob,
  diff: diffFineTuneJob,
  create: async (inputs, context) => {
    const outs = await train(await context.session(), inputs, randomUUID().slice(0, 8));
    return { id: baseName(inputs), outs };
  },
  update: async (_id, olds, inputs, context) => {
    const session = await context.session();
    const outs = (await isDeletedButDone(session, olds, inputs))
      ? keepResult(olds, inputs)
      : await train(session, inputs, olds.registration ?? "");
    const changed = shownOnly.filter((key) => canonicalJson(olds[key]) !== canonicalJson(inputs[key]));
    if (changed.length > 0 && olds.jobName === outs.jobName) {
      say(outs.jobName, `${changed.join(", ")}: noted; the finished job keeps what it was submitted with`);
    }
    return { outs };
  },
  read: async (_id, outs, context) => {
    const session = await context.session();
    if (await getJob(session, outs.workspace, outs.jobName)) return outs;
    if (outs.status !== "Completed" || !(await findWorkspace(session, outs.workspace))) return undefined;
    say(outs.jobName, `somebody deleted this job; ${keptResult}`);
    return outs;
  },
  delete: async (id, outs, context) => {
    const session = await context.session();
    for (const job of await attemptsOf(session, outs.workspace, id, outs)) {
      await stop(session, outs.workspace, job);
      await putAway(session, job, outs);
    }
  },
});
