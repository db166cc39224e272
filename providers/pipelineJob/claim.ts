import { isLowPriority } from "../../azureml/clients/computes";
import { getJob, isTerminalStatus, type Job, putJob } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { azureMlError, AzureMlError } from "../../azureml/errors";
import { isUnavailable } from "../../azureml/http/failure";
import { provenanceTags, readProvenance, trainedTagNames } from "../../azureml/provenance";
import type { JobInputs } from "./inputs";
import { attemptName, baseName } from "./jobName";
import { heldRegistration, type Ownership, ownershipTags, takeJob } from "./ownership";
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
  /** The registration of the job's model: that of the job's last user, or the instance's own. */
  registration: string;
}

/** Which job to use. Only reads. */
export async function findJob(
  session: AzureSession,
  inputs: Pick<JobInputs, "workspace" | "namePrefix" | "specHash">,
  firstAttempt = 1,
): Promise<{ job?: Job; name: string; attempt: number; decision: Claim["decision"]; failed: Job[] }> {
  const base = baseName(inputs);
  const failed: Job[] = [];
  for (let attempt = firstAttempt; attempt <= maxAttempts; attempt += 1) {
    const name = attemptName(base, attempt);
    const job = await getJob(session, inputs.workspace, name);
    const decision = decideAttempt(job, inputs.specHash);
    if (decision === "foreign") {
      throw azureMlError("ForeignJob", {
        job: name,
        detail: job && jobSpecHash(job) ? "other inputs" : `it has no ${hashKey}`,
      });
    }
    if (decision !== "nextAttempt") return { job, name, attempt, decision, failed };
    failed.push(job as Job);
  }
  throw azureMlError("TooManyAttempts", {
    job: base,
    attempts: maxAttempts,
    studioUrl: failed.at(-1)?.studioUrl || "the studio",
  });
}

/** The resource instance that claims a job. */
export interface Claimant {
  instance: string;
  /** The registration of its model. Absent for a create: it continues that of the job's last user, or begins its own. */
  registration?: string;
  /** The attempt that the instance used last. Earlier ones may have been deleted, and are not repeated. */
  attempt?: number;
  /** As in the outputs. */
  keptJobs?: string[];
}

/**
 * Finds the job to use and makes this instance its user, or submits the next attempt. Idempotent: repeated calls never run
 * two jobs.
 */
export async function claimJob(
  session: AzureSession,
  inputs: JobInputs,
  { instance, ...last }: Claimant,
): Promise<Claim> {
  const { job, name, attempt, decision, failed } = await findJob(session, inputs, last.attempt);
  const registration = last.registration ?? (job && heldRegistration(job)) ?? instance;
  const owner = { instance, registration };
  // Failed attempts too. If their former user deleted them, the next look-up would find their names unused, and train again.
  for (const one of failed) await takeJob(session, inputs.workspace, one, owner);
  const used = job
    ? await takeJob(session, inputs.workspace, job, owner)
    : await submit(session, inputs, name, owner);
  return { job: used, attempt, decision, registration };
}

/** Without the right to read the cluster the job is submitted as for dedicated nodes. */
function falseIfRefused(error: unknown): false {
  if (error instanceof AzureMlError && !isUnavailable(error)) return false;
  throw error;
}

async function submit(
  session: AzureSession,
  inputs: JobInputs,
  name: string,
  ownership: Ownership,
): Promise<Job> {
  const resumes = await isLowPriority(session, inputs.workspace, inputs.compute).catch(falseIfRefused);
  // Tags of the job, not inputs: a commit that changes no training input changes nothing.
  const origin = provenanceTags(readProvenance(process.env), trainedTagNames);
  const properties = jobProperties(inputs, { ...origin, ...ownershipTags(ownership) }, resumes);
  try {
    return await putJob(session, inputs.workspace, name, properties);
  } catch (error) {
    // The service may have accepted the job although its response was lost.
    const job = await getJob(session, inputs.workspace, name).catch(() => undefined);
    if (job && jobSpecHash(job) === inputs.specHash) return job;
    throw error;
  }
}
