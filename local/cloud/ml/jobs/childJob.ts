import type { ArmResource } from "../../cloud";
import type { Workspace } from "../workspace";
import { JOB_TYPE, recordOf, type NodeRecord, type StepRecord } from "./jobRecord";
import type { JobRun } from "./jobRuns";

/**
 * A step or the node in the form of a job. The control plane answers with null properties, so clients read it from run
 * history (PyPI azure-ai-ml 1.35.2, `_is_pipeline_child_job` and `JobOperations.get`).
 */
export function childJob(workspace: Workspace, { step, node }: JobRun): Record<string, unknown> | undefined {
  const child = step ?? node;
  return (
    child && {
      id: `${workspace.id}/jobs/${child.runId}`,
      name: child.runId,
      type: JOB_TYPE,
      properties: null,
    }
  );
}

/** `pipelinerunid` is the run that contains the step, `rootpipelinerunid` the job's. */
export function stepProperties(job: ArmResource, step: StepRecord): Record<string, string> {
  const pipeline = recordOf(job).node?.runId ?? job.name;
  return {
    "azureml.runsource": "azureml.StepRun",
    "azureml.moduleName": step.name,
    "azureml.moduleid": step.runId,
    "azureml.pipelinerunid": pipeline,
    "azureml.rootpipelinerunid": job.name,
    "azureml.pipeline": pipeline,
    StepType: "PythonScriptStep",
    ComputeTargetType: "AmlCompute",
  };
}

export function nodeProperties(
  job: ArmResource,
  node: Pick<NodeRecord, "name" | "runId">,
): Record<string, string> {
  return {
    "azureml.runsource": "azureml.PipelineRun",
    "azureml.moduleName": node.name,
    "azureml.moduleid": node.runId,
    "azureml.pipelinerunid": job.name,
    "azureml.rootpipelinerunid": job.name,
    "azureml.pipeline": job.name,
  };
}
