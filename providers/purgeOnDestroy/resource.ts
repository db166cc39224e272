import type * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { DynamicResource } from "../shared/dynamicResource";

interface PurgeOnDestroyArgs {
  /** The workspace to purge after it was deleted. */
  workspace: pulumi.Input<WorkspaceRef>;
  /** Region of the workspace and the key vault. */
  location: pulumi.Input<string>;
  /** The key vault to purge after it was deleted. */
  vaultName: pulumi.Input<string>;
}

/**
 * Purges a soft-deleted workspace and key vault. Azure keeps a deleted workspace (14 days) and key vault (7 to 90 days)
 * and meanwhile refuses their names, so the next `up` of the same stack would fail. Creating this resource does nothing;
 * deleting it purges. The workspace and the vault must depend on it, so that they are deleted first.
 */
export class PurgeOnDestroy extends DynamicResource {
  constructor(name: string, args: PurgeOnDestroyArgs, options?: pulumi.CustomResourceOptions) {
    super("purgeOnDestroy", name, { ...args }, [], options);
  }
}
