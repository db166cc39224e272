import type * as pulumi from "@pulumi/pulumi";

/** A model version in a shared registry. */
export interface SharedVersion {
  registry: string;
  /** Name and version of the model in the registry. */
  name: string;
  version: pulumi.Output<string>;
  /** `azureml://registries/<registry>/models/<name>/versions/<version>`. */
  id: pulumi.Output<string>;
  /** Hash of the model's files. */
  sha256: pulumi.Output<string>;
}
