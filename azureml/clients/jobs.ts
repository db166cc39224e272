import { hasStatus } from "../http/failure";
import { type Clock, pollUntilDone } from "../http/patience";
import { apiVersions, armDelete, armGet, armPost, type ArmResource } from "./arm";
import { changeRun, type RunChange } from "./history";
import type { AzureSession } from "./session";
import { type WorkspaceRef, workspaceId } from "./workspaces";

/** Fields of a job. */
export interface Job {
  name: string;
  status: JobStatus;
  studioUrl: string;
  tags: Record<string, string>;
  properties: Record<string, string>;
  isArchived: boolean;
  createdAt: string;
  experimentName: string;
}

/** Status of an Azure ML job. An unknown status counts as in progress. */
type JobStatus = string;

const terminalStatuses = ["Completed", "Failed", "Canceled", "NotResponding", "Paused"];

/** Whether a job stays in this status unless somebody acts. */
export function isTerminalStatus(status: JobStatus): boolean {
  return terminalStatuses.includes(status);
}

const jobPath = (ref: WorkspaceRef, name: string): string => `${workspaceId(ref)}/jobs/${name}`;

/** The job, or `undefined` if it does not exist. */
export async function getJob(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
  signal?: AbortSignal,
): Promise<Job | undefined> {
  const resource = await armGet(session, {
    path: jobPath(ref, name),
    apiVersion: apiVersions.machineLearning,
    what: `job "${name}"`,
    signal,
  });
  return resource && parseJob(resource, name);
}

/**
 * Submits a job, or updates the metadata of an existing one (PUT by name is idempotent). Sends a second token
 * with which the job service acts for the submitter, as the official SDK does.
 */
export async function putJob(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
  properties: Record<string, unknown>,
): Promise<Job> {
  const what = `job "${name}"`;
  const token = await session.credential.getToken(session.cloud.mlScope);
  const response = await session.http({
    method: "PUT",
    url: `${session.cloud.resourceManager}${encodeURI(jobPath(ref, name))}`,
    query: { "api-version": apiVersions.machineLearning },
    what,
    scope: session.cloud.armScope,
    headers: token ? { "x-azureml-token": token.token } : {},
    body: { properties },
  });
  return parseJob(response.body as ArmResource, name);
}

/** Requests cancellation of a job. Does nothing if the job has ended. Does not wait for the end. */
export async function cancelJob(session: AzureSession, ref: WorkspaceRef, name: string): Promise<void> {
  try {
    await armPost(
      session,
      {
        path: `${jobPath(ref, name)}/cancel`,
        apiVersion: apiVersions.machineLearning,
        what: `cancellation of job "${name}"`,
      },
      undefined,
      { wait: false },
    );
  } catch (error) {
    // The job was deleted, or has ended in the meantime (the service answers 400 or 409).
    if (hasStatus(error, 404)) return;
    const now = hasStatus(error, 400, 409) ? await getJob(session, ref, name) : undefined;
    if (!now || !isTerminalStatus(now.status)) throw error;
  }
}

/** A paused job can go on; every other job with a final status cannot. */
export const hasEnded = (job: Job): boolean => isTerminalStatus(job.status) && job.status !== "Paused";

const cancelMinutes = 15;

/**
 * Cancels a job and waits until it has ended. Outages and the machine's sleep do not end the wait. Throws `OperationTimeout` after
 * 15 minutes.
 */
export async function cancelAndWait(
  session: AzureSession,
  ref: WorkspaceRef,
  job: Job,
  clock?: Clock,
): Promise<void> {
  if (hasEnded(job)) return;
  await cancelJob(session, ref, job.name);
  let waitMs = 250;
  await pollUntilDone({
    what: `cancellation of job "${job.name}"`,
    minutes: cancelMinutes,
    ...(clock && { clock }),
    poll: async () => {
      const current = await getJob(session, ref, job.name);
      if (!current || hasEnded(current)) return { done: true };
      waitMs = Math.min(waitMs * 1.5, 10_000);
      return { status: current.status, waitMs };
    },
  });
}

/**
 * Adds tags to a job in whatever state, or hides it in the studio's lists (`isArchived` of the control plane).
 *
 * Through run history, as azure-ai-ml does since 1.35: a PUT of a submitted job is refused if its body is not exactly what the
 * service stores (`JobPropertyImmutable`, Azure/azure-sdk-for-python#47819).
 */
export function changeJob(
  session: AzureSession,
  ref: WorkspaceRef,
  job: Pick<Job, "name" | "experimentName">,
  change: RunChange,
): Promise<void> {
  return changeRun(session, ref, { runId: job.name, experimentName: job.experimentName }, change);
}

/** Deletes a job with its history. Returns whether it existed. */
export function deleteJob(session: AzureSession, ref: WorkspaceRef, name: string): Promise<boolean> {
  return armDelete(session, {
    path: jobPath(ref, name),
    apiVersion: apiVersions.machineLearning,
    what: `job "${name}"`,
  });
}

function parseJob(resource: ArmResource, name: string): Job {
  const { properties } = resource;
  const services = properties.services as Record<string, { endpoint?: string } | null> | null | undefined;
  const createdAt = resource.systemData?.createdAt;
  return {
    name: resource.name || name,
    status: typeof properties.status === "string" ? properties.status : "Unknown",
    studioUrl: services?.Studio?.endpoint ?? "",
    tags: (properties.tags ?? {}) as Record<string, string>,
    properties: (properties.properties ?? {}) as Record<string, string>,
    isArchived: properties.isArchived === true,
    createdAt: typeof createdAt === "string" ? createdAt : "",
    // The service's default.
    experimentName: typeof properties.experimentName === "string" ? properties.experimentName : "Default",
  };
}
