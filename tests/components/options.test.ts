import * as pulumi from "@pulumi/pulumi";
import type { PreflightCloud } from "../../preflight/cloud";
import { armDeclaration } from "../../local/cloud/strict/armTypes";
import { unknownMember } from "../../local/cloud/strict/check";
import { toBody } from "../../local/plugins/azureNative/shape";
import { pathParameters, resourceSpec } from "../../local/plugins/azureNative/tables";
import type { Properties } from "../../local/plugins/host/values";
import { run, type Run } from "./harness";
import { fakeCloud } from "../preflight/fakeCloud";

/** Everything that is named by id exists. */
const cloud: PreflightCloud = fakeCloud({
  resource: async (id) => ({
    id,
    name: id.split("/").at(-1) ?? "",
    location: "westeurope",
    properties: { principalId: `principal of ${id.split("/").at(-1)}`, enablePurgeProtection: true },
  }),
});
jest.mock("../../preflight/cloud", () => ({ azureCloud: () => cloud }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

const ml = (type: string): string => `azure-native:machinelearningservices:${type}`;
const group = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/shared/providers";
const ids = {
  storageAccount: `${group}/Microsoft.Storage/storageAccounts/sharedstorage`,
  keyVault: `${group}/Microsoft.KeyVault/vaults/shared-vault`,
  applicationInsights: `${group}/Microsoft.Insights/components/shared-insights`,
  containerRegistry: `${group}/Microsoft.ContainerRegistry/registries/sharedregistry`,
  identity: `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/someone`,
  subnet: `${group}/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints`,
};
const zone = (name: string): string => `${group}/Microsoft.Network/privateDnsZones/${name}`;

beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockResolvedValue();
  jest.spyOn(pulumi.log, "warn").mockResolvedValue();
});

/** Roles by the last segments of principal and scope, as the program assigns them. */
function grants(result: Run): string[] {
  const names: Record<string, string> = {
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "b556d68e-0be0-4f35-a333-ad7ee1ce17ea": "Azure AI Enterprise Network Connection Approver",
  };
  return result.resources
    .filter(({ type }) => type === "azure-native:authorization:RoleAssignment")
    .map(({ name, inputs }) => `${name}: ${names[String(inputs.roleDefinitionId).split("/").at(-1) ?? ""]}`)
    .sort();
}

/** The body that the provider sends for a registered resource. */
function bodyOf(result: Run, type: string): Properties {
  const spec = resourceSpec(type);
  return toBody(spec, result.one(type).inputs as Properties, pathParameters(spec));
}

/** Members of the body that no version of the service and no client of Microsoft has (local/cloud/strict). */
function unknownIn(result: Run, type: string): string | undefined {
  const spec = resourceSpec(type);
  const declaration = armDeclaration("PUT", spec.path.replace(/\{(\w+)\}/g, ":$1"));
  return unknownMember(bodyOf(result, type), declaration?.body ?? {})?.path;
}

describe("user-assigned identities of the stack", () => {
  let result: Run;
  beforeAll(async () => {
    result = await run(program, {
      workspace: {
        identity: "create",
        datastoreAccess: "identity",
        existing: { containerRegistry: ids.containerRegistry },
      },
      compute: { identity: "create" },
      endpoint: { identity: "create" },
    });
  });

  it("are one for each owner, with the owner tags", () => {
    const found = result.resources.filter(({ type }) => type.endsWith(":UserAssignedIdentity"));
    expect(found.map(({ name }) => name).sort()).toEqual([
      "endpoint-identity",
      "gpu-cluster-identity",
      "workspace-identity",
    ]);
    for (const { inputs } of found) expect(inputs.tags).toMatchObject({ "pulumi-stack": "test" });
  });

  it("get only the roles that Microsoft lists for their owner, each at one resource", () => {
    expect(grants(result)).toEqual([
      "endpoint-identity-registry-acrPull: AcrPull",
      "endpoint-identity-storage-blobDataReader: Storage Blob Data Reader",
      "gpu-cluster-identity-registry-acrPull: AcrPull",
      "gpu-cluster-identity-storage-blobDataContributor: Storage Blob Data Contributor",
      "workspace-caller-data-access: Storage Blob Data Contributor",
      "workspace-identity-insights-contributor: Contributor",
      "workspace-identity-registry-contributor: Contributor",
      "workspace-identity-storage-blobDataContributor: Storage Blob Data Contributor",
      "workspace-identity-storage-contributor: Contributor",
      "workspace-identity-vault-contributor: Contributor",
      "workspace-identity-vault-keyVaultAdministrator: Key Vault Administrator",
      "workspace-identity-workspace-contributor: Contributor",
    ]);
  });

  it("are used by workspace, cluster and endpoint after their roles are assigned", () => {
    const userAssigned = (name: string) => ({
      type: "UserAssigned",
      userAssignedIdentities: [`azure-native:managedidentity:UserAssignedIdentity/${name}/id`],
    });
    const workspace = result.one(ml("Workspace"));
    expect(workspace.inputs.identity).toEqual(userAssigned("workspace-identity"));
    expect(workspace.inputs.primaryUserAssignedIdentity).toBe(
      "azure-native:managedidentity:UserAssignedIdentity/workspace-identity/id",
    );
    expect(result.one(ml("Compute")).inputs.identity).toEqual(userAssigned("gpu-cluster-identity"));
    expect(result.one(ml("OnlineEndpoint")).inputs.identity).toEqual(userAssigned("endpoint-identity"));
    const role = "azure-native:authorization:RoleAssignment";
    expect(workspace.dependencies).toContain(`${role} workspace-identity-vault-keyVaultAdministrator`);
    expect(result.one(ml("Compute")).dependencies).toContain(
      `${role} gpu-cluster-identity-storage-blobDataContributor`,
    );
    expect(result.one(ml("OnlineEndpoint")).dependencies).toContain(
      `${role} endpoint-identity-registry-acrPull`,
    );
  });

  it("leave the storage account without keys, and the vault with roles instead of access policies", () => {
    expect(result.one("azure-native:storage:StorageAccount").inputs.allowSharedKeyAccess).toBe(false);
    expect(result.one(ml("Workspace")).inputs.systemDatastoresAuthMode).toBe("identity");
    expect(result.one("azure-native:keyvault:Vault").inputs.properties).toMatchObject({
      enableRbacAuthorization: true,
    });
  });

  it.each([ml("Workspace"), ml("Compute"), ml("OnlineEndpoint"), "azure-native:storage:StorageAccount"])(
    "send only members that Azure knows: %s",
    (type) => expect(unknownIn(result, type)).toBeUndefined(),
  );
});

test("an existing identity is used by id, and gets its roles", async () => {
  const result = await run(program, { compute: { identity: ids.identity } });
  expect(result.resources.filter(({ type }) => type.endsWith(":UserAssignedIdentity"))).toEqual([]);
  expect(result.one(ml("Compute")).inputs.identity).toMatchObject({ userAssignedIdentities: [ids.identity] });
  const role = result.one(
    "azure-native:authorization:RoleAssignment",
    "gpu-cluster-identity-storage-blobDataContributor",
  );
  expect(role.inputs).toMatchObject({
    principalId: "principal of someone",
    principalType: "ServicePrincipal",
  });
});

test("existing parts are used by id and neither created nor purged", async () => {
  const { storageAccount, keyVault, applicationInsights, containerRegistry } = ids;
  const existing = { storageAccount, keyVault, applicationInsights, containerRegistry };
  const result = await run(program, { workspace: { existing } });
  expect(result.one(ml("Workspace")).inputs).toMatchObject(existing);
  const types = result.resources.map(({ type }) => type).filter((type) => type.startsWith("azure-native:"));
  for (const part of ["StorageAccount", "Vault", "Component"])
    expect(types.filter((type) => type.endsWith(`:${part}`))).toEqual([]);
  expect(types).not.toContain("azure-native:operationalinsights:Workspace");
  expect(result.one("pulumi-nodejs:dynamic/azureml:PurgeOnDestroy").inputs.vaultName).toBeUndefined();
  expect(result.one("azure-native:authorization:RoleAssignment").inputs.scope).toBe(storageAccount);
});

describe("a restricted network", () => {
  let result: Run;
  beforeAll(async () => {
    result = await run(program, {
      workspace: {
        publicNetworkAccess: false,
        identity: "create",
        allowedIpRanges: ["203.0.113.7"],
        managedNetwork: {
          isolationMode: "AllowOnlyApprovedOutbound",
          outboundRules: [
            { name: "packages", type: "FQDN", destination: "pypi.org" },
            {
              name: "logs",
              type: "ServiceTag",
              serviceTag: "AzureMonitor",
              protocol: "TCP",
              portRanges: "443",
            },
            { name: "lake", type: "PrivateEndpoint", resource: ids.storageAccount, target: "dfs" },
          ],
        },
        privateEndpoints: {
          subnet: ids.subnet,
          dnsZones: [
            "privatelink.api.azureml.ms",
            "privatelink.notebooks.azure.net",
            "privatelink.blob.core.windows.net",
          ].map(zone),
        },
        encryption: {
          keyVault: ids.keyVault,
          key: `https://shared-vault.vault.azure.net/keys/metadata/${"0".repeat(32)}`,
          identity: ids.identity,
        },
      },
    });
  });

  it("has a managed network with the configured rules", () => {
    expect(bodyOf(result, ml("Workspace"))).toMatchObject({
      properties: {
        publicNetworkAccess: "Disabled",
        managedNetwork: {
          isolationMode: "AllowOnlyApprovedOutbound",
          outboundRules: {
            packages: { type: "FQDN", destination: "pypi.org", category: "UserDefined" },
            logs: {
              type: "ServiceTag",
              destination: { serviceTag: "AzureMonitor", protocol: "TCP", portRanges: "443" },
            },
            lake: {
              type: "PrivateEndpoint",
              destination: { serviceResourceId: ids.storageAccount, subresourceTarget: "dfs" },
            },
          },
        },
        encryption: {
          status: "Enabled",
          keyVaultProperties: { keyVaultArmId: ids.keyVault },
          identity: { userAssignedIdentity: ids.identity },
        },
      },
    });
  });

  it("closes storage account and key vault to public networks, except for Azure's trusted services", () => {
    expect(bodyOf(result, "azure-native:storage:StorageAccount")).toMatchObject({
      properties: {
        publicNetworkAccess: "Disabled",
        networkAcls: { bypass: "AzureServices", defaultAction: "Deny", ipRules: [{ value: "203.0.113.7" }] },
      },
    });
    expect(bodyOf(result, "azure-native:keyvault:Vault")).toMatchObject({
      properties: {
        publicNetworkAccess: "Disabled",
        networkAcls: { bypass: "AzureServices", defaultAction: "Deny", ipRules: [{ value: "203.0.113.7" }] },
      },
    });
  });

  it("lets the workspace's identity approve private endpoints", () => {
    expect(grants(result)).toContain(
      "workspace-identity-group-networkConnectionApprover: Azure AI Enterprise Network Connection Approver",
    );
  });

  it("has private endpoints of workspace, blobs, files and vault in the subnet, each with the zones of its service", () => {
    const found = result.resources.filter(({ type }) => type === "azure-native:network:PrivateEndpoint");
    const connections = found.map(({ inputs }) => [
      (inputs.subnet as { id: string }).id,
      (inputs.privateLinkServiceConnections as { groupIds: string[] }[]).map(({ groupIds }) => groupIds),
    ]);
    const inSubnet = ids.subnet;
    expect(connections.sort()).toEqual([
      [inSubnet, [["amlworkspace"]]],
      [inSubnet, [["blob"]]],
      [inSubnet, [["file"]]],
      [inSubnet, [["vault"]]],
    ]);
    const groups = result.resources.filter(({ type }) => type.endsWith(":PrivateDnsZoneGroup"));
    expect(
      groups.map(({ name, inputs }) => [name, (inputs.privateDnsZoneConfigs as object[]).length]).sort(),
    ).toEqual([
      ["workspace-blob-zones", 1],
      ["workspace-workspace-zones", 2],
    ]);
  });

  /**
   * Member names of Microsoft's examples PrivateEndpointCreate.json and PrivateEndpointDnsZoneGroupCreate.json
   * (Azure/azure-rest-api-specs, Microsoft.Network, stable/2024-05-01), without `properties`, which the provider adds.
   */
  it("sends only members of private endpoints that Microsoft's examples have", () => {
    const members = {
      PrivateEndpoint: {
        top: ["location", "subnet", "privateLinkServiceConnections"],
        items: { privateLinkServiceConnections: ["name", "groupIds", "privateLinkServiceId"] },
      },
      PrivateDnsZoneGroup: {
        top: ["privateDnsZoneConfigs"],
        items: { privateDnsZoneConfigs: ["name", "privateDnsZoneId"] },
      },
    };
    const ofPath = ["privateEndpointName", "privateDnsZoneGroupName", "resourceGroupName"];
    for (const [type, { top, items }] of Object.entries(members))
      for (const { inputs } of result.resources.filter(
        (one) => one.type === `azure-native:network:${type}`,
      )) {
        const sent = Object.keys(inputs).filter((key) => !ofPath.includes(key) && key !== "tags");
        expect(top).toEqual(expect.arrayContaining(sent));
        for (const [list, known] of Object.entries(items))
          for (const item of inputs[list] as object[])
            expect(known).toEqual(expect.arrayContaining(Object.keys(item)));
      }
  });

  it.each([ml("Workspace"), "azure-native:storage:StorageAccount", "azure-native:keyvault:Vault"])(
    "sends only members that Azure knows: %s",
    (type) => expect(unknownIn(result, type)).toBeUndefined(),
  );
});

test("parts behind a firewall get outbound rules of the managed network", async () => {
  const managedNetwork = { isolationMode: "AllowInternetOutbound" };
  const result = await run(program, { workspace: { allowedIpRanges: ["203.0.113.0/24"], managedNetwork } });
  const { outboundRules } = result.one(ml("Workspace")).inputs.managedNetwork as { outboundRules: object };
  expect(Object.keys(outboundRules).sort()).toEqual(["stack-blob", "stack-file", "stack-vault"]);
});
