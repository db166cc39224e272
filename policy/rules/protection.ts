import { at, environmentsSetting, type ResourceRule, type Violation } from "../rule";
import { types } from "../types";

/** One property with the values that are allowed, and what to do about another one. */
type Requirement = readonly [property: string, allowed: readonly unknown[], remedy: string];

function unmet(props: unknown, requirements: readonly Requirement[]): Violation[] {
  return requirements.flatMap(([property, allowed, remedy]) => {
    const seen = at(props, property);
    return allowed.includes(seen) ? [] : [{ property, seen, allowed: allowed.join(" or "), remedy }];
  });
}

const component = "Change the component that declares the resource (components/).";

export const encryptedStorage: ResourceRule = {
  kind: "resource",
  name: "encrypted-storage",
  description: "A storage account accepts encrypted connections only, and no anonymous readers.",
  types: [types.storage],
  check: ({ props }) =>
    unmet(props, [
      ["enableHttpsTrafficOnly", [true], component],
      ["minimumTlsVersion", ["TLS1_2", "TLS1_3"], component],
      ["allowBlobPublicAccess", [false], component],
    ]),
};

export const protectedVault: ResourceRule = {
  kind: "resource",
  name: "protected-vault",
  description: "A key vault keeps deleted keys and secrets; in prod nobody can purge them early.",
  types: [types.vault],
  settings: {
    purgeProtection: environmentsSetting("Environments that require purge protection.", ["prod"]),
  },
  check: ({ props }, { environment }, { purgeProtection }) =>
    unmet(props, [
      ["properties.enableSoftDelete", [true], component],
      ...((purgeProtection as string[]).includes(environment)
        ? [["properties.enablePurgeProtection", [true], "Set workspace.purgeProtection to true."] as const]
        : []),
    ]),
};

export const customerManagedKey: ResourceRule = {
  kind: "resource",
  name: "customer-managed-key",
  description:
    "A workspace is encrypted with a key of the customer, in environments that the configuration lists.",
  types: [types.workspace],
  settings: {
    environments: environmentsSetting("Environments that require a customer-managed key.", []),
  },
  check: ({ props }, { environment }, { environments }) =>
    (environments as string[]).includes(environment)
      ? unmet(props, [["encryption.status", ["Enabled"], "Set workspace.encryption."]])
      : [],
};

const identities = [
  "SystemAssigned",
  "UserAssigned",
  "SystemAssigned,UserAssigned",
  "SystemAssigned, UserAssigned",
];

export const managedIdentity: ResourceRule = {
  kind: "resource",
  name: "managed-identity",
  description:
    "Workspaces and endpoints act with a managed identity; nodes of a cluster accept no local login.",
  types: [types.workspace, types.endpoint, types.cluster],
  check: ({ type, props }) =>
    unmet(
      props,
      type === types.cluster
        ? [
            ["properties.disableLocalAuth", [true], component],
            ["properties.properties.remoteLoginPortPublicAccess", ["Disabled"], component],
          ]
        : [["identity.type", identities, component]],
    ),
};

export const livenessProbe: ResourceRule = {
  kind: "resource",
  name: "liveness-probe",
  description: "A deployment has a liveness probe that begins when the model can be loaded.",
  types: [types.deployment],
  check({ props }) {
    const property = "properties.livenessProbe.initialDelay";
    const delay = at(props, property);
    if (typeof delay === "string" && /^PT\d+[HMS]/.test(delay)) return [];
    const remedy =
      "Set endpoint.livenessInitialDelaySeconds to the time that an instance needs to load the model.";
    return [{ property, seen: delay, allowed: "a duration such as PT600S", remedy }];
  },
};
