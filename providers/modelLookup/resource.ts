import type * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../shared/dynamicResource";

interface ModelLookupArgs {
  /** Azure ML registry, e.g. `azureml`. */
  registry: pulumi.Input<string>;
  /** Model name in that registry, e.g. `Phi-4-mini-instruct`. */
  name: pulumi.Input<string>;
  /** A version, or `latest` (default): resolved once and pinned for the life of the resource. */
  version?: pulumi.Input<string>;
}

/**
 * A model looked up in a registry. The look-up is read-only and runs in `check`, so a preview knows the outputs. With
 * `latest` the resource keeps the version that it resolved first, and reports newer ones. A model or version that does
 * not exist fails `check` with `AssetNotFound`.
 */
export class ModelLookup extends DynamicResource {
  declare readonly registry: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  /** The configured version. */
  declare readonly version: pulumi.Output<string>;
  /** The pinned version. */
  declare readonly resolvedVersion: pulumi.Output<string>;
  /** `azureml://registries/<registry>/models/<name>/versions/<resolvedVersion>`. */
  declare readonly modelId: pulumi.Output<string>;
  /** Tags at the time of pinning: allow lists, `model_specific_defaults`, … (Python literals in strings). */
  declare readonly tags: pulumi.Output<Record<string, string>>;
  /** The model's properties at the time of pinning, e.g. `finetuning-tasks`, and the day of pinning. */
  declare readonly modelProperties: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ModelLookupArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "modelLookup",
      name,
      { ...args, version: args.version ?? "latest" },
      ["resolvedVersion", "modelId", "tags", "modelProperties"],
      options,
    );
  }
}
