import type * as networkModule from "@pulumi/azure-native/network";
import type * as machinelearning from "@pulumi/azure-native/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { parseArmId } from "../azureml/armIds";
import type { WorkspaceConfig } from "../config/stackConfig";

type Created = Extract<WorkspaceConfig, { mode: "create" }>;

/** Loaded on first use: it needs 50 ms, and few stacks have private endpoints. */
function loadNetwork(): typeof networkModule {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require("@pulumi/azure-native/network") as typeof networkModule;
}

/** Whether public networks reach nothing of the stack's storage account and key vault. */
const isClosed = (config: Created): boolean =>
  config.privateEndpoints.subnet !== undefined && !config.publicNetworkAccess;

/**
 * Inputs that restrict the storage account. `AzureServices` keeps it reachable for the workspace itself. Nothing without a
 * setting. Source: Microsoft Learn, how-to-managed-network, "Secured associated resources".
 */
export function storageNetwork(config: Created) {
  const { allowedIpRanges } = config;
  if (allowedIpRanges.length === 0 && !isClosed(config)) return {};
  return {
    ...(isClosed(config) ? { publicNetworkAccess: "Disabled" } : {}),
    networkRuleSet: {
      defaultAction: "Deny" as const,
      bypass: "AzureServices",
      ipRules: allowedIpRanges.map((range) => ({ iPAddressOrRange: range, action: "Allow" as const })),
    },
  };
}

/** Inputs that restrict the key vault, as `storageNetwork`. */
export function vaultNetwork(config: Created) {
  const { allowedIpRanges } = config;
  if (allowedIpRanges.length === 0 && !isClosed(config)) return {};
  return {
    ...(isClosed(config) ? { publicNetworkAccess: "Disabled" } : {}),
    networkAcls: {
      defaultAction: "Deny",
      bypass: "AzureServices",
      ipRules: allowedIpRanges.map((value) => ({ value })),
    },
  };
}

/** Parts of the workspace that get private endpoints, or are reached from the managed network. */
export interface NetworkParts {
  storageAccountId: pulumi.Output<string>;
  keyVaultId: pulumi.Output<string>;
}

/**
 * The managed network of the workspace with its outbound rules; nothing while it is disabled. Azure ML adds private endpoints to
 * private parts by itself, and to all parts with AllowOnlyApprovedOutbound. A part that a firewall protects counts as public, so
 * with AllowInternetOutbound it gets rules here. Source: Microsoft Learn, how-to-managed-network; that a firewall does not count
 * as private is inferred from it.
 */
export function managedNetwork(config: Created, parts: NetworkParts) {
  const { isolationMode, outboundRules } = config.managedNetwork;
  if (isolationMode === "Disabled") return {};
  const needsRules =
    isolationMode === "AllowInternetOutbound" && config.allowedIpRanges.length > 0 && !isClosed(config);
  const to = (serviceResourceId: pulumi.Input<string>, subresourceTarget: string): Rule => ({
    type: "PrivateEndpoint",
    destination: { serviceResourceId, subresourceTarget, sparkEnabled: false },
    category: "UserDefined",
  });
  const rules: Record<string, Rule> = {
    ...(needsRules && !config.existing.storageAccount
      ? { "stack-blob": to(parts.storageAccountId, "blob"), "stack-file": to(parts.storageAccountId, "file") }
      : {}),
    ...(needsRules && !config.existing.keyVault ? { "stack-vault": to(parts.keyVaultId, "vault") } : {}),
    ...Object.fromEntries(outboundRules.map((rule) => [rule.name, outboundRule(rule, to)])),
  };
  return {
    managedNetwork: { isolationMode, ...(Object.keys(rules).length > 0 ? { outboundRules: rules } : {}) },
  };
}

type Rule =
  | machinelearning.machinelearningservices.FqdnOutboundRuleArgs
  | machinelearning.machinelearningservices.PrivateEndpointOutboundRuleArgs
  | machinelearning.machinelearningservices.ServiceTagOutboundRuleArgs;

function outboundRule(
  rule: Created["managedNetwork"]["outboundRules"][number],
  to: (id: string, target: string) => Rule,
): Rule {
  if (rule.type === "PrivateEndpoint") return to(rule.resource, rule.target);
  if (rule.type === "FQDN") return { type: "FQDN", destination: rule.destination, category: "UserDefined" };
  const { serviceTag, protocol, portRanges } = rule;
  return { type: "ServiceTag", destination: { serviceTag, protocol, portRanges }, category: "UserDefined" };
}

/** The customer-managed key of the workspace; nothing without one. */
export function encryption({ encryption: { keyVault, key, identity } }: Created) {
  if (keyVault === undefined || key === undefined) return {};
  return {
    encryption: {
      status: "Enabled",
      keyVaultProperties: { keyVaultArmId: keyVault, keyIdentifier: key },
      ...(identity ? { identity: { userAssignedIdentity: identity } } : {}),
    },
  };
}

interface PrivateEndpointArgs extends NetworkParts {
  config: Created;
  workspaceId: pulumi.Output<string>;
  /** Name of the workspace; the endpoints' names begin with it. */
  workspaceName: pulumi.Output<string>;
  resourceGroupName: pulumi.Input<string>;
  location: pulumi.Input<string>;
  tags: Record<string, string>;
}

/**
 * Private endpoints of the workspace and of the parts that the stack creates. They are billed by the hour and are in the stack's
 * resource group. Group ids: Microsoft Learn, private-endpoint-overview ("private-link resource").
 */
export function createPrivateEndpoints(
  name: string,
  args: PrivateEndpointArgs,
  options: pulumi.CustomResourceOptions,
): void {
  const { config, resourceGroupName, location, tags } = args;
  const { subnet, dnsZones } = config.privateEndpoints;
  if (subnet === undefined) return;
  const services = [
    {
      service: "workspace",
      groupId: "amlworkspace",
      target: args.workspaceId,
      zones: /^privatelink\.(api|notebooks)\./i,
    },
    ...(config.existing.storageAccount
      ? []
      : [
          { service: "blob", groupId: "blob", target: args.storageAccountId, zones: /^privatelink\.blob\./i },
          { service: "file", groupId: "file", target: args.storageAccountId, zones: /^privatelink\.file\./i },
        ]),
    ...(config.existing.keyVault
      ? []
      : [
          {
            service: "vault",
            groupId: "vault",
            target: args.keyVaultId,
            zones: /^privatelink\.vaultcore\./i,
          },
        ]),
  ];
  const network = loadNetwork();
  for (const { service, groupId, target, zones } of services) {
    const privateEndpointName = args.workspaceName.apply((workspace) => `pep-${workspace}-${service}`);
    const endpoint = new network.PrivateEndpoint(
      `${name}-${service}-endpoint`,
      {
        privateEndpointName,
        resourceGroupName,
        location,
        subnet: { id: subnet },
        privateLinkServiceConnections: [{ name: service, privateLinkServiceId: target, groupIds: [groupId] }],
        tags,
      },
      options,
    );
    const own = dnsZones.filter((id) => zones.test(parseArmId(id)?.name ?? ""));
    if (own.length === 0) continue;
    new network.PrivateDnsZoneGroup(
      `${name}-${service}-zones`,
      {
        privateDnsZoneGroupName: "default",
        privateEndpointName: endpoint.name,
        resourceGroupName,
        privateDnsZoneConfigs: own.map((privateDnsZoneId) => ({
          name: (parseArmId(privateDnsZoneId)?.name ?? "").replaceAll(".", "-"),
          privateDnsZoneId,
        })),
      },
      options,
    );
  }
}
