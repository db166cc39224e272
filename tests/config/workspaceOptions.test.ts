import { parseConfig } from "../../config/parse";
import { config, problems, source } from "./support";

const group = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/shared/providers";
const identity = `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/someone`;
const containerRegistry = `${group}/Microsoft.ContainerRegistry/registries/images`;
const subnet = `${group}/Microsoft.Network/virtualNetworks/v/subnets/s`;
const key = `https://keys.vault.azure.net/keys/metadata/${"a".repeat(32)}`;

const warnings = (settings: Record<string, unknown>): string[] => parseConfig(source(settings)).warnings;

test.each([
  ["workspace", { identity: "managed" }, /workspace\.identity \| "managed" \| system, create, or an id/],
  ["compute", { identity: "system" }, /compute\.identity \| "system" \| none, create, or an id/],
  ["workspace", { existing: { keyVault: containerRegistry } }, /existing\.keyVault \| .*Microsoft\.KeyVault/],
  ["workspace", { existing: { vault: "x" } }, /existing\.vault \| there is no such setting/],
  ["workspace", { allowedIpRanges: ["10.0.0.1"] }, /allowedIpRanges.* \| a list of public IPv4 addresses/],
  ["workspace", { allowedIpRanges: ["203.0.113.7/32"] }, /at most \/30/],
  ["workspace", { allowedIpRanges: ["203.0.113.256"] }, /allowedIpRanges/],
  ["workspace", { privateEndpoints: { subnet, dnsZones: [subnet] } }, /dnsZones.* \| .*privatelink\.api\./],
  [
    "workspace",
    { encryption: { key: "https://keys.vault.azure.net/keys/metadata" } },
    /encryption\.key \| .*<version>/,
  ],
] as const)("refuses a value of %s that is not of the setting's form: %j", (section, value, message) => {
  expect(problems({ [section]: value })[0]).toMatch(message);
});

test.each([
  [
    "a cluster without identity",
    { workspace: { datastoreAccess: "identity" } },
    /compute\.identity \| "none".*Set compute\.identity: create/,
  ],
  [
    "an endpoint that cannot pull its image",
    { endpoint: { identity: "create" } },
    /endpoint\.identity \| "create", without workspace\.existing\.containerRegistry/,
  ],
  [
    "a firewall that nodes cannot pass",
    { workspace: { allowedIpRanges: ["203.0.113.7"] } },
    /allowedIpRanges \| 1 ranges, with workspace\.managedNetwork\.isolationMode: Disabled.*AllowInternetOutbound/,
  ],
  [
    "a rule without a network",
    {
      workspace: {
        managedNetwork: { outboundRules: [{ name: "a", type: "FQDN", destination: "pypi.org" }] },
      },
    },
    /outboundRules \| rule "a" of type FQDN, with isolationMode: Disabled \| no rules without a managed network/,
  ],
  [
    "a rule that is superfluous",
    {
      workspace: {
        managedNetwork: {
          isolationMode: "AllowInternetOutbound",
          outboundRules: [{ name: "a", type: "FQDN", destination: "pypi.org" }],
        },
      },
    },
    /only PrivateEndpoint|rules of type PrivateEndpoint/,
  ],
  [
    "zones without endpoints",
    {
      workspace: {
        privateEndpoints: {
          dnsZones: [`${group}/Microsoft.Network/privateDnsZones/privatelink.api.azureml.ms`],
        },
      },
    },
    /privateEndpoints\.dnsZones \| 1 zones, without/,
  ],
  [
    "a key without its vault",
    { workspace: { encryption: { key } } },
    /encryption\.keyVault \| not set \| keyVault and key together/,
  ],
  [
    "a key of another vault",
    { workspace: { encryption: { key, keyVault: `${group}/Microsoft.KeyVault/vaults/other` } } },
    /encryption\.key \| a key of the vault at keys\.vault\.azure\.net .*\(other\)/,
  ],
] as const)("refuses %s and says what to set", (_, settings, message) => {
  expect(problems(settings as Record<string, unknown>).join("\n")).toMatch(message);
});

test("refuses every option of a workspace that it does not create", () => {
  const adopted = { mode: "adopt", resourceGroup: "rg", name: "shared-ws" };
  const options = {
    identity: "create",
    datastoreAccess: "identity",
    existing: { containerRegistry },
    allowedIpRanges: ["203.0.113.7"],
    managedNetwork: { isolationMode: "AllowInternetOutbound" },
    privateEndpoints: { subnet },
    encryption: { key, keyVault: `${group}/Microsoft.KeyVault/vaults/keys` },
  };
  const found = problems({ workspace: { ...adopted, ...options }, compute: { identity: "create" } });
  for (const name of Object.keys(options))
    expect(found.join("\n")).toContain(`:workspace.${name} | set, with`);
  expect(found.at(-1)).toMatch(/compute\.identity \| "create" \| the id of an existing identity/);
  expect(config({ workspace: adopted, compute: { identity }, endpoint: { identity } }).compute.identity).toBe(
    identity,
  );
});

test("the machine that runs the program is named where the network or missing roles concern it", () => {
  expect(warnings({})).toEqual([]);
  expect(warnings({ workspace: { publicNetworkAccess: false } }).join()).toMatch(
    /publicNetworkAccess: false\. The machine that runs preview and up must reach the workspace/,
  );
  const closed = {
    allowedIpRanges: ["203.0.113.7"],
    managedNetwork: { isolationMode: "AllowInternetOutbound" },
  };
  expect(warnings({ workspace: closed }).join()).toMatch(
    /the machine that runs up must have one of these addresses/,
  );
  const ungranted = { grantDataAccess: false, datastoreAccess: "identity" };
  expect(warnings({ workspace: ungranted, compute: { identity } }).join("\n")).toMatch(
    /no account key to fall back on[^]*Somebody else must assign the roles of compute\.identity/,
  );
});

test("a promoting stack needs no identity for a cluster that it does not have", () => {
  const settings = {
    workspace: { datastoreAccess: "identity" },
    model: { source: "promote", promote: { registry: "r", name: "m", version: "1" } },
  };
  expect(warnings(settings)).toEqual([]);
  const parsed = parseConfig(source(settings));
  expect(
    "problems" in parsed ? parsed.problems.filter(({ property }) => /identity/.test(property)) : [],
  ).toEqual([]);
});
