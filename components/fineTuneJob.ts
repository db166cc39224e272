import * as pulumi from "@pulumi/pulumi";
import { experimentName, jobNamePrefix, type StackIdentity } from "../azureml/names";
import { parameterValues, type ResolvedParameter } from "../azureml/parameters";
import type { StackConfig } from "../config/stackConfig";
import { PipelineJob } from "../providers/pipelineJob/resource";
import type { ChatDataset } from "./chatDataset";
import type { FoundationModel } from "./foundationModel";
import type { GpuCluster } from "./gpuCluster";
import type { Workspace } from "./workspace";

export interface FineTuneJobArgs {
  workspace: Workspace;
  cluster: GpuCluster;
  model: FoundationModel;
  data: ChatDataset;
  config: StackConfig["finetune"];
  /** Name of the base model, as configured. */
  modelName: string;
  identity: StackIdentity;
  /** Parameters, display name and GPUs as the model's rules have settled them. */
  plan: pulumi.Output<{
    parameters: ResolvedParameter[];
    displayName: string;
    cluster: { gpusPerNode: number };
  }>;
  tags: Record<string, string>;
}

/** The pipeline job that fine-tunes the model: submitted once for what it trains on, and waited for. */
export class FineTuneJob extends pulumi.ComponentResource {
  readonly jobName: pulumi.Output<string>;
  readonly registration: pulumi.Output<string | undefined>;
  readonly studioUrl: pulumi.Output<string>;
  /** `azureml://jobs/<job>/outputs/trained_model`. */
  readonly outputUri: pulumi.Output<string>;
  /** Last value of every metric the job logged. */
  readonly metrics: pulumi.Output<Record<string, number>>;
  /** Parameters the component's version takes, as sent to it; known in preview. */
  readonly parameters: pulumi.Output<Record<string, string>>;
  /** The pipeline component's version that ran. */
  readonly componentId: pulumi.Output<string>;

  constructor(name: string, args: FineTuneJobArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:FineTuneJob", name, {}, options);
    const { workspace, cluster, config } = args;
    const parameters = args.plan.parameters.apply(parameterValues);
    const job = new PipelineJob(
      name,
      {
        workspace: workspace.ref,
        namePrefix: jobNamePrefix(args.identity),
        experimentName: config.experimentName ?? experimentName(args.modelName),
        displayName: args.plan.displayName,
        component: config.component,
        modelId: args.model.modelId,
        trainData: args.data.trainData,
        testData: args.data.testData,
        compute: cluster.clusterName,
        gpusPerNode: args.plan.cluster.gpusPerNode,
        parameters,
        description: `Fine-tuning of ${args.modelName} by stack ${args.identity.stack}`,
        tags: args.tags,
        deadlineMinutes: config.deadlineMinutes,
        onDestroy: config.onDestroy,
        gate: config.gate,
      },
      { parent: this, dependsOn: [workspace, cluster] },
    );
    this.jobName = job.jobName;
    this.registration = job.registration;
    this.studioUrl = job.studioUrl;
    this.outputUri = job.outputUri;
    this.metrics = job.metrics;
    this.componentId = job.componentId;
    this.parameters = pulumi
      .all([parameters, job.omittedParameters])
      .apply(([all, omitted]) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => !omitted.includes(name))),
      );
    this.registerOutputs({ jobName: this.jobName });
  }
}
