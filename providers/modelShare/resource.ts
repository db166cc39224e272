import type * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { DynamicResource } from "../shared/dynamicResource";

interface ModelShareArgs {
  /** The workspace that has the model version. */
  workspace: pulumi.Input<WorkspaceRef>;
  /** Name of the model, in the workspace and in the registry. */
  name: pulumi.Input<string>;
  /** Version of the model, in the workspace and in the registry. */
  version: pulumi.Input<string>;
  /** The registry that gets the copy. */
  registry: pulumi.Input<string>;
}

/**
 * A model version of a workspace, copied into a registry under the same name and version: the operation of
 * `az ml model share`. The registry's version has the tags of the workspace's and those of its content (azureml/contentHash.ts).
 * A version that the registry has already is taken over if its content is the same, and refused with `SharedModelDiffers`
 * if not. Deleting the resource keeps the registry's version: other stacks may serve it. `az ml model archive` hides it.
 */
export class ModelShare extends DynamicResource {
  /** `azureml://registries/<registry>/models/<name>/versions/<version>`. */
  declare readonly modelId: pulumi.Output<string>;
  /** Content hash: 64 hexadecimal digits. */
  declare readonly sha256: pulumi.Output<string>;
  /** Number of files of the model. */
  declare readonly files: pulumi.Output<number>;
  /** Bytes of all files. */
  declare readonly bytes: pulumi.Output<number>;

  constructor(name: string, args: ModelShareArgs, options?: pulumi.CustomResourceOptions) {
    super("modelShare", name, { ...args }, ["modelId", "sha256", "files", "bytes"], options);
  }
}
