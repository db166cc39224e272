/** The runs of jobs, of their nodes and of their steps. */
import { ArmError } from "../../armError";
import type { ArmResource, Cloud } from "../../cloud";
import type { Workspace } from "../workspace";
import {
  CHILDREN,
  type JobRecord,
  type NodeRecord,
  readJob,
  type StepRecord,
  type StoredOutput,
} from "./jobRecord";

/** A job's run, or the run of its node or of one of its steps. */
export interface JobRun {
  job: ArmResource;
  record: JobRecord;
  step?: StepRecord;
  node?: NodeRecord;
}

/** @throws ArmError 404 */
export function findRun(cloud: Cloud, workspace: Workspace, runId: string): JobRun {
  const run = runNamed(cloud, workspace, runId);
  if (!run) throw jobNotFound(workspace, runId);
  return run;
}

export function runNamed(cloud: Cloud, workspace: Workspace, runId: string): JobRun | undefined {
  const job = readJob(cloud, `${workspace.id}/jobs/${runId}`);
  if (job) return job;
  const parent = readJob(cloud, cloud.store.get<string>(CHILDREN, `${workspace.guid}/${runId}`) ?? "");
  if (parent?.record.node?.runId === runId) return { ...parent, node: parent.record.node };
  const step = parent?.record.steps.find((candidate) => candidate.runId === runId);
  return parent && step && { ...parent, step };
}

/** The stored outputs of a run by the names that it gives them: a job those of the pipeline, the others the component's. */
export function outputsOf({ record, step, node }: JobRun): Record<string, StoredOutput> {
  const named = (record.outputs ?? []).flatMap((output): Array<[string, StoredOutput]> => {
    if (node ?? step) return step && step.runId !== output.runId ? [] : [[output.component, output]];
    return output.pipelineOutput === undefined ? [] : [[output.pipelineOutput, output]];
  });
  return Object.fromEntries(named);
}

export function jobNotFound(workspace: Workspace, name: string): ArmError {
  return new ArmError(404, "NotFound", `Job ${name} was not found in workspace ${workspace.name}.`);
}

/** The run ids below a job's run. */
export function childRunIds({ node, steps }: JobRecord): string[] {
  return [...(node ? [node.runId] : []), ...steps.map((step) => step.runId)];
}

export function forgetChildren(cloud: Cloud, workspace: Workspace, runIds: readonly string[]): void {
  for (const runId of runIds) cloud.store.delete(CHILDREN, `${workspace.guid}/${runId}`);
}
