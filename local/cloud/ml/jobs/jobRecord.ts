import { createHash } from "node:crypto";
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

interface ChildRecord {
  runId: string;
  status: JobState;
  startTime?: string;
  endTime?: string;
  error?: RunError;
}

export interface StepRecord extends ChildRecord {
  name: StepName;
  compute: string;
}

/**
 * The run of the job's only node, a pipeline component. On Azure it is the only child of the job's run, and the steps are
 * its children: azureml-assets, assets/aml-benchmark, utils/online_endpoint/online_endpoint_model.py takes the children of
 * the first child; assets/training/model_evaluation/src/run_utils.py climbs two parents to the job. Its type is that of a
 * pipeline run with a parent (PyPI azure-ml-component 0.9.18, run.py).
 */
export interface NodeRecord extends ChildRecord {
  /** Key of the node in the job. */
  name: string;
}

/** An output that a step has stored. */
export interface StoredOutput {
  /** The component's name of the output. */
  component: string;
  /** Name of the pipeline's output, if the component's is bound to one. */
  pipelineOutput?: string;
  /** Of the step. */
  runId: string;
  type: string;
  /** The long form of a datastore path. */
  uri: string;
  /** The version that the job has registered it as. */
  asset?: { name: string; version: string };
}

export interface JobRecord {
  spec: PipelineSpec;
  /** The immutable part of the request, in canonical form. */
  content: string;
  steps: StepRecord[];
  /** Absent until a step has stored one. */
  outputs?: StoredOutput[];
  /** Absent until the job is prepared. */
  node?: NodeRecord;
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
export const CHILDREN = "ml.childRuns";

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

/** Records node and steps as not started, also when the job starts again, and creates their MLflow runs. */
export function resetSteps(
  context: JobContext,
  plan: PlannedStep[],
  computeOf: (step: PlannedStep) => string,
): void {
  const { cloud, workspace, jobId, jobName } = context;
  const nodeName = readJob(cloud, jobId)?.record.spec.nodeName ?? "";
  const node: NodeRecord = {
    runId: childRunId(workspace, jobName, `node ${nodeName}`),
    name: nodeName,
    status: "NotStarted",
  };
  cloud.store.put(CHILDREN, `${workspace.guid}/${node.runId}`, jobId);
  const steps = plan.map((step): StepRecord => {
    const runId = childRunId(workspace, jobName, step.name);
    cloud.store.put(CHILDREN, `${workspace.guid}/${runId}`, jobId);
    return { runId, name: step.name, compute: computeOf(step), status: "NotStarted" };
  });
  changeRecord(cloud, jobId, (record) => ({
    record: { node, steps, outputs: [], executions: record.executions + 1 },
  }));
  context.tracking.clearMetrics(jobName);
  mirror(context, node.runId, node.name, "NotStarted", jobName);
  for (const step of steps) {
    context.tracking.clearMetrics(step.runId);
    mirror(context, step.runId, step.name, "NotStarted", node.runId);
  }
}

export function addOutput(cloud: Cloud, jobId: string, output: StoredOutput): void {
  changeRecord(cloud, jobId, ({ outputs = [] }) => ({ record: { outputs: [...outputs, output] } }));
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

/** The state of the job's node: its steps together. */
export function setNodeState(context: JobContext, state: JobState, error?: RunError): void {
  const { cloud, jobId, jobName } = context;
  const now = cloud.clock.now().toISOString();
  let changed: NodeRecord | undefined;
  changeRecord(cloud, jobId, ({ node }) => {
    if (!node || !mayFollow(node.status, state)) return {};
    changed = { ...node, ...times(node, state, now), status: state, ...(error ? { error } : {}) };
    return { record: { node: changed } };
  });
  if (!changed) return;
  executionLog(
    context,
    `${changed.name} (run ${changed.runId}) is ${state}${error ? `: ${error.message}` : ""}`,
  );
  mirror(context, changed.runId, changed.name, state, jobName);
}

export function setStepState(context: JobContext, step: StepName, state: JobState, error?: RunError): void {
  const { cloud, jobId, jobName } = context;
  const now = cloud.clock.now().toISOString();
  let runId = "";
  let nodeRunId = jobName;
  changeRecord(cloud, jobId, (record) => {
    nodeRunId = record.node?.runId ?? jobName;
    const steps = record.steps.map((candidate): StepRecord => {
      if (candidate.name !== step || !mayFollow(candidate.status, state)) return candidate;
      runId = candidate.runId;
      return { ...candidate, ...times(candidate, state, now), status: state, ...(error ? { error } : {}) };
    });
    return { record: { steps } };
  });
  if (runId === "") return;
  const line = `${step} (run ${runId}) is ${state}${error ? `: ${error.message}` : ""}`;
  for (const run of new Set([jobName, nodeRunId])) executionLog(context, line, run);
  mirror(context, runId, step, state, nodeRunId);
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

/** Appends to the log of a pipeline run, by default the job's. */
export function executionLog(context: JobContext, line: string, runId = context.jobName): void {
  const stamp = context.cloud.clock.now().toISOString();
  context.logs.append(context.workspace.guid, runId, EXECUTION_LOG, `[${stamp}] ${line}`);
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
