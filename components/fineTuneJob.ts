import * as pulumi from "@pulumi/pulumi";
import type { TrainingSize } from "../azureml/costs";
import { fromTrain, lossData, missingEvaluation } from "../azureml/evaluation";
import { experimentName, hasComparisonTags, jobNamePrefix } from "../azureml/names";
import { pipelineInputs, type ResolvedParameter } from "../azureml/parameters";
import { recordedTagNames } from "../azureml/recordedTags";
import { evalLossSetting } from "../config/gate";
import type { StackConfig } from "../config/stackConfig";
import { type Accepted, PipelineJob } from "../providers/pipelineJob/resource";
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
  /** The endpoint of the stack, and the name of its registered model: what the gate compares with. */
  serving: { endpointName: string; modelName: string };
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
  /** Name in the workspace of the job whose model the stack uses. */
  readonly jobName: pulumi.Output<string>;
  /** Distinguishes model versions registered from the same job; see `PipelineJob.registration`. */
  readonly registration: pulumi.Output<string | undefined>;
  /** Tags of the model version: its lineage, and by what a later job is compared with it. */
  readonly lineage: Record<string, pulumi.Output<string>>;
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
        ...(config.maxPreemptions === undefined ? {} : { maxPreemptions: config.maxPreemptions }),
        onDestroy: config.onDestroy,
        training: args.plan.training.apply((training) => ({
          ...training,
          maxGpuHours: args.budget.maxGpuHours,
        })),
        settings: args.data.settings,
        gate: gateOf(args),
      },
      { parent: this, dependsOn: [workspace, cluster] },
    );
    // Of the job itself, unless the gate may leave another model in use. Each output is known in a preview as early as possible.
    const keepsServing = config.gate.onMiss === "keepServing";
    const used = <T>(own: pulumi.Output<T>, of: (accepted: Accepted) => T): pulumi.Output<T> =>
      keepsServing
        ? pulumi
            .all([own, job.accepted])
            .apply(([value, accepted]) => (accepted ? of(accepted) : (value as T)))
        : own;
    this.jobName = used(job.jobName, ({ jobName }) => jobName);
    this.registration = used(job.registration, ({ registration }) => registration);
    this.studioUrl = used(job.studioUrl, ({ studioUrl }) => studioUrl);
    this.outputUri = used(job.outputUri, ({ outputUri }) => outputUri);
    this.metrics = used(job.metrics, ({ metrics }) => metrics);
    this.lineage = lineageOf(args, job, used);
    if (keepsServing) warnOfMiss(job);
    // A job of version 0.1.0 sent no validation data, whatever the configuration says today.
    this.evalLossData = job.ownSplit.apply((own) =>
      lossData(own === false ? args.data.splits : { ...args.data.splits, validationSplit: fromTrain }),
    );
    this.parameters = pulumi
      .all([parameters, job.omittedParameters])
      .apply(([all, omitted]) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => !omitted.includes(name))),
      );
    this.registerOutputs({ jobName: this.jobName });
  }
}

/**
 * The gate as the job's input. The endpoint and the model's name are part of it only if the gate depends on them, so that other
 * jobs keep their inputs.
 */
function gateOf({ config, serving }: FineTuneJobArgs): PipelineGate {
  const { gate } = config;
  return gate.notWorseThanServing || gate.onMiss === "keepServing" ? { ...gate, ...serving } : gate;
}

type PipelineGate = StackConfig["finetune"]["gate"] & Partial<FineTuneJobArgs["serving"]>;

function lineageOf(
  { model, data }: FineTuneJobArgs,
  job: PipelineJob,
  used: <T>(own: pulumi.Output<T>, of: (accepted: Accepted) => T) => pulumi.Output<T>,
): Record<string, pulumi.Output<string>> {
  const tagged = <T>(value: pulumi.Output<T>): pulumi.Output<T | undefined> =>
    job.registration.apply((registration) =>
      hasComparisonTags(registration) ? value : undefined,
    ) as pulumi.Output<T | undefined>;
  const evalLoss = tagged(
    job.metrics.apply((metrics) => (metrics.eval_loss === undefined ? undefined : String(metrics.eval_loss))),
  );
  const validationData = tagged(
    pulumi
      .all([job.metrics, job.ownSplit, data.validationData])
      .apply(([metrics, own, given]) =>
        metrics.eval_loss === undefined ? undefined : own === false ? given : fromTrain,
      ),
  );
  // Pulumi does not send a tag whose value is undefined.
  const optional = (value: pulumi.Output<string | undefined>) => value as pulumi.Output<string>;
  // A preview has no value for what an old state lacks: without `tagged`, it would show a change.
  const recorded = used(tagged(job.recorded), (accepted) => accepted.recorded);
  return {
    ...Object.fromEntries(
      recordedTagNames.map((name) => [name, optional(recorded.apply((tags) => tags?.[name]))]),
    ),
    job: used(job.jobName, ({ jobName }) => jobName),
    baseModel: used(model.modelId, ({ modelId }) => modelId),
    component: used(job.componentId, ({ componentId }) => componentId),
    trainData: used(data.trainData, ({ trainData }) => trainData),
    testData: used(data.testData, ({ testData }) => testData),
    registration: optional(
      used(tagged(job.registration), ({ registration }) => registration).apply((value) => value || undefined),
    ),
    evalLoss: optional(used(evalLoss, (accepted) => accepted.evalLoss)),
    validationData: optional(used(validationData, (accepted) => accepted.validationData)),
  };
}

/** Also in previews, as long as another model than the job's is in use. */
function warnOfMiss(job: PipelineJob): void {
  pulumi.all([job.jobName, job.accepted]).apply(async ([jobName, accepted]) => {
    if (!accepted || accepted.jobName === jobName) return;
    await pulumi.log.warn(
      `${jobName} has missed finetune.gate: the model of ${accepted.jobName} continues to serve (gate.onMiss: keepServing). A gate that the job meets registers and deploys its model without training again.`,
    );
  });
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
      const setting = evalLossSetting(config.gate);
      if (reason && setting)
        throw new pulumi.RunError(
          `finetune.gate.${setting}: the training would measure no eval_loss: ${reason}. Lower finetune.evalSteps, set finetune.evaluationStrategy: epoch, or remove the gate. No job was submitted.`,
        );
      return trainData;
    });
}
