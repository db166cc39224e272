import * as authorization from "@pulumi/azure-native/authorization";
import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as resources from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../azureml/clients/workspaces";
import { roleAssignmentName, type StackIdentity, workspaceNames } from "../azureml/names";
import type { WorkspaceConfig } from "../config/stackConfig";
import { PurgeOnDestroy } from "../providers/purgeOnDestroy/resource";
import { WorkspaceParts } from "./workspaceParts";

/** Built-in role Storage Blob Data Contributor, the same GUID in every cloud. */
const blobDataContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

export interface WorkspaceArgs {
  config: WorkspaceConfig;
  identity: StackIdentity;
  /** Its three names and its region; known in preview, and there only once the base model's rules are met. */
  plan: pulumi.Output<{ workspace: WorkspaceRef; location: string }>;
  tags: Record<string, string>;
}

/**
 * The Azure ML workspace everything happens in: created with all it needs, or an existing one used as it is. What
 * works in it depends on this component (`dependsOn`), and names it by `ref`, which is known in preview.
 */
export class Workspace extends pulumi.ComponentResource {
  readonly ref: pulumi.Output<WorkspaceRef>;
  readonly location: pulumi.Output<string>;
  /** True if others may work in it too: names in it then carry the stack's hash. */
  readonly shared: boolean;

  constructor(name: string, args: WorkspaceArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:Workspace", name, {}, options);
    this.ref = args.plan.workspace;
    this.location = args.plan.location;
    this.shared = args.config.mode === "adopt";
    if (args.config.mode === "create") this.create(name, args.config, args);
    this.registerOutputs({ workspaceName: this.ref.workspaceName });
  }

  private create(
    name: string,
    config: Extract<WorkspaceConfig, { mode: "create" }>,
    args: WorkspaceArgs,
  ): void {
    const { ref, location } = this;
    const { identity, tags } = args;
    const names = workspaceNames(identity);
    const caller = authorization.getClientConfigOutput({ parent: this });
    const own = { parent: this, protect: config.protect };
    const group = new resources.ResourceGroup(
      `${name}-group`,
      { resourceGroupName: ref.resourceGroupName, location, tags },
      own,
    );
    // Before what it purges, so that destroy comes to it after. What purge protection keeps cannot be purged.
    const purge =
      config.purgeOnDestroy && !config.purgeProtection
        ? [
            new PurgeOnDestroy(
              `${name}-purge`,
              { workspace: ref, location, vaultName: names.keyVault },
              { parent: this, dependsOn: group },
            ),
          ]
        : [];
    const parts = new WorkspaceParts(
      `${name}-parts`,
      {
        config,
        names,
        resourceGroupName: group.name,
        tenantId: caller.tenantId,
        location,
        tags,
        after: purge,
      },
      own,
    );
    new machinelearning.Workspace(
      name,
      {
        workspaceName: ref.workspaceName,
        resourceGroupName: group.name,
        location,
        friendlyName: ref.workspaceName,
        identity: { type: "SystemAssigned" },
        storageAccount: parts.storageAccountId,
        keyVault: parts.keyVaultId,
        applicationInsights: parts.applicationInsightsId,
        publicNetworkAccess: config.publicNetworkAccess ? "Enabled" : "Disabled",
        tags,
      },
      { ...own, dependsOn: purge },
    );
    if (!config.grantDataAccess) return;
    // The workspace's own identity gets this role from the service; a second assignment of it is refused
    // (RoleAssignmentExists).
    new authorization.RoleAssignment(
      `${name}-caller-data-access`,
      {
        roleAssignmentName: roleAssignmentName(identity, "caller-blob-data"),
        scope: parts.storageAccountId,
        roleDefinitionId: `/subscriptions/${identity.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${blobDataContributor}`,
        principalId: caller.objectId,
      },
      // Whoever deployed first keeps the role; another person's `up` must not take it away.
      { parent: this, ignoreChanges: ["principalId"] },
    );
  }
}
