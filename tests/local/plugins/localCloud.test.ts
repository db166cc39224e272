import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOCAL_SUBSCRIPTION_ID, LOCAL_TENANT_ID } from "../../../local/cloud/constants";
import { readIdentitySecret } from "../../../local/cloud/identity/secret";
import { createCloud, type RunningCloud } from "../../../local/cloud/server";
import type { Properties } from "../../../local/plugins/host/values";
import { startEngine, startPlugin, urn, type Engine, type Plugin } from "./support/plugin";

const ML = "machinelearningservices";
const tags = { project: "azureml-finetune", owner: "somebody" };
const inGroup = { resourceGroupName: "rg-plugins", location: "westeurope", tags };
const inWorkspace = { resourceGroupName: "rg-plugins", workspaceName: "mlw-plugins" };

interface Made {
  urn: string;
  id: string;
  inputs: Properties;
  outputs: Properties;
}

describe("the azure-native plugin against the local cloud", () => {
  let home: string;
  let cloud: RunningCloud;
  let engine: Engine;
  let plugin: Plugin;
  const made: Made[] = [];

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "plugin-cloud-"));
    cloud = await createCloud({ home, port: 0, profile: "instant" });
    engine = await startEngine();
    plugin = await startPlugin("azure-native", engine, {
      ARM_METADATA_HOSTNAME: `127.0.0.1:${cloud.port}`,
      ARM_SUBSCRIPTION_ID: LOCAL_SUBSCRIPTION_ID,
      ARM_TENANT_ID: LOCAL_TENANT_ID,
      ARM_USE_MSI: "true",
      IDENTITY_ENDPOINT: `http://127.0.0.1:${cloud.identityPort}/msi/token`,
      IDENTITY_HEADER: readIdentitySecret(home),
      NODE_EXTRA_CA_CERTS: cloud.caFile,
    });
    await plugin.configure({ location: "westeurope" });
  });
  afterAll(async () => {
    await plugin?.stop();
    engine?.close();
    await cloud?.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function make(type: string, name: string, args: Properties): Promise<Made> {
    const resource = urn(`azure-native:${type}`, name);
    const { inputs, reasons } = await plugin.check(resource, args);
    expect(reasons).toEqual([]);
    const { id, outputs } = await plugin.create(resource, inputs);
    made.push({ urn: resource, id, inputs, outputs });
    return made.at(-1)!;
  }
  const out = (resource: Made, ...path: string[]): unknown =>
    path.reduce<unknown>((value, key) => (value as Properties)[key], resource.outputs);

  it("creates the program's resources", async () => {
    await make("resources:ResourceGroup", "group", { ...inGroup });
    const account = await make("storage:StorageAccount", "storage", {
      ...inGroup,
      accountName: "stplugins01",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      allowBlobPublicAccess: false,
      enableHttpsTrafficOnly: true,
      minimumTlsVersion: "TLS1_2",
    });
    expect(out(account, "primaryEndpoints", "blob")).toEqual(expect.stringMatching(/^https:/));
    const vault = await make("keyvault:Vault", "vault", {
      ...inGroup,
      vaultName: "kv-plugins",
      properties: { tenantId: LOCAL_TENANT_ID, sku: { family: "A", name: "standard" }, accessPolicies: [] },
    });
    const logs = await make("operationalinsights:Workspace", "logs", {
      ...inGroup,
      workspaceName: "log-plugins",
      sku: { name: "PerGB2018" },
      retentionInDays: 30,
    });
    const insights = await make("applicationinsights:Component", "insights", {
      ...inGroup,
      resourceName: "appi-plugins",
      kind: "web",
      applicationType: "web",
      workspaceResourceId: logs.id,
      ingestionMode: "LogAnalytics",
    });
    expect(out(insights, "applicationType")).toBe("web");
    expect(out(insights, "connectionString")).toEqual(expect.any(String));
    const workspace = await make(`${ML}:Workspace`, "workspace", {
      ...inGroup,
      workspaceName: "mlw-plugins",
      friendlyName: "mlw-plugins",
      identity: { type: "SystemAssigned" },
      storageAccount: account.id,
      keyVault: vault.id,
      applicationInsights: insights.id,
      publicNetworkAccess: "Enabled",
    });
    expect(out(workspace, "workspaceId")).toEqual(expect.any(String));
    // Assigned to another principal: the service has already given the workspace's own identity this role.
    expect(out(workspace, "identity", "principalId")).toEqual(expect.any(String));
    await make("authorization:RoleAssignment", "access", {
      scope: account.id,
      roleDefinitionId: `/subscriptions/${LOCAL_SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe`,
      principalId: "00000000-0000-0000-0000-0000000000aa",
      principalType: "ServicePrincipal",
    });
    await make(`${ML}:Compute`, "cluster", {
      ...inWorkspace,
      location: "westeurope",
      tags,
      computeName: "gpu-plugins",
      properties: {
        computeType: "AmlCompute",
        disableLocalAuth: true,
        properties: {
          osType: "Linux",
          vmSize: "Standard_NC24ads_A100_v4",
          vmPriority: "Dedicated",
          scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT120S" },
          remoteLoginPortPublicAccess: "Disabled",
          enableNodePublicIp: true,
        },
      },
    });
    const datastore = `azureml://subscriptions/${LOCAL_SUBSCRIPTION_ID}/resourcegroups/rg-plugins/workspaces/mlw-plugins/datastores/workspaceblobstore`;
    await make(`${ML}:DataVersion`, "data-1", {
      ...inWorkspace,
      name: "chats",
      version: "1",
      properties: { dataType: "uri_file", dataUri: `${datastore}/paths/chats/a.jsonl`, tags },
    });
    await make(`${ML}:OnlineEndpoint`, "endpoint", {
      ...inWorkspace,
      location: "westeurope",
      tags,
      endpointName: "ep-plugins",
      identity: { type: "SystemAssigned" },
      properties: { authMode: "Key", description: "d", publicNetworkAccess: "Enabled" },
    });
  });

  it("finds no difference and no drift in any of them afterwards", async () => {
    expect(made.length).toBeGreaterThan(8);
    for (const resource of made) {
      const again = await plugin.check(resource.urn, resource.inputs, resource.inputs);
      expect(await plugin.diff(resource.urn, resource.inputs, again.inputs)).toMatchObject({ changes: 1 });
      const read = await plugin.read(resource.urn, resource.id, resource.inputs, resource.outputs);
      expect(read.inputs).toEqual(resource.inputs);
      expect(read.outputs).toEqual(resource.outputs);
    }
  });

  it("imports each of them with the inputs that were written", async () => {
    for (const resource of made) {
      const { inputs } = await plugin.read(resource.urn, resource.id);
      const { detailed } = await plugin.diff(resource.urn, inputs, { ...inputs, ...resource.inputs });
      const lost = Object.keys(detailed).filter((path) => !path.startsWith("properties."));
      expect([resource.urn, lost]).toEqual([resource.urn, []]);
    }
  });

  it("updates tags in place", async () => {
    for (const resource of made.filter(({ inputs }) => inputs["tags"])) {
      const inputs = { ...resource.inputs, tags: { ...tags, more: "x" } };
      const outputs = await plugin.update(
        resource.urn,
        resource.id,
        resource.inputs,
        inputs,
        resource.outputs,
      );
      expect(outputs["tags"]).toEqual(inputs.tags);
    }
  });

  it("returns the identity of the local cloud's token", async () => {
    const client = await plugin.invoke("azure-native:authorization:getClientConfig", {});
    expect(client.result).toMatchObject({ subscriptionId: LOCAL_SUBSCRIPTION_ID, tenantId: LOCAL_TENANT_ID });
  });

  it("deletes them, newest first, and does not find them again", async () => {
    for (const resource of [...made].reverse()) {
      await plugin.delete(resource.urn, resource.id, resource.inputs, resource.outputs);
    }
    for (const resource of made) {
      expect((await plugin.read(resource.urn, resource.id, resource.inputs, resource.outputs)).id).toBe("");
    }
  });
});
