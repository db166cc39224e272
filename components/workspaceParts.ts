import * as applicationinsights from "@pulumi/azure-native/applicationinsights";
import * as keyvault from "@pulumi/azure-native/keyvault";
import * as operationalinsights from "@pulumi/azure-native/operationalinsights";
import * as storage from "@pulumi/azure-native/storage";
import * as pulumi from "@pulumi/pulumi";
import type { WorkspaceNames } from "../azureml/names";
import type { WorkspaceConfig } from "../config/stackConfig";
import { storageNetwork, vaultNetwork } from "./workspaceNetwork";

interface WorkspacePartsArgs {
  /** Section `workspace` of the stack configuration. */
  config: Extract<WorkspaceConfig, { mode: "create" }>;
  /** Names of the resources, derived from the stack. */
  names: WorkspaceNames;
  resourceGroupName: pulumi.Input<string>;
  /** Entra tenant of the key vault. */
  tenantId: pulumi.Input<string>;
  /** Azure region. */
  location: pulumi.Input<string>;
  tags: Record<string, string>;
  /** Resources that the key vault depends on. */
  vaultDependsOn: pulumi.Resource[];
  /** Recover the soft-deleted key vault of this name instead of creating one. */
  recoverVault: pulumi.Output<boolean>;
}

/**
 * The resources that an Azure ML workspace requires: storage account, key vault, Application Insights, Log Analytics. Those of
 * `workspace.existing` are used by id and not created.
 */
export class WorkspaceParts extends pulumi.ComponentResource {
  readonly storageAccountId: pulumi.Output<string>;
  readonly keyVaultId: pulumi.Output<string>;
  readonly applicationInsightsId: pulumi.Output<string>;

  constructor(name: string, args: WorkspacePartsArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:WorkspaceParts", name, {}, options);
    const { existing } = args.config;
    const own = { parent: this };
    const idOf = (given: string | undefined, create: () => pulumi.CustomResource): pulumi.Output<string> =>
      given === undefined ? create().id : pulumi.output(given);
    this.storageAccountId = idOf(existing.storageAccount, () => createStorage(name, args, own));
    this.keyVaultId = idOf(existing.keyVault, () => createVault(name, args, own));
    this.applicationInsightsId = idOf(existing.applicationInsights, () => createInsights(name, args, own));
    this.registerOutputs({ storageAccountId: this.storageAccountId });
  }
}

function createStorage(name: string, args: WorkspacePartsArgs, own: pulumi.CustomResourceOptions) {
  const { config, names, resourceGroupName, location, tags } = args;
  return new storage.StorageAccount(
    `${name}-storage`,
    {
      accountName: names.storageAccount,
      resourceGroupName,
      location,
      kind: "StorageV2",
      sku: { name: config.storageSku },
      allowBlobPublicAccess: false,
      ...(config.datastoreAccess === "identity" ? { allowSharedKeyAccess: false } : {}),
      enableHttpsTrafficOnly: true,
      minimumTlsVersion: "TLS1_2",
      ...storageNetwork(config),
      tags,
    },
    own,
  );
}

function createVault(name: string, args: WorkspacePartsArgs, own: pulumi.CustomResourceOptions) {
  const { config, names, resourceGroupName, location, tags } = args;
  return new keyvault.Vault(
    `${name}-vault`,
    {
      vaultName: names.keyVault,
      resourceGroupName,
      location,
      properties: {
        tenantId: args.tenantId,
        sku: { family: "A", name: "standard" },
        enableSoftDelete: true,
        softDeleteRetentionInDays: config.purgeProtection ? 90 : 7,
        // Azure refuses `false`; without the property purge protection is off.
        ...(config.purgeProtection ? { enablePurgeProtection: true } : {}),
        // Azure ML adds an access policy for its own identity only. A user-assigned one gets a role instead.
        ...(config.identity === "system" ? {} : { enableRbacAuthorization: true }),
        // For the creation only: a vault that is not soft-deleted cannot be recovered.
        createMode: args.recoverVault.apply((isDeleted) => (isDeleted ? "recover" : undefined)),
        ...vaultNetwork(config),
      },
      tags,
    },
    {
      ...own,
      dependsOn: args.vaultDependsOn,
      ignoreChanges: ["properties.accessPolicies", "properties.createMode"],
    },
  );
}

function createInsights(name: string, args: WorkspacePartsArgs, own: pulumi.CustomResourceOptions) {
  const { config, names, resourceGroupName, location, tags } = args;
  const logs = new operationalinsights.Workspace(
    `${name}-logs`,
    {
      workspaceName: names.logAnalytics,
      resourceGroupName,
      location,
      sku: { name: "PerGB2018" },
      retentionInDays: config.logRetentionDays,
      tags,
    },
    own,
  );
  return new applicationinsights.Component(
    `${name}-insights`,
    {
      resourceName: names.applicationInsights,
      resourceGroupName,
      location,
      kind: "web",
      applicationType: "web",
      workspaceResourceId: logs.id,
      ingestionMode: "LogAnalytics",
      tags,
    },
    // The provider does not mark these outputs as secret.
    { ...own, additionalSecretOutputs: ["connectionString", "instrumentationKey"] },
  );
}
