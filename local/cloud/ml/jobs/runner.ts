import * as fs from "node:fs";
import * as path from "node:path";
import { TrainerError, type FineTune, type LoadChatModel } from "../../../trainer/contract";
import { ArmError } from "../../armError";
import type { Cloud } from "../../cloud";
import { faultError } from "../../faults/faults";
import type { Artifacts } from "../../history/artifacts";
import type { LogFiles } from "../../history/logFiles";
import type { TrackingOf } from "../../mlflow/tracking";
import type { NodeLease } from "../nodes";
import { workspaceAround } from "../workspace";
import { StepError } from "./chatRows";
import {
  executionLog,
  readJob,
  resetSteps,
  setJobState,
  setNodeState,
  setStepState,
  stateOf,
  STEP_LOG,
  type JobContext,
  type RunError,
  type StepRecord,
} from "./jobRecord";
import type { PipelineSpec } from "./pipelineSpec";
import { planSteps } from "./plan";
import { isTerminal } from "./states";
import type { StepContext } from "./stepContext";
import { isLowPriority, type StepRun, waitForNodes } from "./stepNodes";
import { STEP_WORK } from "./steps";
import { checkJob, literal } from "./validateJob";

export interface RunnerParts {
  trackingOf: TrackingOf;
  logs: LogFiles;
  artifacts: Artifacts;
  fineTune: FineTune;
  loadChatModel: LoadChatModel;
  baseModelDir: string;
}

export interface JobRunner {
  /** Runs a job from its first step until it has ended. Rejects only if the cloud closes meanwhile. */
  run(jobId: string, closing: AbortSignal): Promise<void>;
  cancel(jobId: string): void;
  settled(jobId: string): Promise<void>;
  contextOf(jobId: string): JobContext | undefined;
}

class CancelRequest extends Error {}
/** The node of the step was taken away. */
class Preempted extends Error {}

const FAILED_CHILDREN =
  "For more details and logs, please go to the job detail page and check the child jobs.";

export function createJobRunner(cloud: Cloud, parts: RunnerParts): JobRunner {
  const active = new Map<string, { stop: AbortController; done: Promise<void> }>();
  const contextOf = (jobId: string): JobContext | undefined => {
    const workspace = workspaceAround(cloud, jobId);
    if (!workspace) return undefined;
    const jobName = jobId.split("/").pop() ?? "";
    return { cloud, workspace, jobId, jobName, tracking: parts.trackingOf(workspace.guid), logs: parts.logs };
  };
  return {
    contextOf,
    run: (jobId, closing) => {
      const key = jobId.toLowerCase();
      const stop = new AbortController();
      const context = contextOf(jobId);
      const found = readJob(cloud, jobId);
      if (!context || !found || isTerminal(stateOf(found.job))) return Promise.resolve();
      if (stateOf(found.job) === "CancelRequested") {
        setJobState(context, "Canceled");
        return Promise.resolve();
      }
      const done = runJob(context, parts, AbortSignal.any([stop.signal, closing]), closing).finally(() =>
        active.delete(key),
      );
      active.set(key, { stop, done });
      return done;
    },
    cancel: (jobId) => active.get(jobId.toLowerCase())?.stop.abort(new CancelRequest("the job was canceled")),
    settled: async (jobId) => {
      await active.get(jobId.toLowerCase())?.done.catch(() => undefined);
    },
  };
}

async function runJob(
  context: JobContext,
  parts: RunnerParts,
  signal: AbortSignal,
  closing: AbortSignal,
): Promise<void> {
  const { cloud, jobId, jobName, workspace } = context;
  const folder = path.join(cloud.home, "jobs", workspace.guid, jobName);
  const found = readJob(cloud, jobId);
  if (!found) return;
  const { spec, executions } = found.record;
  if (executions > 0) {
    executionLog(
      context,
      "The local cloud was stopped while this job ran. The job runs again from its first step.",
    );
    setJobState(context, "NotStarted");
  }
  try {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    setJobState(context, "Preparing");
    const checked = await cloud.clock.during(() => checkJob(cloud, workspace, spec));
    const plan = planSteps(checked.component);
    resetSteps(context, plan, (step) => literal(spec, step.compute) ?? "serverless");
    executionLog(context, `Submitting ${plan.length} runs: ${plan.map((step) => step.name).join(", ")}`);
    await cloud.clock.latency("job.prepare", signal);
    setNodeState(context, "Preparing");
    setNodeState(context, "Running");
    for (const step of plan) {
      const run = { step, spec, checked, folder };
      setStepState(context, step.name, "Preparing");
      while (await runStep(context, parts, run, signal))
        executionLog(context, `${step.name} is queued again`);
    }
    setNodeState(context, "Finalizing");
    setNodeState(context, "Completed");
    setJobState(context, "Finalizing");
    await cloud.clock.latency("job.finalize", signal);
    await storeLogs(context, parts);
    setJobState(context, "Completed");
  } catch (error) {
    if (closing.aborted) throw error;
    await storeLogs(context, parts);
    endJob(context, spec, error);
  } finally {
    if (!closing.aborted) await storeLogs(context, parts, [jobName]);
    if (!closing.aborted) fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Called before the end is visible, when clients begin to look for logs, and again with the last lines. By default of the
 * job's run and its node's. A blob store that fails does not fail the job.
 */
async function storeLogs(
  { cloud, jobId, jobName, workspace }: JobContext,
  { artifacts }: RunnerParts,
  runIds?: readonly string[],
): Promise<void> {
  const node = readJob(cloud, jobId)?.record.node;
  for (const runId of runIds ?? [jobName, ...(node ? [node.runId] : [])]) {
    await cloud.clock
      .during(() => artifacts.storeLogs(workspace, runId))
      .catch((error: unknown) =>
        cloud.log("jobs", `logs of ${runId} are not in the blob store: ${String(error)}`),
      );
  }
}

/** @returns whether it has to run again: its node was preempted. */
async function runStep(
  context: JobContext,
  parts: RunnerParts,
  run: StepRun,
  signal: AbortSignal,
): Promise<boolean> {
  const { cloud, jobId, workspace } = context;
  const { name } = run.step;
  const record = stepRecord(context, name);
  let lease: NodeLease | undefined;
  const eviction = new AbortController();
  const path = `${jobId}/steps/${name}`;
  const logLine = (line: string): void =>
    context.logs.append(workspace.guid, record.runId, STEP_LOG, `${cloud.clock.now().toISOString()} ${line}`);
  try {
    await cloud.clock.latency("step.prepare", signal);
    setStepState(context, name, "Queued");
    if (stateOf(readJob(cloud, jobId)?.job ?? missing()) === "Preparing") setJobState(context, "Queued");
    lease = await waitForNodes(context, run, record.runId, signal);
    setStepState(context, name, "Running");
    if (stateOf(readJob(cloud, jobId)?.job ?? missing()) === "Queued") setJobState(context, "Running");
    crash(cloud, path);
    const alive = AbortSignal.any([signal, eviction.signal, ...(lease ? [lease.lost] : [])]);
    if (name !== "chat_completion_finetune") await cloud.clock.latency(`step.${name}`, alive);
    const work: StepContext = {
      job: context,
      spec: run.spec,
      checked: run.checked,
      folder: run.folder,
      runId: record.runId,
      fineTune: parts.fineTune,
      loadChatModel: parts.loadChatModel,
      baseModelDir: parts.baseModelDir,
      signal: alive,
      onTrainingStep: () => {
        if (isLowPriority(context, run) && cloud.faults.strikes("nodes", { path }))
          eviction.abort(new Preempted());
      },
      log: logLine,
    };
    await cloud.clock.during(() => STEP_WORK[name](work));
    alive.throwIfAborted();
    setStepState(context, name, "Finalizing");
    await cloud.clock.latency("step.finalize", alive);
    setStepState(context, name, "Completed");
    return false;
  } catch (failed) {
    // What a step throws when it is interrupted depends on its work.
    const error: unknown = lease?.lost.aborted ? lease.lost.reason : failed;
    if (!signal.aborted && error instanceof Preempted) {
      logLine("The node was preempted.");
      lease?.preempt();
      setStepState(context, name, "Queued");
      return true;
    }
    const cause = signal.aborted ? (signal.reason as unknown) : error;
    if (cause instanceof CancelRequest) {
      setStepState(context, name, "Canceled");
      logLine("The step was canceled.");
    } else if (!signal.aborted) {
      const failure = runError(error);
      logLine(`ERROR ${failure.code}: ${failure.message}`);
      setStepState(context, name, "Failed", failure);
      if (!isUserError(error))
        cloud.log("jobs", `${context.jobName} ${name}: ${(error as Error).stack ?? String(error)}`);
    }
    throw cause;
  } finally {
    lease?.release();
    await storeLogs(context, parts, [record.runId]);
  }
}

/** Fails the step if a fault of the kind `step-crash` matches it. */
function crash(cloud: Cloud, path: string): void {
  const fault = cloud.faults.strikes("steps", { path });
  if (!fault) return;
  const { code, message } = faultError(fault, 400, "UserError", "The process exited with code 1.");
  throw new StepError(code, message);
}

function stepRecord(context: JobContext, name: string): StepRecord {
  const record = readJob(context.cloud, context.jobId)?.record.steps.find((step) => step.name === name);
  return record ?? missing();
}

function missing(): never {
  throw new CancelRequest("the job was deleted");
}

/** Records the end of a job that did not complete. Steps that have not ended are canceled. */
function endJob(context: JobContext, spec: PipelineSpec, error: unknown): void {
  const found = readJob(context.cloud, context.jobId);
  if (!found) return;
  const failed = found.record.steps.find((step) => step.status === "Failed");
  for (const step of found.record.steps)
    if (!isTerminal(step.status)) setStepState(context, step.name, "Canceled");
  if (error instanceof CancelRequest) {
    setNodeState(context, "Canceled");
    return setJobState(context, "Canceled");
  }
  if (!failed) {
    setNodeState(context, "Canceled");
    return setJobState(context, "Failed", runError(error));
  }
  const failure = (node: string): RunError => ({
    code: "UserError",
    message: `Pipeline has failed child jobs. Failed nodes: ${node}. ${FAILED_CHILDREN}`,
    details: failed.error ? [{ ...failed.error, target: node }] : [],
  });
  setNodeState(context, "Failed", failure(`/${failed.name}`));
  setJobState(context, "Failed", failure(`/${spec.nodeName}/${failed.name}`));
}

function isUserError(error: unknown): boolean {
  return error instanceof StepError || error instanceof TrainerError || error instanceof ArmError;
}

function runError(error: unknown): RunError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof TrainerError) return { code: "UserError", message: `${error.code}: ${message}` };
  if (error instanceof StepError || error instanceof ArmError) return { code: error.code, message };
  return { code: "SystemError", message };
}
