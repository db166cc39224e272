import * as authorization from "@pulumi/azure-native/authorization";
import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as resources from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../azureml/clients/workspaces";
import { roleDefinitionId } from "../azureml/builtInRoles";
import { callerRoleAssignment, workspaceNames } from "../azureml/names";
import type { WorkspaceConfig } from "../config/stackConfig";
import { PurgeOnDestroy } from "../providers/purgeOnDestroy/resource";
import {
  type DataScopes,
  type Grant,
  grantRoles,
  type ManagedIdentity,
  managedIdentity,
  userAssigned,
} from "./managedIdentity";
import type { StackArgs } from "./stackArgs";
import { createPrivateEndpoints, encryption, managedNetwork } from "./workspaceNetwork";
import { WorkspaceParts } from "./workspaceParts";

interface WorkspaceArgs extends StackArgs {
  /** Section `workspace` of the stack configuration. `mode` decides between a new and an existing workspace. */
  config: WorkspaceConfig;
  /** Names and region of the workspace. Known in preview, but only if the base model's rules accept the configuration. */
  plan: pulumi.Output<{
    workspace: WorkspaceRef;
    location: string;
    principalType?: string;
    reuse: { purgeWorkspace: boolean; recoverVault: boolean };
    identities: { workspace?: { id: string; principalId: string } };
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
  /** Undefined if the stack assigns no roles: in an adopted workspace, and with `grantDataAccess: false`. */
  readonly dataScopes?: DataScopes;

  constructor(name: string, args: WorkspaceArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:Workspace", name, {}, options);
    this.ref = args.plan.workspace;
    this.location = args.plan.location;
    this.shared = args.config.mode === "adopt";
    if (args.config.mode === "create") {
      const { config } = args;
      const parts = this.create(name, config, args);
      if (config.grantDataAccess)
        this.dataScopes = {
          storageAccountId: parts.storageAccountId,
          ...(config.existing.containerRegistry
            ? { containerRegistryId: config.existing.containerRegistry }
            : {}),
        };
    }
    this.registerOutputs({ workspaceName: this.ref.workspaceName });
  }

  private create(
    name: string,
    config: Extract<WorkspaceConfig, { mode: "create" }>,
    args: WorkspaceArgs,
  ): WorkspaceParts {
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
                ...(config.existing.keyVault ? {} : { vaultName: names.keyVault }),
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
    const user = managedIdentity(
      `${name}-identity`,
      {
        owner: "workspace",
        identity,
        setting: config.identity,
        found: args.plan.identities.workspace,
        resourceGroupName: group.name,
        location,
        tags,
      },
      { parent: this },
    );
    const roles = user ? this.grantParts(name, config, args, parts, user) : [];
    const workspace = new machinelearning.Workspace(
      name,
      {
        workspaceName: ref.workspaceName,
        resourceGroupName: group.name,
        location,
        friendlyName: ref.workspaceName,
        identity: user ? userAssigned(user) : { type: "SystemAssigned" },
        ...(user ? { primaryUserAssignedIdentity: user.id } : {}),
        storageAccount: parts.storageAccountId,
        keyVault: parts.keyVaultId,
        applicationInsights: parts.applicationInsightsId,
        ...(config.existing.containerRegistry
          ? { containerRegistry: config.existing.containerRegistry }
          : {}),
        publicNetworkAccess: config.publicNetworkAccess ? "Enabled" : "Disabled",
        // Without a value Azure uses account keys. States of earlier versions have none.
        ...(config.datastoreAccess === "identity" ? { systemDatastoresAuthMode: "identity" } : {}),
        ...managedNetwork(config, parts),
        ...encryption(config),
        tags,
      },
      { ...own, dependsOn: [...purge, ...roles] },
    );
    if (user && config.grantDataAccess)
      grantRoles(
        `${name}-identity`,
        {
          ...{ identity, owner: "workspace", principal: user },
          grants: [{ role: "contributor", on: "workspace", scope: workspace.id }],
        },
        { parent: this },
      );
    createPrivateEndpoints(
      name,
      {
        ...{ config, location, tags },
        resourceGroupName: group.name,
        workspaceName: ref.workspaceName,
        workspaceId: workspace.id,
        storageAccountId: parts.storageAccountId,
        keyVaultId: parts.keyVaultId,
      },
      { parent: this },
    );
    if (config.grantDataAccess) this.grantCaller(name, args, parts, caller);
    return parts;
  }

  /**
   * The roles that a user-assigned identity needs before the workspace exists. Source: Microsoft Learn,
   * how-to-identity-based-service-authentication (table of the workspace), how-to-managed-network (network approver).
   */
  private grantParts(
    name: string,
    config: Extract<WorkspaceConfig, { mode: "create" }>,
    { identity }: WorkspaceArgs,
    parts: WorkspaceParts,
    principal: ManagedIdentity,
  ): pulumi.Resource[] {
    if (!config.grantDataAccess) return [];
    const { containerRegistry } = config.existing;
    const { subscriptionId, resourceGroupName } = this.ref;
    const grants: Grant[] = [
      { role: "contributor", on: "storage", scope: parts.storageAccountId },
      { role: "contributor", on: "vault", scope: parts.keyVaultId },
      { role: "keyVaultAdministrator", on: "vault", scope: parts.keyVaultId },
      { role: "contributor", on: "insights", scope: parts.applicationInsightsId },
    ];
    if (config.datastoreAccess === "identity")
      grants.push({ role: "blobDataContributor", on: "storage", scope: parts.storageAccountId });
    if (containerRegistry) grants.push({ role: "contributor", on: "registry", scope: containerRegistry });
    if (config.managedNetwork.isolationMode !== "Disabled")
      grants.push({
        role: "networkConnectionApprover",
        on: "group",
        scope: pulumi.interpolate`/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`,
      });
    return grantRoles(
      `${name}-identity`,
      { identity, owner: "workspace", principal, grants },
      { parent: this },
    );
  }

  private grantCaller(
    name: string,
    { identity, plan }: WorkspaceArgs,
    parts: WorkspaceParts,
    caller: pulumi.Output<{ objectId: string }>,
  ): void {
    // For the caller only: the service assigns this role to the workspace's own identity, and refuses a second
    // assignment (RoleAssignmentExists).
    new authorization.RoleAssignment(
      `${name}-caller-data-access`,
      {
        roleAssignmentName: callerRoleAssignment(identity),
        scope: parts.storageAccountId,
        roleDefinitionId: roleDefinitionId(identity.subscriptionId, "blobDataContributor"),
        principalId: caller.objectId,
        // With a type the service does not look the principal up: a new service principal may not be replicated yet.
        principalType: plan.principalType,
      },
      // The first caller keeps the role. An `up` of another identity must not remove it; preflight reports it.
      { parent: this, ignoreChanges: ["principalId", "principalType"] },
    );
  }
}
