import type * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import type { TrainingSize } from "../../azureml/costs";
import { DynamicResource } from "../shared/dynamicResource";

/** The model that the stack registers and deploys, with its lineage. */
export interface Accepted {
  jobName: string;
  /** As `PipelineJob.registration`. */
  registration: string;
  studioUrl: string;
  outputUri: string;
  metrics: Record<string, number>;
  modelId: string;
  componentId: string;
  trainData: string;
  testData: string;
  /** As the tags of the model version. */
  evalLoss?: string;
  validationData?: string;
  /** As `PipelineJob.recorded`. */
  recorded?: Record<string, string>;
}

interface GateArgs {
  /** Highest eval_loss. */
  maxEvalLoss?: pulumi.Input<number>;
  /** eval_loss at most that of the model that serves, if both were measured on the same data. */
  notWorseThanServing?: pulumi.Input<boolean>;
  /** Lowest value of a metric that only component versions with an evaluation step log; 0 to 1. */
  minRouge1?: pulumi.Input<number>;
  minRouge2?: pulumi.Input<number>;
  minRougeL?: pulumi.Input<number>;
  minRougeLsum?: pulumi.Input<number>;
  /** `fail` (default), or `keepServing`: the model that serves stays in use. Fails if none serves. */
  onMiss?: pulumi.Input<"fail" | "keepServing">;
  /** The endpoint whose model serves. Required by `notWorseThanServing` and `keepServing`. */
  endpointName?: pulumi.Input<string>;
  /** The name under which the stack registers models. Required by `keepServing`. */
  modelName?: pulumi.Input<string>;
}

interface PipelineComponentArgs {
  /** Registry of the component, e.g. `azureml`. */
  registry: pulumi.Input<string>;
  /** Name of the component, e.g. `chat_completion_pipeline`. */
  name: pulumi.Input<string>;
  /** A version, or `latest`: resolved once and pinned until the job is replaced. */
  version: pulumi.Input<string>;
}

interface PipelineJobArgs {
  workspace: pulumi.Input<WorkspaceRef>;
  /** Start of the job's name, unique for project and stack: 1 to 200 letters, digits, `-` and `_`. */
  namePrefix: pulumi.Input<string>;
  /** Azure ML experiment that lists the job; at most 255 characters. */
  experimentName: pulumi.Input<string>;
  /** Name of the job in Azure ML studio. */
  displayName: pulumi.Input<string>;
  component: pulumi.Input<PipelineComponentArgs>;
  /** The base model: `azureml://registries/…/models/…/versions/…`. */
  modelId: pulumi.Input<string>;
  /** Data asset id or `azureml://` URI of the training conversations (JSONL). */
  trainData: pulumi.Input<string>;
  /** Data asset id or `azureml://` URI of the test conversations (JSONL). Only some component versions read them. */
  testData: pulumi.Input<string>;
  /**
   * Data asset id or `azureml://` URI of the conversations that `eval_loss` is measured on (JSONL), or `fromTrain`: the
   * component trains on the first 80 % of the training data and measures on the last 20 %.
   */
  validationData: pulumi.Input<string>;
  /** Name of the GPU cluster in the workspace. */
  compute: pulumi.Input<string>;
  /** GPUs that the training uses on each node; at least 1. */
  gpusPerNode: pulumi.Input<number>;
  /**
   * Pipeline inputs by the component's snake_case names, all values as strings. The job omits names that the component
   * version does not declare. A value that the component would refuse fails `check`.
   */
  parameters: pulumi.Input<Record<string, pulumi.Input<string>>>;
  description?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Minutes after which an unfinished job is canceled and the resource fails with `JobDeadline`; default 1440. */
  deadlineMinutes?: pulumi.Input<number>;
  /** How often Azure ML may queue the job again after it took a node away, before the job is canceled; default 3. */
  maxPreemptions?: pulumi.Input<number>;
  /** What deleting the resource does with its jobs after canceling a running one: `archive` (default), `delete` or `keep`. */
  onDestroy?: pulumi.Input<"archive" | "delete" | "keep">;
  /**
   * Nodes of a training, their price and `budget.maxGpuHours`: a preview shows what a training costs at most, and refuses one
   * that could use more GPU-hours. A change has no effect on a job.
   */
  training?: pulumi.Input<TrainingSize & { maxGpuHours?: number }>;
  /** The settings that select the rows, by name, such as `dataset.splitPercent`. A preview names the changed ones. */
  settings?: pulumi.Input<Record<string, string>>;
  /** Limits that a finished job must meet before the stack uses its model. A miss fails with `LossGate`. */
  gate?: pulumi.Input<GateArgs>;
}

/**
 * A fine-tuning pipeline job: submitted once for its training inputs and followed to completion. The job's name contains
 * a hash of those inputs. The resource adopts a finished job of that name, attaches to a running one, and submits the
 * next attempt after a failed one.
 */
export class PipelineJob extends DynamicResource {
  /** Name of the current attempt: `<namePrefix>-<hash>`, or `…-2`, `…-3`. */
  declare readonly jobName: pulumi.Output<string>;
  declare readonly attempt: pulumi.Output<number>;
  /** `Completed` for a resource that succeeded, otherwise the state the job failed in. */
  declare readonly status: pulumi.Output<string>;
  declare readonly studioUrl: pulumi.Output<string>;
  /** `azureml://registries/…/components/…/versions/…` with the pinned version; known in preview. */
  declare readonly componentId: pulumi.Output<string>;
  /** Parameters not sent because the component version does not declare them; known in preview. */
  declare readonly omittedParameters: pulumi.Output<string[]>;
  /** True when the component splits the training data itself; known in preview. Empty in old states, for which it is true. */
  declare readonly ownSplit: pulumi.Output<boolean | undefined>;
  /** `azureml://jobs/<jobName>/outputs/trained_model`. */
  declare readonly outputUri: pulumi.Output<string>;
  /** Last value of every metric by name, from the root run and the training and evaluation steps. */
  declare readonly metrics: pulumi.Output<Record<string, number>>;
  /**
   * Ten hex digits (eight in states of version 0.1.0) that distinguish the models registered from one job. A resource that adopts a job which is still in use
   * continues its registration (known in preview); else it is new for every create. Empty in old states.
   */
  declare readonly registration: pulumi.Output<string | undefined>;
  /** Tags of the model version: metrics of the evaluation step, commit, run, person. Empty in old states. */
  declare readonly recorded: pulumi.Output<Record<string, string> | undefined>;
  /** The model that the stack uses. Only with `gate.onMiss: keepServing`. */
  declare readonly accepted: pulumi.Output<Accepted | undefined>;
  /** ISO 8601, UTC. */
  declare readonly startedAt: pulumi.Output<string>;
  /** ISO 8601, UTC. */
  declare readonly endedAt: pulumi.Output<string>;
  /** Hash of the training inputs; known in preview when they are. */
  declare readonly specHash: pulumi.Output<string>;

  constructor(name: string, args: PipelineJobArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "pipelineJob",
      name,
      {
        ...args,
        deadlineMinutes: args.deadlineMinutes ?? 1440,
        onDestroy: args.onDestroy ?? "archive",
      },
      [
        "registration",
        "jobName",
        "attempt",
        "status",
        "studioUrl",
        "componentId",
        "omittedParameters",
        "ownSplit",
        "outputUri",
        "metrics",
        "recorded",
        "accepted",
        "startedAt",
        "endedAt",
        "specHash",
      ],
      options,
    );
  }
}
