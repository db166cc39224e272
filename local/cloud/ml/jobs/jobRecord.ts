import { createHash } from "node:crypto";
import { ArmError } from "../../armError";
import type { ArmResource, Cloud } from "../../cloud";
import type { LogFiles } from "../../history/logFiles";
import type { Tracking } from "../../mlflow/tracking";
import type { Workspace } from "../workspace";
import type { PipelineSpec } from "./pipelineSpec";
import type { PlannedStep, StepName } from "./plan";
import { isTerminal, mayFollow, mlflowStatus, type JobState } from "./states";

export interface RunError {
  code: string;
  message: string;
  details?: Array<{ code: string; message: string; target?: string }>;
}

export interface StepRecord {
  runId: string;
  name: StepName;
  compute: string;
  status: JobState;
  startTime?: string;
  endTime?: string;
  error?: RunError;
}

export interface JobRecord {
  spec: PipelineSpec;
  /** The immutable part of the request, in canonical form. */
  content: string;
  steps: StepRecord[];
  createdTime: string;
  startTime?: string;
  endTime?: string;
  error?: RunError;
  /** How many times the job was started. More than 1 after the local cloud was stopped while it ran. */
  executions: number;
}

export interface JobContext {
  cloud: Cloud;
  workspace: Workspace;
  jobId: string;
  jobName: string;
  tracking: Tracking;
  logs: LogFiles;
}

export const JOB_TYPE = "Microsoft.MachineLearningServices/workspaces/jobs";
const EXECUTION_LOG = "logs/azureml/executionlogs.txt";
export const STEP_LOG = "user_logs/std_log.txt";
const CHILDREN = "ml.childRuns";

export function recordOf(job: ArmResource): JobRecord {
  return job.hidden?.["job"] as JobRecord;
}

export function stateOf(job: ArmResource): JobState {
  return job.properties["status"] as JobState;
}

export function readJob(cloud: Cloud, jobId: string): { job: ArmResource; record: JobRecord } | undefined {
  const job = cloud.resources.get(jobId);
  return job && { job, record: recordOf(job) };
}

/** Writes a changed record. A job that was deleted in the meantime stays deleted. */
function changeRecord(
  cloud: Cloud,
  jobId: string,
  change: (
    record: JobRecord,
    properties: Record<string, unknown>,
  ) => { record?: Partial<JobRecord>; properties?: Record<string, unknown> },
): void {
  const found = readJob(cloud, jobId);
  if (!found) return;
  const { record = {}, properties = {} } = change(found.record, found.job.properties);
  cloud.resources.put({
    ...found.job,
    properties: { ...found.job.properties, ...properties },
    hidden: { ...found.job.hidden, job: { ...found.record, ...record } },
  });
}

/** Name of a child run: a GUID that is the same each time the job starts. */
function childRunId(workspace: Workspace, jobName: string, step: string): string {
  const hex = createHash("sha256").update(`${workspace.guid}/${jobName}/${step}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}

/** Records the steps as not started, also when the job starts again, and creates their MLflow runs. */
export function resetSteps(
  context: JobContext,
  plan: PlannedStep[],
  computeOf: (step: PlannedStep) => string,
): void {
  const { cloud, workspace, jobId, jobName } = context;
  const steps = plan.map((step): StepRecord => {
    const runId = childRunId(workspace, jobName, step.name);
    cloud.store.put(CHILDREN, `${workspace.guid}/${runId}`, jobId);
    return { runId, name: step.name, compute: computeOf(step), status: "NotStarted" };
  });
  changeRecord(cloud, jobId, (record) => ({ record: { steps, executions: record.executions + 1 } }));
  context.tracking.clearMetrics(jobName);
  for (const step of steps) {
    context.tracking.clearMetrics(step.runId);
    mirror(context, step.runId, step.name, "NotStarted", jobName);
  }
}

export interface JobRun {
  job: ArmResource;
  record: JobRecord;
  step?: StepRecord;
}

export function findRun(cloud: Cloud, workspace: Workspace, runId: string): JobRun {
  const job = readJob(cloud, `${workspace.id}/jobs/${runId}`);
  if (job) return job;
  const parent = readJob(cloud, cloud.store.get<string>(CHILDREN, `${workspace.guid}/${runId}`) ?? "");
  const step = parent?.record.steps.find((candidate) => candidate.runId === runId);
  if (!parent || !step) throw jobNotFound(workspace, runId);
  return { ...parent, step };
}

export function jobNotFound(workspace: Workspace, name: string): ArmError {
  return new ArmError(404, "NotFound", `Job ${name} was not found in workspace ${workspace.name}.`);
}

export function forgetChildren(cloud: Cloud, workspace: Workspace, steps: StepRecord[]): void {
  for (const step of steps) cloud.store.delete(CHILDREN, `${workspace.guid}/${step.runId}`);
}

/** Ignores a state that may not follow the current one, for example after a cancel request. */
export function setJobState(context: JobContext, state: JobState, error?: RunError): void {
  const { cloud, jobId, jobName } = context;
  const now = cloud.clock.now().toISOString();
  let displayName = jobName;
  changeRecord(cloud, jobId, (record, properties) => {
    displayName = record.spec.displayName;
    if (!mayFollow(properties["status"] as JobState, state)) return {};
    return {
      properties: { status: state },
      record: { ...times(record, state, now), ...(error ? { error } : {}) },
    };
  });
  executionLog(context, `Job ${jobName} is ${state}${error ? `: ${error.message}` : ""}`);
  mirror(context, jobName, displayName, state);
}

export function setStepState(context: JobContext, step: StepName, state: JobState, error?: RunError): void {
  const { cloud, jobId, jobName } = context;
  const now = cloud.clock.now().toISOString();
  let runId = "";
  changeRecord(cloud, jobId, (record) => {
    const steps = record.steps.map((candidate): StepRecord => {
      if (candidate.name !== step || !mayFollow(candidate.status, state)) return candidate;
      runId = candidate.runId;
      return { ...candidate, ...times(candidate, state, now), status: state, ...(error ? { error } : {}) };
    });
    return { record: { steps } };
  });
  if (runId === "") return;
  executionLog(context, `${step} (run ${runId}) is ${state}${error ? `: ${error.message}` : ""}`);
  mirror(context, runId, step, state, jobName);
}

function times(
  before: { startTime?: string; endTime?: string },
  state: JobState,
  now: string,
): { startTime?: string; endTime?: string } {
  if (state === "Running" && !before.startTime) return { startTime: now };
  return isTerminal(state) ? { endTime: now } : {};
}

function mirror(context: JobContext, runId: string, name: string, state: JobState, parent?: string): void {
  const { cloud, tracking, jobId, jobName } = context;
  const found = readJob(cloud, jobId);
  if (!found) return;
  const now = cloud.clock.now().getTime();
  const known = tracking.run(runId);
  const before = known ?? {
    id: runId,
    experimentId: tracking.ensureExperiment(found.record.spec.experimentName).id,
    startTime: now,
    lifecycleStage: "active" as const,
    params: {},
    tags: {},
  };
  tracking.putRun({
    ...before,
    name,
    status: mlflowStatus(state),
    endTime: isTerminal(state) ? now : undefined,
    tags: {
      ...before.tags,
      ...found.record.spec.tags,
      "mlflow.runName": name,
      "mlflow.rootRunId": jobName,
      ...(parent === undefined ? {} : { "mlflow.parentRunId": parent }),
    },
  });
}

export function executionLog(context: JobContext, line: string): void {
  const stamp = context.cloud.clock.now().toISOString();
  context.logs.append(context.workspace.guid, context.jobName, EXECUTION_LOG, `[${stamp}] ${line}`);
}

/** Logs values to MLflow runs, all with the same step and time. Skips NaN, as the real callback does. */
export function logMetrics(
  context: JobContext,
  runIds: string[],
  step: number,
  values: Record<string, number>,
): void {
  const timestamp = context.cloud.clock.now().getTime();
  const metrics = Object.entries(values)
    .filter(([, value]) => Number.isFinite(value))
    .map(([key, value]) => ({ key, value, timestamp, step }));
  for (const runId of runIds) context.tracking.log(runId, metrics);
}
