import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as resources from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";
import type { RegistryConfig } from "../config/platform";

interface SharedRegistryArgs {
  /** `platform.registry` of the stack configuration. */
  config: RegistryConfig;
  /** Where the registry is, as preflight has checked it. */
  plan: { subscriptionId: string; resourceGroupName: string; location: string; locations: readonly string[] };
  /** Tags of the registry and its resource group: the configured ones and the owner tags. */
  tags: Record<string, string>;
}

/** The outputs of a platform stack. StackReferences depend on their names, so these do not change. */
export interface PlatformOutputs {
  subscriptionId: string;
  resourceGroupName: string;
  /** What `model.shareTo` and `model.promote.registry` of other stacks take. */
  registryName: string;
  /** ARM id. */
  registryId: pulumi.Output<string>;
  /** URL from which clients learn the addresses of the registry's API. */
  discoveryUrl: pulumi.Output<string | undefined>;
  /** Regions whose workspaces can use the registry's models. */
  locations: readonly string[];
  /** Resource group of the storage accounts and the container registry, which the service creates and deletes. */
  managedResourceGroup: pulumi.Output<string | undefined>;
}

/**
 * An Azure ML registry in its own resource group. The service creates a storage account for each region and a Premium
 * container registry in a managed group (Registries/createOrUpdate-SystemCreated.json of stable/2024-10-01 in
 * Azure/azure-rest-api-specs; how-to-manage-registries.md), and deletes them with the registry.
 */
export class SharedRegistry extends pulumi.ComponentResource {
  private readonly registry: machinelearning.Registry;

  constructor(
    name: string,
    private readonly args: SharedRegistryArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("azureml-finetune:components:SharedRegistry", name, {}, options);
    const { config, plan, tags } = args;
    const { location } = plan;
    const own = { parent: this, protect: config.protect };
    const group = new resources.ResourceGroup(
      `${name}-group`,
      { resourceGroupName: plan.resourceGroupName, location, tags },
      own,
    );
    this.registry = new machinelearning.Registry(
      name,
      {
        registryName: config.name,
        resourceGroupName: group.name,
        location,
        identity: { type: "SystemAssigned" },
        publicNetworkAccess: config.publicNetworkAccess ? "Enabled" : "Disabled",
        regionDetails: plan.locations.map((region) => ({
          location: region,
          storageAccountDetails: [
            {
              systemCreatedStorageAccount: {
                storageAccountType: config.storageSku,
                storageAccountHnsEnabled: false,
                allowBlobPublicAccess: false,
              },
            },
          ],
          // Premium is the only one that replicates to other regions.
          acrDetails: [{ systemCreatedAcrAccount: { acrAccountSku: "Premium" } }],
        })),
        tags,
      },
      own,
    );
    this.registerOutputs({ registryId: this.registry.id });
  }

  outputs(): PlatformOutputs {
    const { config, plan } = this.args;
    return {
      subscriptionId: plan.subscriptionId,
      resourceGroupName: plan.resourceGroupName,
      registryName: config.name,
      registryId: this.registry.id,
      discoveryUrl: this.registry.discoveryUrl,
      locations: plan.locations,
      managedResourceGroup: this.registry.managedResourceGroup.apply((group) => group?.resourceId),
    };
  }
}
