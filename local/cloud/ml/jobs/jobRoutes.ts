import type { FastifyInstance, FastifyReply } from "fastify";
import { bodyOf } from "../../arm/body";
import type { ArmResource, Cloud } from "../../cloud";
import { runningJobNotDeletable } from "../../rules/lifecycle";
import { accepts } from "../../strict/declaration";
import { byCreation, inView, matchesPairs, mlPage } from "../listFilters";
import { propertiesOf, pathParameters, type Query, queryParameter } from "../request";
import { workspaceOf, WORKSPACE_ROUTE, type Workspace } from "../workspace";
import { childJob } from "./childJob";
import { JOB_TYPE, recordOf, setJobState, stateOf } from "./jobRecord";
import { childRunIds, findRun, forgetChildren, jobNotFound } from "./jobRuns";
import type { JobRunner, RunnerParts } from "./runner";
import { isTerminal } from "./states";
import { shownJob, submitJob } from "./submit";

/** Kinds of long-running operations. An interrupted operation resumes under the same kind. */
const RUN = `${JOB_TYPE}/run`;
const CANCEL = `${JOB_TYPE}/cancel`;
const DELETE = `${JOB_TYPE}/delete`;

export function registerJobs(
  app: FastifyInstance,
  cloud: Cloud,
  parts: RunnerParts,
  runner: JobRunner,
): void {
  const jobs = `${WORKSPACE_ROUTE}/jobs`;
  registerContinuations(cloud, runner);
  app.put(`${jobs}/:job`, async (request, reply) => {
    const workspace = workspaceOf(cloud, request);
    const { job = "" } = pathParameters(request);
    const { resource, created } = await submitJob(
      cloud,
      workspace,
      job,
      propertiesOf(bodyOf(request)),
      request.caller,
    );
    // The run is an internal operation: no client polls it, and it resumes after a restart.
    if (created) {
      const context = runner.contextOf(resource.id);
      if (context) setJobState(context, "NotStarted");
      cloud.lro.start(resource.id, RUN, (signal) => runner.run(resource.id, signal), "none");
    }
    return reply.code(created ? 201 : 200).send(shownJob(cloud, workspace, resource));
  });
  app.get(`${jobs}/:job`, async (request) => {
    const workspace = workspaceOf(cloud, request);
    const run = findRun(cloud, workspace, pathParameters(request)["job"] ?? "");
    return childJob(workspace, run) ?? shownJob(cloud, workspace, run.job);
  });
  app.get(jobs, async (request) => {
    const workspace = workspaceOf(cloud, request);
    const query = request.query as Query;
    const type = queryParameter(request, "jobType")?.toLowerCase();
    const tag = queryParameter(request, "tag");
    const found = jobsOf(cloud, workspace).filter(
      ({ properties }) =>
        (type === undefined || String(properties["jobType"]).toLowerCase() === type) &&
        matchesPairs(tag, properties["tags"]) &&
        matchesPairs(queryParameter(request, "properties"), properties["properties"]) &&
        inView(query, properties["isArchived"] === true),
    );
    const sorted = byCreation(found, query, (job) => recordOf(job).createdTime);
    return mlPage(
      cloud,
      request,
      sorted.map((job) => shownJob(cloud, workspace, job)),
    );
  });
  app.post(`${jobs}/:job/cancel`, accepts("cancel a job"), async (request, reply) => {
    const job = existingJob(cloud, workspaceOf(cloud, request), pathParameters(request)["job"] ?? "");
    return cancelJob(cloud, runner, job, reply);
  });
  app.delete(`${jobs}/:job`, async (request, reply) => {
    const workspace = workspaceOf(cloud, request);
    const job = cloud.resources.get(`${workspace.id}/jobs/${pathParameters(request)["job"] ?? ""}`);
    if (!job) return reply.code(204).send();
    runningJobNotDeletable(job.name, stateOf(job), isTerminal(stateOf(job)));
    const headers = cloud.lro.start(job.id, DELETE, (signal) => deleteJob(cloud, job.id, signal));
    return reply.code(202).headers(headers).send();
  });
  cloud.resources.onRemove(JOB_TYPE, (job) => forgetJob(cloud, parts, runner, job));
}

function registerContinuations(cloud: Cloud, runner: JobRunner): void {
  cloud.lro.resume(RUN, (jobId, signal) => runner.run(jobId, signal));
  cloud.lro.resume(CANCEL, (jobId) => runner.settled(jobId));
  cloud.lro.resume(DELETE, (jobId, signal) => deleteJob(cloud, jobId, signal));
}

function jobsOf(cloud: Cloud, workspace: Workspace): ArmResource[] {
  const prefix = `${workspace.id}/jobs/`.toLowerCase();
  return cloud.resources.ofType(JOB_TYPE, (id) => id.startsWith(prefix));
}

function existingJob(cloud: Cloud, workspace: Workspace, name: string): ArmResource {
  const job = cloud.resources.get(`${workspace.id}/jobs/${name}`);
  if (!job) throw jobNotFound(workspace, name);
  return job;
}

function cancelJob(cloud: Cloud, runner: JobRunner, job: ArmResource, reply: FastifyReply): FastifyReply {
  const context = runner.contextOf(job.id);
  if (!context || isTerminal(stateOf(job))) return reply.code(200).send();
  setJobState(context, "CancelRequested");
  runner.cancel(job.id);
  const headers = cloud.lro.start(job.id, CANCEL, () => runner.settled(job.id), "location");
  return reply.code(202).headers(headers).send();
}

async function deleteJob(cloud: Cloud, jobId: string, signal: AbortSignal): Promise<void> {
  await cloud.clock.latency("job.delete", signal);
  await cloud.resources.removeTree(jobId);
}

/** Runs also when the workspace is deleted. Registered models keep their files. */
async function forgetJob(
  cloud: Cloud,
  parts: RunnerParts,
  runner: JobRunner,
  job: ArmResource,
): Promise<void> {
  const context = runner.contextOf(job.id);
  runner.cancel(job.id);
  await runner.settled(job.id);
  if (!context) return;
  const children = childRunIds(recordOf(cloud.resources.get(job.id) ?? job));
  for (const runId of [context.jobName, ...children]) {
    context.tracking.deleteRun(runId);
    parts.logs.clear(context.workspace.guid, runId);
  }
  forgetChildren(cloud, context.workspace, children);
}
