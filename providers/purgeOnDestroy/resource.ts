import type * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { DynamicResource } from "../shared/dynamicResource";

interface PurgeOnDestroyArgs {
  /** The workspace to purge after it was deleted. */
  workspace: pulumi.Input<WorkspaceRef>;
  /** Region of the workspace and the key vault. */
  location: pulumi.Input<string>;
  /** The key vault to purge after it was deleted. Absent if it is not the stack's. */
  vaultName?: pulumi.Input<string>;
  /** Purge what is soft-deleted of the workspace's name before the workspace is created. */
  purgeFirst: pulumi.Input<boolean>;
}

/**
 * Purges a soft-deleted workspace and key vault. Azure keeps a deleted workspace (14 days) and key vault (7 to 90 days)
 * and meanwhile refuses their names, so the next `up` of the same stack would fail. Deleting this resource purges. The
 * workspace and the vault must depend on it, so that they are deleted first, and created after it: creating it purges a
 * workspace that an earlier run deleted otherwise, as a part of its resource group for example. A refresh drops it from
 * the state if the workspace is gone, so that the next update creates it again.
 */
export class PurgeOnDestroy extends DynamicResource {
  constructor(name: string, args: PurgeOnDestroyArgs, options?: pulumi.CustomResourceOptions) {
    super("purgeOnDestroy", name, { ...args }, [], options);
  }
}
