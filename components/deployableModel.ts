import type * as pulumi from "@pulumi/pulumi";

/** A model version that an online deployment can serve: one of the workspace, or one of a registry. */
export interface DeployableModel {
  /** Name of the model. */
  readonly name: string;
  /** Part of the deployment's name. */
  readonly version: pulumi.Output<string>;
  /** ARM id, or `azureml://registries/<registry>/models/<name>/versions/<version>`. */
  readonly versionId: pulumi.Output<string>;
  /** Tags of the deployment beside those of the stack. */
  readonly deploymentTags?: pulumi.Output<Record<string, string>>;
}
