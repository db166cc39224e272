import type { Input } from "@pulumi/pulumi";

/** The Azure ML workspace that a dynamic resource works in. All three names are required. */
export interface WorkspaceRefArgs {
  subscriptionId: Input<string>;
  resourceGroupName: Input<string>;
  workspaceName: Input<string>;
}
