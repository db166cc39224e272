import type { Input } from "@pulumi/pulumi";

/** The Azure ML workspace a dynamic resource works in; three plain names, all required. */
export interface WorkspaceRefArgs {
  subscriptionId: Input<string>;
  resourceGroupName: Input<string>;
  workspaceName: Input<string>;
}
