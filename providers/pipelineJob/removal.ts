import { cancelAndWait, deleteJob, getJob, hasEnded, type Job } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { errorText } from "../../azureml/errors";
import { RequestFailure } from "../../azureml/http/failure";
import { redactedLine } from "../../azureml/http/redact";
import { logLine } from "../shared/log";
import { jobSpecHash } from "./claim";
import type { JobOutputs } from "./inputs";
import { attemptName } from "./jobName";
import { isUsedBy, isUsedByOther, releaseJob } from "./ownership";

/**
 * Cancels every attempt of a resource that still runs, then archives or deletes it as `onDestroy` says. Leaves attempts alone
 * that another resource uses by now (ownership.ts).
 */
export async function removeJobs(session: AzureSession, id: string, outs: JobOutputs): Promise<void> {
  for (const job of [...(await ownAttempts(session, id, outs)), ...(await keptJobs(session, outs))]) {
    if (isUsedByOther(job, outs.instance)) {
      logLine(job.name, "stays: another resource of the stack uses this job now");
      continue;
    }
    if (!hasEnded(job)) logLine(job.name, `is ${job.status}: canceling`);
    await cancelAndWait(session, outs.workspace, job);
    await archiveOrDelete(session, job, outs);
  }
}

/** The attempts with the resource's spec hash, oldest first. */
async function ownAttempts(session: AzureSession, id: string, outs: JobOutputs): Promise<Job[]> {
  const jobs: Job[] = [];
  for (let attempt = 1; attempt <= Math.max(1, outs.attempt ?? 1); attempt += 1) {
    const job = await getJob(session, outs.workspace, attemptName(id, attempt));
    if (job && jobSpecHash(job) === outs.specHash) jobs.push(job);
  }
  return jobs;
}

/** Jobs of former resources whose model stayed in use, as long as nobody else uses them. */
async function keptJobs(session: AzureSession, outs: JobOutputs): Promise<Job[]> {
  const { instance, workspace } = outs;
  if (instance === undefined) return [];
  const jobs = await Promise.all((outs.keptJobs ?? []).map((name) => getJob(session, workspace, name)));
  return jobs.filter((job) => job !== undefined && isUsedBy(job, instance)) as Job[];
}

async function archiveOrDelete(session: AzureSession, job: Job, outs: JobOutputs): Promise<void> {
  const { workspace, onDestroy } = outs;
  if (onDestroy === "delete") {
    await deleteJob(session, workspace, job.name);
    return;
  }
  try {
    await releaseJob(session, workspace, job, { archive: onDestroy === "archive" });
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    // Archiving only removes the job from the studio's lists, so a failure must not stop a destroy.
    logLine(
      job.name,
      `could not be ${onDestroy === "archive" ? "archived" : "released"}: ${redactedLine(errorText(error), 200)}`,
    );
  }
}
