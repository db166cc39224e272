import { archiveJob, getJob, isTerminalStatus, type Job, putJob } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { azureMlError, AzureMlError, errorText } from "../../azureml/errors";
import { redactedLine } from "../../azureml/http/redact";
import { logLine } from "../shared/log";
import type { JobInputs } from "./inputs";
import { attemptName, baseName } from "./jobName";
import { hashKey, jobProperties } from "./requestBody";

/** After this many failed attempts a person must look at the cause. */
const maxAttempts = 50;

/** The next step for the job that has the name of an attempt; `nextAttempt` and `foreign` do not use the job. */
type AttemptDecision = "submit" | "adopt" | "attach" | "nextAttempt" | "foreign";

export function decideAttempt(
  job: Pick<Job, "status" | "tags" | "properties"> | undefined,
  specHash: string,
): AttemptDecision {
  if (!job) return "submit";
  if (jobSpecHash(job) !== specHash) return "foreign";
  if (job.status === "Completed") return "adopt";
  // A paused job can be resumed. A second job beside it would train twice.
  if (job.status === "Paused") return "attach";
  if (isTerminalStatus(job.status) || job.status === "CancelRequested") return "nextAttempt";
  return "attach";
}

/** The spec hash that this program wrote into a job. A user can remove the tag, but not the property. */
export function jobSpecHash(job: Pick<Job, "tags" | "properties">): string | undefined {
  return job.properties[hashKey] ?? job.tags[hashKey];
}

export interface Claim {
  job: Job;
  attempt: number;
  decision: "submit" | "adopt" | "attach";
}

/** Finds the job to use, or submits the next attempt. Idempotent: repeated calls never run two jobs. */
export async function claimJob(session: AzureSession, inputs: JobInputs): Promise<Claim> {
  const base = baseName(inputs);
  let lastFailed: Job | undefined;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const name = attemptName(base, attempt);
    const job = await getJob(session, inputs.workspace, name);
    const decision = decideAttempt(job, inputs.specHash);
    if (decision === "foreign") {
      throw azureMlError("ForeignJob", {
        job: name,
        detail: job && jobSpecHash(job) ? "other inputs" : `it has no ${hashKey}`,
      });
    }
    if (decision === "nextAttempt") {
      lastFailed = job;
      continue;
    }
    if (decision === "submit") return { job: await submit(session, inputs, name), attempt, decision };
    const found = job as Job;
    return { job: found.isArchived ? await restore(session, inputs, found) : found, attempt, decision };
  }
  throw azureMlError("TooManyAttempts", {
    job: base,
    attempts: maxAttempts,
    studioUrl: lastFailed?.studioUrl || "the studio",
  });
}

async function submit(session: AzureSession, inputs: JobInputs, name: string): Promise<Job> {
  try {
    return await putJob(session, inputs.workspace, name, jobProperties(inputs));
  } catch (error) {
    // The service may have accepted the job although its response was lost.
    const job = await getJob(session, inputs.workspace, name).catch(() => undefined);
    if (job && jobSpecHash(job) === inputs.specHash) return job;
    throw error;
  }
}

/** Unarchives a job that a destroyed stack archived. */
async function restore(session: AzureSession, inputs: JobInputs, job: Job): Promise<Job> {
  try {
    return await archiveJob(session, inputs.workspace, job, false);
  } catch (error) {
    if (!(error instanceof AzureMlError)) throw error;
    logLine(job.name, `is archived and could not be restored: ${redactedLine(errorText(error), 200)}`);
    return job;
  }
}
