import * as applicationinsights from "@pulumi/azure-native/applicationinsights";
import * as keyvault from "@pulumi/azure-native/keyvault";
import * as operationalinsights from "@pulumi/azure-native/operationalinsights";
import * as storage from "@pulumi/azure-native/storage";
import * as pulumi from "@pulumi/pulumi";
import type { WorkspaceNames } from "../azureml/names";
import type { WorkspaceConfig } from "../config/stackConfig";

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

/** The resources that an Azure ML workspace requires: storage account, key vault, Application Insights, Log Analytics. */
export class WorkspaceParts extends pulumi.ComponentResource {
  readonly storageAccountId: pulumi.Output<string>;
  readonly keyVaultId: pulumi.Output<string>;
  readonly applicationInsightsId: pulumi.Output<string>;

  constructor(name: string, args: WorkspacePartsArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:WorkspaceParts", name, {}, options);
    const { config, names, resourceGroupName, location, tags } = args;
    const own = { parent: this };
    const account = new storage.StorageAccount(
      `${name}-storage`,
      {
        accountName: names.storageAccount,
        resourceGroupName,
        location,
        kind: "StorageV2",
        sku: { name: config.storageSku },
        allowBlobPublicAccess: false,
        enableHttpsTrafficOnly: true,
        minimumTlsVersion: "TLS1_2",
        tags,
      },
      own,
    );
    const vault = new keyvault.Vault(
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
          // For the creation only: a vault that is not soft-deleted cannot be recovered.
          createMode: args.recoverVault.apply((isDeleted) => (isDeleted ? "recover" : undefined)),
        },
        tags,
      },
      {
        ...own,
        dependsOn: args.vaultDependsOn,
        ignoreChanges: ["properties.accessPolicies", "properties.createMode"],
      },
    );
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
    const insights = new applicationinsights.Component(
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
    this.storageAccountId = account.id;
    this.keyVaultId = vault.id;
    this.applicationInsightsId = insights.id;
    this.registerOutputs({ storageAccountId: this.storageAccountId });
  }
}
