import { type Job, changeJob } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";

/**
 * Which resource instance uses a job. A job outlives the resource that submitted it: after a failed roll-out the previous
 * configuration adopts its job again, and the engine then deletes the resource that used the job before. That deletion must
 * leave the job alone. Each instance therefore writes its id into every job that it uses, and only that instance cancels,
 * archives or deletes the job.
 *
 * A tag, not a property: "Properties can be added, but not removed or altered" (Azure/azure-rest-api-specs, Jobs, `properties`).
 */
const usedByTag = "azureml-finetune.usedBy";

/** The registration of the job's model (azureml/names.ts, `modelVersion`), for the next resource that uses the job. */
const registrationTag = "azureml-finetune.registration";

/**
 * Value of `usedBy` after a regular deletion. The tag is not removed: clients report that a PUT without a tag keeps it
 * (Azure/azure-sdk-for-python#30671), against the operation's description, and run history merges tags.
 */
const released = "released";

/** The registration of a model of a version before 0.1.0 is empty, and a tag requires a value. */
const noRegistration = "none";

/** A resource instance and the registration of its model. */
export interface Ownership {
  /** New for every create. */
  instance: string;
  /** As `PipelineJob.registration`. */
  registration: string;
}

/** The tags of a job that this instance uses. */
export function ownershipTags({ instance, registration }: Ownership): Record<string, string> {
  return { [usedByTag]: instance, [registrationTag]: registration || noRegistration };
}

/**
 * True if another instance uses the job. Jobs without the tag are of earlier versions of this program.
 * @param instance undefined for a resource of an earlier version.
 */
export function isUsedByOther(job: Pick<Job, "tags">, instance: string | undefined): boolean {
  const usedBy = job.tags[usedByTag];
  return usedBy !== undefined && usedBy !== released && usedBy !== instance;
}

/** True if this instance has claimed the job. */
export const isUsedBy = (job: Pick<Job, "tags">, instance: string): boolean =>
  job.tags[usedByTag] === instance;

/** The registration to use again: that of a job whose last user has not released it. */
export function heldRegistration(job: Pick<Job, "tags">): string | undefined {
  const usedBy = job.tags[usedByTag];
  if (usedBy === undefined || usedBy === released) return undefined;
  const registration = job.tags[registrationTag];
  return registration === noRegistration ? "" : registration;
}

/** Makes an instance the user of a job, and restores the job if it is archived. Sends nothing if that is so already. */
export async function takeJob(
  session: AzureSession,
  ref: WorkspaceRef,
  job: Job,
  ownership: Ownership,
): Promise<Job> {
  const tags = ownershipTags(ownership);
  const isWritten = Object.entries(tags).every(([name, value]) => job.tags[name] === value);
  if (isWritten && !job.isArchived) return job;
  await changeJob(session, ref, job, { tags, ...(job.isArchived ? { hidden: false } : {}) });
  return { ...job, tags: { ...job.tags, ...tags }, isArchived: false };
}

/** Ends the use of a job; its next user registers the model anew. */
export function releaseJob(
  session: AzureSession,
  ref: WorkspaceRef,
  job: Job,
  { archive }: { archive: boolean },
): Promise<void> {
  // A job of an earlier version has no tags to release.
  const tags = job.tags[usedByTag] === undefined ? undefined : { [usedByTag]: released };
  const hidden = archive && !job.isArchived ? true : undefined;
  if (!tags && !hidden) return Promise.resolve();
  return changeJob(session, ref, job, { ...(tags ? { tags } : {}), ...(hidden ? { hidden } : {}) });
}
