/** The control plane of Azure ML through `@azure/arm-machinelearning`. */
import type { ComputeResource, Workspace } from "@azure/arm-machinelearning";
import {
  all,
  FAST,
  type OfficialClients,
  failureOf,
  startOfficialClients,
  withoutTimes,
} from "./officialClients";
import { NAMES, SUBSCRIPTION_ID } from "./workspaceCloud";

const { group, workspace } = NAMES;
const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/${group}`;
const STORE = `${GROUP}/providers/Microsoft.Storage/storageAccounts/${NAMES.account}`;
const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/clients-vault`;
const location = "westeurope";

describe("@azure/arm-machinelearning", () => {
  let clients: OfficialClients;
  beforeAll(async () => {
    clients = await startOfficialClients();
  });
  afterAll(() => clients.dispose());

  it("creates, reads, lists, tags and deletes workspaces, and refuses the name of a soft-deleted one", async () => {
    const { workspaces } = clients.ml;
    const body: Workspace = {
      location,
      identity: { type: "SystemAssigned" },
      storageAccount: STORE,
      keyVault: VAULT,
      tags: { owner: "client" },
    };
    const made = await workspaces.beginCreateOrUpdateAndWait(group, "second", body, FAST);
    expect(made).toMatchObject({ name: "second", provisioningState: "Succeeded", tags: { owner: "client" } });
    expect(made.identity?.principalId).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.mlFlowTrackingUri).toMatch(/^azureml:\/\//);
    const read = await workspaces.get(group, "SECOND");
    expect({ ...read, systemData: undefined }).toEqual({ ...made, systemData: undefined });
    const names = async (pages: AsyncIterable<Workspace>): Promise<unknown[]> =>
      (await all(pages)).map(({ name }) => name).sort();
    expect(await names(workspaces.listByResourceGroup(group))).toEqual([workspace, "second"]);
    expect(await names(workspaces.listBySubscription())).toEqual([workspace, "second"]);

    const patched = await workspaces.beginUpdateAndWait(
      group,
      "second",
      { tags: { team: "a" }, friendlyName: "Second" },
      FAST,
    );
    expect(patched).toMatchObject({ tags: { team: "a" }, friendlyName: "Second", storageAccount: STORE });
    const again = await workspaces.beginCreateOrUpdateAndWait(group, "second", read, FAST);
    expect(withoutTimes(again)).toEqual(withoutTimes(read));

    expect((await workspaces.listKeys(group, "second")).userStorageKey).toBeTruthy();
    expect((await workspaces.listStorageAccountKeys(group, "second")).userStorageKey).toBeTruthy();
    await workspaces.beginResyncKeysAndWait(group, "second", FAST);
    const { value } = await workspaces.beginDiagnoseAndWait(group, "second", {
      ...FAST,
      parameters: { value: {} },
    });
    expect(value).toMatchObject({ storageAccountResults: [], keyVaultResults: [] });

    await workspaces.beginDeleteAndWait(group, "second", FAST);
    expect(await failureOf(workspaces.get(group, "second"))).toEqual({
      status: 404,
      code: "ResourceNotFound",
    });
    expect(await failureOf(workspaces.beginCreateOrUpdateAndWait(group, "second", body, FAST))).toMatchObject(
      { status: 400, code: "BadRequest" },
    );
  });

  it("scales, lists and deletes clusters", async () => {
    const { computeOperations } = clients.ml;
    const cluster: ComputeResource = {
      location,
      properties: {
        computeType: "AmlCompute",
        description: "a cluster",
        properties: {
          vmSize: "STANDARD_NC24ADS_A100_V4",
          vmPriority: "LowPriority",
          osType: "Linux",
          scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT5M" },
        },
      },
    };
    const made = await computeOperations.beginCreateOrUpdateAndWait(
      group,
      workspace,
      "cluster",
      cluster,
      FAST,
    );
    expect(made.properties).toMatchObject({
      computeType: "AmlCompute",
      provisioningState: "Succeeded",
      disableLocalAuth: false,
      properties: { vmSize: "Standard_NC24ads_A100_v4", allocationState: "Steady", currentNodeCount: 0 },
    });
    const read = await computeOperations.get(group, workspace, "cluster");
    expect(withoutTimes(read)).toEqual(withoutTimes(made));
    const grown = await computeOperations.beginUpdateAndWait(
      group,
      workspace,
      "cluster",
      { properties: { scaleSettings: { minNodeCount: 0, maxNodeCount: 3 } } },
      FAST,
    );
    expect(grown.properties).toMatchObject({ properties: { scaleSettings: { maxNodeCount: 3 } } });
    const other = {
      ...cluster,
      properties: { ...cluster.properties, properties: { vmSize: "Standard_DS3_v2" } },
    };
    expect(
      await failureOf(
        computeOperations.beginCreateOrUpdateAndWait(
          group,
          workspace,
          "cluster",
          other as ComputeResource,
          FAST,
        ),
      ),
    ).toMatchObject({ status: 400 });
    expect((await all(computeOperations.list(group, workspace))).map(({ name }) => name)).toEqual([
      "cluster",
    ]);
    expect(await all(computeOperations.listNodes(group, workspace, "cluster"))).toEqual([]);
    await computeOperations.beginDeleteAndWait(group, workspace, "cluster", "Delete", FAST);
    expect(await failureOf(computeOperations.get(group, workspace, "cluster"))).toMatchObject({
      status: 404,
    });
  });

  it("returns sizes, usage and quotas, and changes a quota", async () => {
    const { value: sizes = [] } = await clients.ml.virtualMachineSizes.list(location);
    expect(sizes.find(({ name }) => name === "Standard_NC24ads_A100_v4")).toMatchObject({
      gpus: 1,
      vCPUs: 24,
      family: "standardNCADSA100v4Family",
    });
    const usages = await all(clients.ml.usages.list(location));
    expect(usages.find(({ name }) => name?.value === "standardNCADSA100v4Family")).toMatchObject({
      currentValue: 0,
      unit: "Count",
    });
    const [quota] = await all(clients.ml.quotas.list(location));
    const changed = await clients.ml.quotas.update(location, {
      value: [{ id: quota?.id, type: quota?.type, limit: 12, unit: "Count" }],
    });
    expect(changed.value?.[0]).toMatchObject({ limit: 12, status: "Success" });
    expect((await all(clients.ml.quotas.list(location)))[0]).toMatchObject({ limit: 12 });
  });

  it("stores datastores and returns their secrets only on request", async () => {
    const { datastores } = clients.ml;
    const body = {
      properties: {
        datastoreType: "AzureBlob" as const,
        accountName: NAMES.account,
        containerName: "extra",
        description: "more",
        tags: { a: "b" },
        credentials: {
          credentialsType: "AccountKey" as const,
          secrets: { secretsType: "AccountKey" as const, key: "c2VjcmV0" },
        },
      },
    };
    const made = await datastores.createOrUpdate(group, workspace, "extra", body);
    expect(JSON.stringify(made)).not.toContain("c2VjcmV0");
    expect(made.properties).toMatchObject({
      credentials: { credentialsType: "AccountKey" },
      tags: { a: "b" },
    });
    expect(await datastores.listSecrets(group, workspace, "extra")).toMatchObject({ key: "c2VjcmV0" });
    const names = (await all(datastores.list(group, workspace))).map(({ name }) => name).sort();
    expect(names).toEqual([
      "extra",
      "workspaceartifactstore",
      "workspaceblobstore",
      "workspacefilestore",
      "workspaceworkingdirectory",
    ]);
    const defaults = await all(datastores.list(group, workspace, { isDefault: true }));
    expect(defaults.map(({ name }) => name)).toEqual(["workspaceblobstore"]);
    const chosen = await all(datastores.list(group, workspace, { names: ["extra", "workspacefilestore"] }));
    expect(chosen).toHaveLength(2);
    await datastores.delete(group, workspace, "extra");
    expect(await failureOf(datastores.get(group, workspace, "extra"))).toMatchObject({ status: 404 });
  });

  it("lists the provider's operations and stores the workspace's connections", async () => {
    const operations = await all(clients.ml.operations.list());
    expect(operations.map(({ name }) => name)).toContain("Microsoft.MachineLearningServices/workspaces/read");
    const { workspaceConnections } = clients.ml;
    const made = await workspaceConnections.create(group, workspace, "git", {
      properties: {
        authType: "PAT",
        category: "Git",
        target: "https://git.example/repo",
        credentials: { pat: "secret-token" },
      },
    });
    expect(JSON.stringify(made)).not.toContain("secret-token");
    expect((await all(workspaceConnections.list(group, workspace))).map(({ name }) => name)).toEqual(["git"]);
    await workspaceConnections.delete(group, workspace, "git");
  });
});
