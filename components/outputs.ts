import type * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../azureml/clients/workspaces";
import type { ChatDataset } from "./chatDataset";
import type { EndpointScore, SampleScore } from "./endpointScore";
import type { FineTuneJob } from "./fineTuneJob";
import type { FoundationModel } from "./foundationModel";
import type { OnlineEndpoint } from "./onlineEndpoint";
import type { RegisteredModel } from "./registeredModel";

/**
 * What a stack exports: the contract for whoever reads it by a StackReference. Names and meanings stay; nothing here is
 * secret (keys are asked of the endpoint when they are needed). The last four are absent with `endpoint.enabled: false`.
 */
export interface StackOutputs {
  /** Where everything is. */
  subscriptionId: string;
  resourceGroupName: string;
  workspaceName: string;
  /** Id of the base model in its registry, with the version pinned. */
  baseModel: pulumi.Output<string>;
  /** First five rows of the training split, in full. */
  firstRows: pulumi.Output<unknown[]>;
  /** Training parameters by Azure ML's names, as sent to the pipeline component. */
  parameters: pulumi.Output<Record<string, string>>;
  /** The job that trained the registered model, and its page in Azure ML studio. */
  jobName: pulumi.Output<string>;
  studioUrl: pulumi.Output<string>;
  /** Last value of every metric the job logged: loss, eval_loss, … */
  metrics: pulumi.Output<Record<string, number>>;
  /** The model version made of the job's output. */
  registeredModel: { name: string; version: pulumi.Output<string>; id: pulumi.Output<string> };
  /** The endpoint that serves it. */
  endpointName?: string;
  scoringUri?: pulumi.Output<string>;
  deploymentName?: pulumi.Output<string>;
  /** The held-out question, its true answer and the model's. */
  sampleScore?: pulumi.Output<SampleScore>;
}

export interface OutputSources {
  ref: WorkspaceRef;
  model: FoundationModel;
  data: ChatDataset;
  job: FineTuneJob;
  registered: RegisteredModel;
  serving?: { endpoint: OnlineEndpoint; score: EndpointScore };
}

/** The stack's outputs from its parts. */
export function stackOutputs({ ref, model, data, job, registered, serving }: OutputSources): StackOutputs {
  return {
    ...ref,
    baseModel: model.modelId,
    firstRows: data.firstRows,
    parameters: job.parameters,
    jobName: job.jobName,
    studioUrl: job.studioUrl,
    metrics: job.metrics,
    registeredModel: { name: registered.name, version: registered.version, id: registered.versionId },
    ...(serving && {
      endpointName: serving.endpoint.endpointName,
      scoringUri: serving.endpoint.scoringUri,
      deploymentName: serving.endpoint.deploymentName,
      sampleScore: serving.score.sample,
    }),
  };
}
