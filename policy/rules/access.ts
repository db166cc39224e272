import { at, environmentsSetting, type ResourceRule, type SeenResource, type Violation } from "../rule";
import { types } from "../types";

const inProd = environmentsSetting("Environments in which the rule applies.", ["prod"]);

export const noKeyAuthentication: ResourceRule = {
  kind: "resource",
  name: "no-key-authentication",
  description: "Callers of a production endpoint authenticate with Entra ID, not with keys.",
  types: [types.endpoint],
  settings: { environments: inProd },
  check({ props }, { environment }, { environments }) {
    const property = "properties.authMode";
    const mode = at(props, property);
    if (!(environments as string[]).includes(environment) || mode === "AADToken") return [];
    const remedy = "Set endpoint.authMode to aad_token: a key can leak, and does not name its caller.";
    return [{ property, seen: mode, allowed: `AADToken in environment ${environment}`, remedy }];
  },
};

/**
 * Where each type says that only some addresses may connect. Source: @pulumi/azure-native 3.28.0 (WorkspaceArgs, NetworkRuleSetArgs,
 * VaultPropertiesArgs), and Microsoft Learn, azure.ai.ml.entities.NetworkAcls, for the meaning of Deny with public access enabled.
 */
const restrictions: Readonly<Record<string, readonly [publicAccess: string, rules: string]>> = {
  [types.workspace]: ["publicNetworkAccess", "networkAcls.defaultAction"],
  [types.storage]: ["publicNetworkAccess", "networkRuleSet.defaultAction"],
  [types.vault]: ["properties.publicNetworkAccess", "properties.networkAcls.defaultAction"],
  [types.registry]: ["properties.publicNetworkAccess", ""],
};

/**
 * Both rules about public access are advice by default: the subnet or the addresses that replace it are known to the organisation only, so
 * no stack file of this project can contain them. The pack's configuration makes them mandatory.
 */
const level = "advisory";

export const noPublicWorkspace: ResourceRule = {
  kind: "resource",
  level,
  name: "no-public-workspace",
  description:
    "A production workspace, its storage and its key vault are closed to public networks, or open to listed addresses only.",
  types: Object.keys(restrictions),
  settings: { environments: inProd },
  check({ type, props }, { environment }, { environments }) {
    const [property, rules] = restrictions[type] ?? ["", ""];
    if (!(environments as string[]).includes(environment)) return [];
    const access = at(props, property);
    const addresses = at(props, "ipAllowlist");
    const isRestricted =
      at(props, rules) === "Deny" ||
      (type === types.workspace && Array.isArray(addresses) && addresses.length > 0);
    // A vault says "disabled", as its API does.
    if (String(access).toLowerCase() === "disabled" || isRestricted) return [];
    const closed = "Set workspace.publicNetworkAccess to false, with workspace.privateEndpoints";
    const remedy =
      type === types.workspace
        ? `${closed}.`
        : `${closed}, or list the allowed addresses in workspace.allowedIpRanges.`;
    const allowed = `Disabled, or a deny rule with listed addresses, in environment ${environment}`;
    return [{ property, seen: access, allowed, remedy }];
  },
};

/**
 * A managed online endpoint has no address rules: with public access it accepts requests from anywhere (MicrosoftDocs/azure-docs,
 * articles/machine-learning/concept-secure-online-endpoint.md). TrafficSplit writes the setting of an existing endpoint, so its value is the
 * one that counts.
 */
export const noPublicEndpoint: ResourceRule = {
  kind: "resource",
  level,
  name: "no-public-endpoint",
  description: "A production endpoint is closed to public networks.",
  types: [types.endpoint, types.traffic],
  settings: { environments: inProd },
  check(resource, { environment }, { environments }): Violation[] {
    if (!(environments as string[]).includes(environment)) return [];
    const property = accessOf(resource);
    const access = at(resource.props, property);
    if (property === "" || access === "Disabled" || (resource.type === types.traffic && access === undefined))
      return [];
    const remedy =
      "Set endpoint.publicNetworkAccess to false, and reach the endpoint through a private endpoint of the workspace.";
    return [{ property, seen: access, allowed: `Disabled in environment ${environment}`, remedy }];
  },
};

/** The path of the setting; empty where its value comes from the state. */
function accessOf({ type, ignored }: SeenResource): string {
  if (type === types.traffic) return "settings.publicNetworkAccess";
  const property = "properties.publicNetworkAccess";
  return ignored.includes(property) ? "" : property;
}
