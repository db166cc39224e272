import * as pulumi from "@pulumi/pulumi";
import type { TrainingSize } from "../azureml/costs";
import { fromTrain, lossData, missingEvaluation } from "../azureml/evaluation";
import { experimentName, jobNamePrefix } from "../azureml/names";
import { pipelineInputs, type ResolvedParameter } from "../azureml/parameters";
import type { StackConfig } from "../config/stackConfig";
import { PipelineJob } from "../providers/pipelineJob/resource";
import type { ChatDataset } from "./chatDataset";
import type { FoundationModel } from "./foundationModel";
import type { GpuCluster } from "./gpuCluster";
import type { StackArgs } from "./stackArgs";
import type { Workspace } from "./workspace";

interface FineTuneJobArgs extends StackArgs {
  workspace: Workspace;
  /** The cluster that runs the job. */
  cluster: GpuCluster;
  /** The base model. */
  model: FoundationModel;
  /** Training, validation and test data. */
  data: ChatDataset;
  /** Section `finetune` of the stack configuration. */
  config: StackConfig["finetune"];
  /** Training parameters, display name and GPUs per node after the model's rules were applied. */
  plan: pulumi.Output<{
    parameters: ResolvedParameter[];
    displayName: string;
    cluster: { gpusPerNode: number };
    training: TrainingSize;
  }>;
  /** Section `budget` of the stack configuration. */
  budget: StackConfig["budget"];
}

/** The pipeline job that fine-tunes the model. It is submitted once for its training inputs and followed to completion. */
export class FineTuneJob extends pulumi.ComponentResource {
  /** Name of the job in the workspace. */
  readonly jobName: pulumi.Output<string>;
  /** Distinguishes model versions registered from the same job; see `PipelineJob.registration`. */
  readonly registration: pulumi.Output<string | undefined>;
  /** The job's page in Azure ML studio. */
  readonly studioUrl: pulumi.Output<string>;
  /** `azureml://jobs/<job>/outputs/trained_model`. */
  readonly outputUri: pulumi.Output<string>;
  /** Last value of every metric that the job logged. */
  readonly metrics: pulumi.Output<Record<string, number>>;
  /** The rows that `metrics.eval_loss` was measured on, such as `all rows of test_sft`. */
  readonly evalLossData: pulumi.Output<string>;
  /** Training parameters by Azure ML's names, as sent to the pipeline component; known in preview. */
  readonly parameters: pulumi.Output<Record<string, string>>;
  /** Id of the pipeline component with its pinned version. */
  readonly componentId: pulumi.Output<string>;

  constructor(name: string, args: FineTuneJobArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:FineTuneJob", name, {}, options);
    const { workspace, cluster, config } = args;
    const parameters = args.plan.parameters.apply(pipelineInputs);
    const job = new PipelineJob(
      name,
      {
        workspace: workspace.ref,
        namePrefix: jobNamePrefix(args.identity),
        experimentName: config.experimentName ?? experimentName(args.modelName),
        displayName: args.plan.displayName,
        component: config.component,
        modelId: args.model.modelId,
        trainData: trainingData(args),
        testData: args.data.testData,
        validationData: args.data.validationData,
        compute: cluster.clusterName,
        gpusPerNode: args.plan.cluster.gpusPerNode,
        parameters,
        description: `Fine-tuning of ${args.modelName} by stack ${args.identity.stack}`,
        tags: args.tags,
        deadlineMinutes: config.deadlineMinutes,
        onDestroy: config.onDestroy,
        training: args.plan.training.apply((training) => ({
          ...training,
          maxGpuHours: args.budget.maxGpuHours,
        })),
        settings: args.data.settings,
        gate: config.gate,
      },
      { parent: this, dependsOn: [workspace, cluster] },
    );
    this.jobName = job.jobName;
    this.registration = job.registration;
    this.studioUrl = job.studioUrl;
    this.outputUri = job.outputUri;
    this.metrics = job.metrics;
    // A job of version 0.1.0 sent no validation data, whatever the configuration says today.
    this.evalLossData = job.ownSplit.apply((own) =>
      lossData(own === false ? args.data.splits : { ...args.data.splits, validationSplit: fromTrain }),
    );
    this.componentId = job.componentId;
    this.parameters = pulumi
      .all([parameters, job.omittedParameters])
      .apply(([all, omitted]) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => !omitted.includes(name))),
      );
    this.registerOutputs({ jobName: this.jobName });
  }
}

/**
 * The training data, once the gate can be passed. The number of rows is known here and not in preflight, so a gate on a
 * loss that the training would never measure fails here, before the job is submitted.
 */
function trainingData({ plan, data, config }: FineTuneJobArgs): pulumi.Output<string> {
  return pulumi
    .all([plan.parameters, plan.cluster.gpusPerNode, data.trainRows, data.trainData])
    .apply(([resolved, gpusPerNode, trainRows, trainData]) => {
      const parameters = pipelineInputs(resolved);
      const devices = gpusPerNode * Number(parameters.num_nodes_finetune ?? 1);
      const reason = missingEvaluation({ parameters, devices, trainRows });
      if (reason && config.gate.maxEvalLoss !== undefined)
        throw new pulumi.RunError(
          `finetune.gate.maxEvalLoss: the training would measure no eval_loss: ${reason}. Lower finetune.evalSteps, set finetune.evaluationStrategy: epoch, or remove the gate. No job was submitted.`,
        );
      return trainData;
    });
}
