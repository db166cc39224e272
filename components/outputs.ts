import type * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../azureml/clients/workspaces";
import type { ChatDataset } from "./chatDataset";
import type { DataSummary } from "./dataManifest";
import type { EndpointScore, SampleScore } from "./endpointScore";
import type { FineTuneJob } from "./fineTuneJob";
import type { FoundationModel } from "./foundationModel";
import type { OnlineEndpoint } from "./onlineEndpoint";
import type { PromotedModel } from "./promotedModel";
import type { RegisteredModel } from "./registeredModel";
import type { SharedVersion } from "./sharedVersion";

/**
 * The stack's outputs. StackReferences depend on their names and meanings, so these do not change. The rows of
 * `dataset.showRows: true` are secret, nothing else is: clients request the endpoint's keys from Azure. The last four are absent with `endpoint.enabled: false`.
 */
export interface StackOutputs {
  /** The workspace that contains everything. */
  subscriptionId: string;
  resourceGroupName: string;
  workspaceName: string;
  /** Id of the base model in its registry, with the pinned version. */
  baseModel: pulumi.Output<string>;
  /** The first five rows of the training split, complete. Absent if the stack does not show rows (`dataset.showRows`). */
  firstRows: pulumi.Output<unknown[] | undefined>;
  /** Schema, counts and hashes of the data. Absent if the stack shows rows. */
  dataSummary: pulumi.Output<DataSummary | undefined>;
  /** Training parameters by Azure ML's names, as sent to the pipeline component. */
  parameters: pulumi.Output<Record<string, string>>;
  /** The job that trained the registered model. */
  jobName: pulumi.Output<string>;
  /** The job's page in Azure ML studio. */
  studioUrl: pulumi.Output<string>;
  /** Last value of every metric that the job logged: loss, eval_loss, … */
  metrics: pulumi.Output<Record<string, number>>;
  /** The rows that `metrics.eval_loss` was measured on: `all rows of test_sft`, or `the last 20 % of train_sft`. */
  evalLossData: pulumi.Output<string>;
  /** The model version registered from the job's output. `id` is its ARM id. */
  registeredModel: { name: string; version: pulumi.Output<string>; id: pulumi.Output<string> };
  /** The version in the shared registry (`model.shareTo`). `npm run promote` and StackReferences read it. */
  sharedModel?: SharedVersion;
  /** The endpoint that serves the model. */
  endpointName?: string;
  /** URL for scoring requests. */
  scoringUri?: pulumi.Output<string>;
  deploymentName?: pulumi.Output<string>;
  /** The held-out question with the reference answer and the model's answer. Absent if the stack does not show rows. */
  sampleScore?: pulumi.Output<SampleScore | undefined>;
}

interface OutputSources {
  workspace: WorkspaceRef;
  model: FoundationModel;
  data: ChatDataset;
  job: FineTuneJob;
  registered: RegisteredModel;
  /** Absent unless the stack shares its model. */
  shared?: SharedVersion;
  serving?: Serving;
}

/** Absent when the endpoint is disabled. */
interface Serving {
  endpoint: OnlineEndpoint;
  score: EndpointScore;
}

/** Collects the stack's outputs from its components. */
export function stackOutputs(sources: OutputSources): StackOutputs {
  const { workspace, model, data, job, registered, shared, serving } = sources;
  return {
    ...workspace,
    baseModel: model.modelId,
    firstRows: data.firstRows,
    dataSummary: data.summary,
    parameters: job.parameters,
    jobName: job.jobName,
    studioUrl: job.studioUrl,
    metrics: job.metrics,
    evalLossData: job.evalLossData,
    registeredModel: { name: registered.name, version: registered.version, id: registered.versionId },
    ...(shared && { sharedModel: versionOutput(shared) }),
    ...servingOutputs(serving),
  };
}

/** Outputs of a promoting stack: those of `StackOutputs` that apply, and the version that it serves. */
export interface PromotedOutputs extends Pick<
  StackOutputs,
  | "subscriptionId"
  | "resourceGroupName"
  | "workspaceName"
  | "endpointName"
  | "scoringUri"
  | "deploymentName"
  | "sampleScore"
> {
  /** `npm run promote` copies it to the next stack. */
  promotedModel: SharedVersion;
}

/** Collects the outputs of a promoting stack. */
export function promotedOutputs(
  workspace: WorkspaceRef,
  model: PromotedModel,
  serving?: Serving,
): PromotedOutputs {
  return { ...workspace, promotedModel: versionOutput(model), ...servingOutputs(serving) };
}

/** A component that is a version has other members as well, which are no outputs. */
function versionOutput({ registry, name, version, id, sha256 }: SharedVersion): SharedVersion {
  return { registry, name, version, id, sha256 };
}

function servingOutputs(serving: Serving | undefined) {
  return (
    serving && {
      endpointName: serving.endpoint.endpointName,
      scoringUri: serving.endpoint.scoringUri,
      deploymentName: serving.endpoint.deploymentName,
      sampleScore: serving.score.sample,
    }
  );
}
