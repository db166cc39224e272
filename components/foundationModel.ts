import * as pulumi from "@pulumi/pulumi";
import { pinnedOnProperty } from "../azureml/pinnedOn";
import { ModelLookup } from "../providers/modelLookup/resource";

interface FoundationModelArgs {
  /** Azure ML registry, e.g. `azureml`. */
  registry: string;
  /** Name of the model in the registry, e.g. `Phi-3-mini-4k-instruct`. */
  name: string;
  /** A version, or `latest`: resolved once and pinned. */
  version: string;
}

/** The base model from the registry with a pinned version. Fails in preview when the registry does not contain it. */
export class FoundationModel extends pulumi.ComponentResource {
  /** `azureml://registries/<registry>/models/<name>/versions/<version>`. */
  readonly modelId: pulumi.Output<string>;
  /** The pinned version. */
  readonly version: pulumi.Output<string>;
  /** Day on which the version was pinned (YYYY-MM-DD). Undefined in a stack that version 0.1.0 created. */
  readonly pinnedOn: pulumi.Output<string | undefined>;
  /** The model's tags: allowed compute sizes, default training parameters. */
  readonly tags: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: FoundationModelArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:FoundationModel", name, {}, options);
    const model = new ModelLookup(name, { ...args }, { parent: this });
    this.modelId = model.modelId;
    this.version = model.resolvedVersion;
    this.tags = model.tags;
    this.pinnedOn = model.modelProperties.apply((properties) => properties[pinnedOnProperty]);
    this.registerOutputs({ modelId: this.modelId });
  }
}
