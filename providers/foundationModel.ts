import * as pulumi from "@pulumi/pulumi";
import { providerText, wireType } from "./providerText";

export interface FoundationModelArgs {
  /** Azure ML registry, e.g. `azureml`. */
  registry: pulumi.Input<string>;
  /** Model name in that registry, e.g. `Phi-3-mini-4k-instruct`. */
  name: pulumi.Input<string>;
  /** A version, or `latest` (default): resolved once and pinned for the life of the resource. */
  version?: pulumi.Input<string>;
}

/**
 * A model looked up in a registry. The look-up is read-only and happens in `check`, so its outputs are known in
 * preview; `latest` keeps the version it was first resolved to, a newer one is reported.
 */
export class FoundationModel extends pulumi.CustomResource {
  declare readonly registry: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  /** The version asked for. */
  declare readonly version: pulumi.Output<string>;
  /** The version pinned. */
  declare readonly resolvedVersion: pulumi.Output<string>;
  /** `azureml://registries/<registry>/models/<name>/versions/<resolvedVersion>`. */
  declare readonly modelId: pulumi.Output<string>;
  /** Tags at the time of pinning: allow lists, `model_specific_defaults`, … (Python literals in strings). */
  declare readonly tags: pulumi.Output<Record<string, string>>;
  /** The model's own properties, e.g. `finetuning-tasks`. */
  declare readonly modelProperties: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: FoundationModelArgs, options?: pulumi.CustomResourceOptions) {
    super(
      wireType("FoundationModel"),
      name,
      {
        registry: args.registry,
        name: args.name,
        version: args.version ?? "latest",
        resolvedVersion: undefined,
        modelId: undefined,
        tags: undefined,
        modelProperties: undefined,
        __provider: providerText("foundationModel"),
      },
      options,
    );
  }
}
