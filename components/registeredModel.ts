import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as pulumi from "@pulumi/pulumi";
import { modelVersion, registeredModelDescription } from "../azureml/names";
import type { StackConfig } from "../config/stackConfig";
import type { DeployableModel } from "./deployableModel";
import type { FineTuneJob } from "./fineTuneJob";
import type { StackArgs } from "./stackArgs";
import type { Workspace } from "./workspace";

interface RegisteredModelArgs extends StackArgs {
  workspace: Workspace;
  /** The job that trained the model. */
  job: FineTuneJob;
  /** Name of the model in the workspace. */
  name: string;
  /** Section `model` of the stack configuration: `retainOnDestroy`. */
  config: StackConfig["model"];
}

/** The trained model as a version in the workspace. Its tags contain its lineage (job, base model, data, component, commit) and its metrics. */
export class RegisteredModel extends pulumi.ComponentResource implements DeployableModel {
  /** Name of the model in the workspace. */
  readonly name: string;
  /** Derived from the job and its registration: a number of up to ten digits. */
  readonly version: pulumi.Output<string>;
  /** ARM id of the version. */
  readonly versionId: pulumi.Output<string>;

  constructor(name: string, args: RegisteredModelArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:RegisteredModel", name, {}, options);
    const { workspace, job, config } = args;
    this.name = args.name;
    this.version = pulumi
      .all([job.jobName, job.registration])
      .apply(([jobName, registration]) => modelVersion(jobName, registration));
    const registered = new machinelearning.ModelVersion(
      name,
      {
        name: this.name,
        version: this.version,
        resourceGroupName: workspace.ref.resourceGroupName,
        workspaceName: workspace.ref.workspaceName,
        properties: {
          description: registeredModelDescription(args.modelName, args.datasetName),
          modelType: "mlflow_model",
          modelUri: job.outputUri,
          tags: { ...args.tags, ...job.lineage },
        },
      },
      {
        parent: this,
        // A new job has a new version, which is created before the old one is deleted.
        deleteBeforeReplace: false,
        retainOnDelete: config.retainOnDestroy,
        dependsOn: [workspace],
      },
    );
    this.versionId = registered.id;
    this.registerOutputs({ name: this.name, version: this.version });
  }
}
