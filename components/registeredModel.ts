import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as pulumi from "@pulumi/pulumi";
import { modelVersion, registeredModelDescription, registeredModelName } from "../azureml/names";
import type { StackConfig } from "../config/stackConfig";
import type { ChatDataset } from "./chatDataset";
import type { FineTuneJob } from "./fineTuneJob";
import type { FoundationModel } from "./foundationModel";
import type { Workspace } from "./workspace";

export interface RegisteredModelArgs {
  workspace: Workspace;
  job: FineTuneJob;
  model: FoundationModel;
  data: ChatDataset;
  config: StackConfig["model"];
  /** Names of base model and data set, as configured. */
  modelName: string;
  datasetName: string;
  tags: Record<string, string>;
}

/** The trained model as a version in the workspace, with its lineage (job, base model, data, component) in its tags. */
export class RegisteredModel extends pulumi.ComponentResource {
  readonly name: string;
  readonly version: pulumi.Output<string>;
  /** ARM id of the version. */
  readonly versionId: pulumi.Output<string>;

  constructor(name: string, args: RegisteredModelArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:RegisteredModel", name, {}, options);
    const { workspace, job, config } = args;
    this.name = config.name ?? registeredModelName(args.modelName, args.datasetName);
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
          tags: {
            ...args.tags,
            job: job.jobName,
            baseModel: args.model.modelId,
            component: job.componentId,
            trainData: args.data.trainData,
            testData: args.data.testData,
          },
        },
      },
      {
        parent: this,
        // A version never changes: another job is another version, made before the old one goes.
        deleteBeforeReplace: false,
        retainOnDelete: config.retainOnDestroy,
        dependsOn: [workspace],
      },
    );
    this.versionId = registered.id;
    this.registerOutputs({ name: this.name, version: this.version });
  }
}
