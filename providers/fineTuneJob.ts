import * as pulumi from "@pulumi/pulumi";
import { providerText, wireType } from "./providerText";
import type { WorkspaceRefArgs } from "./workspaceRef";

export interface PipelineComponentArgs {
  /** Registry of the component, e.g. `azureml`. */
  registry: pulumi.Input<string>;
  /** E.g. `chat_completion_pipeline`. */
  name: pulumi.Input<string>;
  /** A version or `latest`, resolved once and pinned until the job is replaced. */
  version: pulumi.Input<string>;
}

export interface FineTuneJobArgs {
  workspace: pulumi.Input<WorkspaceRefArgs>;
  /** Start of the job's name (letters, digits, `-`, `_`; at most 200 characters), from project and stack. */
  namePrefix: pulumi.Input<string>;
  experimentName: pulumi.Input<string>;
  displayName: pulumi.Input<string>;
  component: pulumi.Input<PipelineComponentArgs>;
  /** The base model: `azureml://registries/…/models/…/versions/…`. */
  modelId: pulumi.Input<string>;
  /** Data asset id or `azureml://` URI of the training conversations (JSONL). */
  trainData: pulumi.Input<string>;
  /** The same for the held-out conversations. */
  testData: pulumi.Input<string>;
  /** Name of the GPU cluster. */
  compute: pulumi.Input<string>;
  gpusPerNode: pulumi.Input<number>;
  /** Pipeline inputs by the component's own snake_case names, all as strings. */
  parameters: pulumi.Input<Record<string, pulumi.Input<string>>>;
  description?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** A job not done after this many minutes is canceled and failed; default 1440 (one day). */
  deadlineMinutes?: pulumi.Input<number>;
  /** What deleting does after canceling a running job: `archive` (default), `delete` or `keep`. */
  onDestroy?: pulumi.Input<"archive" | "delete" | "keep">;
  /** Limits a finished job has to meet before anything depends on it. */
  gate?: pulumi.Input<{ maxEvalLoss?: pulumi.Input<number> }>;
}

/**
 * A fine-tuning pipeline job: submitted once for what it trains on, followed to its end. Its name carries a hash of its
 * inputs, so a finished job is adopted, a running one re-attached, and a failed one followed by the next attempt.
 */
export class FineTuneJob extends pulumi.CustomResource {
  /** Name of the attempt that counts: `<namePrefix>-<hash>` or `…-2`, `…-3`. */
  declare readonly jobName: pulumi.Output<string>;
  declare readonly attempt: pulumi.Output<number>;
  /** `Completed` once the resource is there; the failed state of a resource that failed. */
  declare readonly status: pulumi.Output<string>;
  declare readonly studioUrl: pulumi.Output<string>;
  /** `azureml://registries/…/components/…/versions/…`, the version pinned; known in preview. */
  declare readonly componentId: pulumi.Output<string>;
  /** Names of parameters the component version does not declare, therefore not sent; known in preview. */
  declare readonly omittedParameters: pulumi.Output<string[]>;
  /** `azureml://jobs/<jobName>/outputs/trained_model`. */
  declare readonly outputUri: pulumi.Output<string>;
  /** Last value of every metric, by name: the root run's, completed by the fine-tune child's. */
  declare readonly metrics: pulumi.Output<Record<string, number>>;
  /** Differs for every create of this resource, so that a job adopted again gives a new model version; empty in old states. */
  declare readonly registration: pulumi.Output<string | undefined>;
  /** ISO 8601, UTC. */
  declare readonly startedAt: pulumi.Output<string>;
  declare readonly endedAt: pulumi.Output<string>;
  /** Hash of what the job trains on; known in preview when the inputs are. */
  declare readonly specHash: pulumi.Output<string>;

  constructor(name: string, args: FineTuneJobArgs, options?: pulumi.CustomResourceOptions) {
    super(
      wireType("FineTuneJob"),
      name,
      {
        workspace: args.workspace,
        namePrefix: args.namePrefix,
        experimentName: args.experimentName,
        displayName: args.displayName,
        component: args.component,
        modelId: args.modelId,
        trainData: args.trainData,
        testData: args.testData,
        compute: args.compute,
        gpusPerNode: args.gpusPerNode,
        parameters: args.parameters,
        description: args.description,
        tags: args.tags,
        deadlineMinutes: args.deadlineMinutes ?? 1440,
        onDestroy: args.onDestroy ?? "archive",
        gate: args.gate,
        registration: undefined,
        jobName: undefined,
        attempt: undefined,
        status: undefined,
        studioUrl: undefined,
        componentId: undefined,
        omittedParameters: undefined,
        outputUri: undefined,
        metrics: undefined,
        startedAt: undefined,
        endedAt: undefined,
        specHash: undefined,
        __provider: providerText("fineTuneJob"),
      },
      options,
    );
  }
}
