import * as pulumi from "@pulumi/pulumi";
import { ModelLookup } from "../providers/modelLookup/resource";

export interface FoundationModelArgs {
  /** Azure ML registry, e.g. azureml. */
  registry: string;
  name: string;
  /** A version, or latest: resolved once and pinned. */
  version: string;
}

/** The base model of the registry, its version pinned. */
export class FoundationModel extends pulumi.ComponentResource {
  /** `azureml://registries/<registry>/models/<name>/versions/<version>`. */
  readonly modelId: pulumi.Output<string>;
  readonly version: pulumi.Output<string>;
  /** The model's tags: allow lists of sizes, default parameters. */
  readonly tags: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: FoundationModelArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:FoundationModel", name, {}, options);
    const model = new ModelLookup(name, { ...args }, { parent: this });
    this.modelId = model.modelId;
    this.version = model.resolvedVersion;
    this.tags = model.tags;
    this.registerOutputs({ modelId: this.modelId });
  }
}
