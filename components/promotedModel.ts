import * as pulumi from "@pulumi/pulumi";
import type { DeployableModel } from "./deployableModel";
import type { SharedVersion } from "./sharedVersion";

interface PromotedModelArgs {
  /** The version that preflight has verified, and the tags that say who promoted it. */
  plan: pulumi.Output<{
    model: { registry: string; name: string; version: string; id: string; sha256: string };
    deploymentTags: Record<string, string>;
  }>;
  /** Name of the model in the registry. */
  name: string;
  /** The registry that contains it. */
  registry: string;
}

/**
 * A model version of a shared registry, verified in preflight. It creates nothing: the deployment names the registry's version
 * directly, so it serves exactly the bytes that were tested.
 */
export class PromotedModel extends pulumi.ComponentResource implements DeployableModel, SharedVersion {
  readonly registry: string;
  readonly name: string;
  readonly version: pulumi.Output<string>;
  /** `azureml://registries/<registry>/models/<name>/versions/<version>`. */
  readonly id: pulumi.Output<string>;
  readonly versionId: pulumi.Output<string>;
  /** 64 hexadecimal digits. */
  readonly sha256: pulumi.Output<string>;
  readonly deploymentTags: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: PromotedModelArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:PromotedModel", name, {}, options);
    const { plan } = args;
    this.registry = args.registry;
    this.name = args.name;
    this.version = plan.model.version;
    this.id = plan.model.id;
    this.versionId = this.id;
    this.sha256 = plan.model.sha256;
    this.deploymentTags = plan.deploymentTags;
    this.registerOutputs({ id: this.id });
  }
}
