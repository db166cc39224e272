import * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../azureml/clients/workspaces";
import { ModelShare } from "../providers/modelShare/resource";
import type { SharedVersion } from "./sharedVersion";
import type { RegisteredModel } from "./registeredModel";

interface SharedModelArgs {
  workspace: { ref: pulumi.Output<WorkspaceRef> };
  /** The version to share. */
  model: RegisteredModel;
  /** The registry that gets it (`model.shareTo`). */
  registry: string;
}

/** The registered version in a shared registry: what other stacks promote. It outlives the stack. */
export class SharedModel extends pulumi.ComponentResource implements SharedVersion {
  readonly registry: string;
  readonly name: string;
  readonly version: pulumi.Output<string>;
  /** `azureml://registries/<registry>/models/<name>/versions/<version>`. */
  readonly id: pulumi.Output<string>;
  readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: SharedModelArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:SharedModel", name, {}, options);
    const { model, registry, workspace } = args;
    this.registry = registry;
    this.name = model.name;
    this.version = model.version;
    const share = new ModelShare(
      name,
      { workspace: workspace.ref, name: model.name, version: model.version, registry },
      // The version in the workspace must exist.
      { parent: this, dependsOn: [model] },
    );
    this.id = share.modelId;
    this.sha256 = share.sha256;
    this.registerOutputs({ id: this.id, sha256: this.sha256 });
  }
}
