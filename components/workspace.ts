import * as authorization from "@pulumi/azure-native/authorization";
import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as resources from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../azureml/clients/workspaces";
import { callerRoleAssignment, workspaceNames } from "../azureml/names";
import type { WorkspaceConfig } from "../config/stackConfig";
import { PurgeOnDestroy } from "../providers/purgeOnDestroy/resource";
import type { StackArgs } from "./stackArgs";
import { WorkspaceParts } from "./workspaceParts";

/** Built-in role Storage Blob Data Contributor. Built-in roles have the same GUID in every Azure cloud. */
const blobDataContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

interface WorkspaceArgs extends StackArgs {
  /** Section `workspace` of the stack configuration. `mode` decides between a new and an existing workspace. */
  config: WorkspaceConfig;
  /** Names and region of the workspace. Known in preview, but only if the base model's rules accept the configuration. */
  plan: pulumi.Output<{
    workspace: WorkspaceRef;
    location: string;
    principalType?: string;
    reuse: { purgeWorkspace: boolean; recoverVault: boolean };
  }>;
}

/**
 * The Azure ML workspace: a new one with everything it requires, or an existing one that stays unchanged. Resources in the
 * workspace depend on this component (`dependsOn`) and name the workspace by `ref`.
 */
export class Workspace extends pulumi.ComponentResource {
  /** Subscription, resource group and name; known in preview. */
  readonly ref: pulumi.Output<WorkspaceRef>;
  /** Azure region. */
  readonly location: pulumi.Output<string>;
  /** True if others may use the workspace too. Names in it then contain the stack's hash. */
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
    // The resources to purge depend on this one, so a destroy deletes them first. Purge protection forbids purging.
    const purge =
      config.purgeOnDestroy && !config.purgeProtection
        ? [
            new PurgeOnDestroy(
              `${name}-purge`,
              {
                workspace: ref,
                location,
                vaultName: names.keyVault,
                purgeFirst: args.plan.reuse.purgeWorkspace,
              },
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
        vaultDependsOn: purge,
        recoverVault: args.plan.reuse.recoverVault,
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
    // For the caller only: the service assigns this role to the workspace's own identity, and refuses a second
    // assignment (RoleAssignmentExists).
    new authorization.RoleAssignment(
      `${name}-caller-data-access`,
      {
        roleAssignmentName: callerRoleAssignment(identity),
        scope: parts.storageAccountId,
        roleDefinitionId: `/subscriptions/${identity.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${blobDataContributor}`,
        principalId: caller.objectId,
        // With a type the service does not look the principal up: a new service principal may not be replicated yet.
        principalType: args.plan.principalType,
      },
      // The first caller keeps the role. An `up` of another identity must not remove it; preflight reports it.
      { parent: this, ignoreChanges: ["principalId", "principalType"] },
    );
  }
}
