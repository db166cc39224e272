import { LOCAL_SUBSCRIPTION_ID, LOCAL_TENANT_ID } from "../../local/cloud/constants";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { operationsOf } from "./operations";
import { makeTestSandbox, outputs, startCloud, stateOf } from "./support";

const group = `/subscriptions/${LOCAL_SUBSCRIPTION_ID}/resourceGroups/shared`;
const storageAccount = `${group}/providers/Microsoft.Storage/storageAccounts/sharedstorage`;
const containerRegistry = `${group}/providers/Microsoft.ContainerRegistry/registries/sharedimages`;
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/training`;
const keyVault = `${group}/providers/Microsoft.KeyVault/vaults/sharedvault`;
const logAnalytics = `${group}/providers/Microsoft.OperationalInsights/workspaces/sharedlogs`;
const applicationInsights = `${group}/providers/Microsoft.Insights/components/sharedinsights`;
const location = "westeurope";
const storageBody = { location, kind: "StorageV2", sku: { name: "Standard_LRS" } };

/** A subscription whose policy forbids shared keys, with the parts of a workspace that somebody else has created. */
describe("a stack that works with identities only, on parts of a workspace that exist", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    await startCloud(sandbox);
    await send("PUT", `${group}?api-version=2024-03-01`, { location });
    await send("PUT", `${storageAccount}?api-version=2024-01-01`, {
      ...storageBody,
      properties: { allowSharedKeyAccess: false },
    });
    await send("PUT", `${containerRegistry}?api-version=2023-07-01`, { location, sku: { name: "Basic" } });
    await send("PUT", `${keyVault}?api-version=2024-11-01`, {
      location,
      properties: {
        ...{ tenantId: LOCAL_TENANT_ID, sku: { family: "A", name: "standard" } },
        enableRbacAuthorization: true,
      },
    });
    await send("PUT", `${logAnalytics}?api-version=2023-09-01`, { location, properties: {} });
    await send("PUT", `${applicationInsights}?api-version=2020-02-02`, {
      ...{ location, kind: "web" },
      properties: { Application_Type: "web", WorkspaceResourceId: logAnalytics },
    });
    await send("PUT", `${identity}?api-version=2023-01-31`, { location });
    const set = (key: string, value: string | boolean): void =>
      sandbox.setConfig(`azureml-finetune:${key}`, value);
    set("workspace.identity", "create");
    set("workspace.existing.storageAccount", storageAccount);
    set("workspace.existing.containerRegistry", containerRegistry);
    set("workspace.existing.keyVault", keyVault);
    set("workspace.existing.applicationInsights", applicationInsights);
    set("endpoint.identity", "create");
    set("compute.identity", identity);
  });
  afterAll(() => sandbox.dispose());
  const { send, succeed, fail } = operationsOf(() => sandbox);
  const exists = async (id: string, version: string): Promise<boolean> =>
    (await send<{ id?: string }>("GET", `${id}?api-version=${version}`)).id !== undefined;
  const roles = async (scope: string): Promise<number> => {
    const path = `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()`;
    const { value } = await send<{ value: { properties: { scope: string } }[] }>("GET", path);
    return value.filter(({ properties }) => properties.scope === scope).length;
  };

  it("is refused while it would use the account's keys", async () => {
    const { all } = await fail("preview");
    expect(all).toMatch(/datastoreAccess: "key", but storage account "sharedstorage" refuses its keys/);
  });

  it("trains, deploys and scores, and then proposes no change", async () => {
    sandbox.setConfig("azureml-finetune:workspace.datastoreAccess", "identity");
    await succeed("up");
    const created = stateOf(sandbox).resources.map(({ type }) => type);
    for (const type of ["keyvault:Vault", "applicationinsights:Component", "operationalinsights:Workspace"])
      expect(created).not.toContain(`azure-native:${type}`);
    expect(outputs(sandbox).sampleScore?.answer).not.toBe("");
    expect(await roles(storageAccount)).toBe(5);
    expect(await roles(containerRegistry)).toBe(3);
    await succeed("preview", "--expect-no-changes");
    await succeed("refresh");
    await succeed("preview", "--expect-no-changes");
  });

  it("is destroyed without what it did not create", async () => {
    await succeed("destroy", "--yes");
    expect(stateOf(sandbox).resources).toEqual([]);
    expect(await exists(storageAccount, "2024-01-01")).toBe(true);
    expect(await exists(containerRegistry, "2023-07-01")).toBe(true);
    expect(await exists(identity, "2023-01-31")).toBe(true);
    expect(await exists(keyVault, "2024-11-01")).toBe(true);
    expect(await exists(applicationInsights, "2020-02-02")).toBe(true);
    expect(await roles(storageAccount)).toBe(0);
    expect(await roles(containerRegistry)).toBe(0);
  });
});
