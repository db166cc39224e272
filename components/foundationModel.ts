import * as pulumi from "@pulumi/pulumi";
import { ModelLookup } from "../providers/modelLookup/resource";

interface FoundationModelArgs {
  /** Azure ML registry, e.g. `azureml`. */
  registry: string;
  /** Name of the model in the registry, e.g. `Phi-4-mini-instruct`. */
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
  /** The model's properties: recommended sizes, and the day of pinning (azureml/pinnedOn.ts). */
  readonly properties: pulumi.Output<Record<string, string>>;
  /** The model's tags: allowed compute sizes, default training parameters. */
  readonly tags: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: FoundationModelArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:FoundationModel", name, {}, options);
    const model = new ModelLookup(name, { ...args }, { parent: this });
    this.modelId = model.modelId;
    this.version = model.resolvedVersion;
    this.tags = model.tags;
    this.properties = model.modelProperties;
    this.registerOutputs({ modelId: this.modelId });
  }
}
