import type { ArmResource, Cloud } from "../../cloud";
import type { Workspace } from "../workspace";
import { JOB_TYPE, recordOf, type StepRecord } from "./jobRecord";
import { services } from "./submit";

/** A step in the form of a job, for clients that request it by its run id. */
export function childJob(
  cloud: Cloud,
  workspace: Workspace,
  parent: ArmResource,
  step: StepRecord,
): Record<string, unknown> {
  return {
    id: `${workspace.id}/jobs/${step.runId}`,
    name: step.runId,
    type: JOB_TYPE,
    systemData: parent.systemData,
    properties: {
      jobType: "Command",
      displayName: step.name,
      experimentName: recordOf(parent).spec.experimentName,
      status: step.status,
      parentJobName: parent.name,
      computeId: step.compute === "serverless" ? null : `${workspace.id}/computes/${step.compute}`,
      tags: {},
      properties: stepProperties(parent.name, step),
      services: services(cloud, workspace, step.runId),
      inputs: {},
      outputs: {},
      isArchived: false,
    },
  };
}

export function stepProperties(jobName: string, step: StepRecord): Record<string, string> {
  return {
    "azureml.runsource": "azureml.StepRun",
    "azureml.moduleName": step.name,
    "azureml.moduleid": step.runId,
    "azureml.pipelinerunid": jobName,
    "azureml.rootpipelinerunid": jobName,
    "azureml.pipeline": jobName,
    StepType: "PythonScriptStep",
    ComputeTargetType: "AmlCompute",
  };
}
