import { archiveJob, getJob, isEndState, type Job, putJob } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { azureMlError, AzureMlError, textOf } from "../../azureml/errors";
import { brief } from "../../azureml/http/redact";
import { say } from "../handlers/base";
import { hashKey, jobProperties } from "./body";
import { attemptName, baseName, type JobInputs } from "./spec";

/** More failed attempts than this want a person, not another try. */
const maxAttempts = 50;

export type AttemptDecision = "submit" | "adopt" | "attach" | "next" | "foreign";

/** What to do with the job that has an attempt's name: nobody has it, it is ours and done, running, or failed. */
export function decideAttempt(
  job: Pick<Job, "status" | "tags" | "properties"> | undefined,
  specHash: string,
): AttemptDecision {
  if (!job) return "submit";
  if (ownerHash(job) !== specHash) return "foreign";
  if (job.status === "Completed") return "adopt";
  // A paused job can be resumed; a second one beside it would train twice.
  if (job.status === "Paused") return "attach";
  if (isEndState(job.status) || job.status === "CancelRequested") return "next";
  return "attach";
}

/** The hash we wrote into a job; it can lose a tag to a person, but not a property. */
export function ownerHash(job: Pick<Job, "tags" | "properties">): string | undefined {
  return job.properties[hashKey] ?? job.tags[hashKey];
}

export interface Claim {
  job: Job;
  attempt: number;
  decision: "submit" | "adopt" | "attach";
}

/** Finds the job that counts, or submits the next attempt. However often it is called, one job trains. */
export async function claimAttempt(session: AzureSession, inputs: JobInputs): Promise<Claim> {
  const base = baseName(inputs);
  let last: Job | undefined;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const name = attemptName(base, attempt);
    const job = await getJob(session, inputs.workspace, name);
    const decision = decideAttempt(job, inputs.specHash);
    if (decision === "foreign") {
      throw azureMlError("ForeignJob", {
        job: name,
        detail: job && ownerHash(job) ? "other inputs" : `it has no ${hashKey}`,
      });
    }
    if (decision === "next") {
      last = job;
      continue;
    }
    if (decision === "submit") return { job: await submit(session, inputs, name), attempt, decision };
    const found = job as Job;
    return { job: found.isArchived ? await restore(session, inputs, found) : found, attempt, decision };
  }
  throw azureMlError("TooManyAttempts", {
    job: base,
    attempts: maxAttempts,
    studioUrl: last?.studioUrl || "the studio",
  });
}

async function submit(session: AzureSession, inputs: JobInputs, name: string): Promise<Job> {
  try {
    return await putJob(session, inputs.workspace, name, jobProperties(inputs));
  } catch (error) {
    // The answer may have been lost, not the job.
    const job = await getJob(session, inputs.workspace, name).catch(() => undefined);
    if (job && ownerHash(job) === inputs.specHash) return job;
    throw error;
  }
}

/** A destroyed stack archives its job; a new one that wants the same training brings it back into view. */
async function restore(session: AzureSession, inputs: JobInputs, job: Job): Promise<Job> {
  try {
    return await archiveJob(session, inputs.workspace, job, false);
  } catch (error) {
    if (!(error instanceof AzureMlError)) throw error;
    say(job.name, `is archived and could not be restored: ${brief(textOf(error), 200)}`);
    return job;
  }
}
