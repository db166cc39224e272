import * as pulumi from "@pulumi/pulumi";
import { providerText, wireType } from "./providerText";
import type { WorkspaceRefArgs } from "./workspaceRef";

export interface PurgeOnDestroyArgs {
  /** The workspace whose soft-deleted remains are purged. */
  workspace: pulumi.Input<WorkspaceRefArgs>;
  /** Region of the workspace and the vault. */
  location: pulumi.Input<string>;
  /** The key vault whose soft-deleted remains are purged. */
  vaultName: pulumi.Input<string>;
}

/**
 * Makes `destroy` final: Azure keeps a deleted workspace (14 days) and key vault (7 to 90 days) and refuses their names
 * meanwhile, so the next `up` of the same stack would fail. Nothing happens on create; on delete the remains are purged.
 * Whatever is to be purged must depend on this resource, so that it is deleted before.
 */
export class PurgeOnDestroy extends pulumi.CustomResource {
  constructor(name: string, args: PurgeOnDestroyArgs, options?: pulumi.CustomResourceOptions) {
    super(
      wireType("PurgeOnDestroy"),
      name,
      {
        workspace: args.workspace,
        location: args.location,
        vaultName: args.vaultName,
        __provider: providerText("purgeOnDestroy"),
      },
      options,
    );
  }
}
