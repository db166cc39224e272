import { DefaultAzureCredential } from "@azure/identity";
import { BlobServiceClient, newPipeline, StorageSharedKeyCredential } from "@azure/storage-blob";
import * as fs from "node:fs";
import { startTestCloud, SUBSCRIPTION, type TestCloud } from "./helpers/testCloud";

const group = `${SUBSCRIPTION}/resourceGroups/lab`;
const providers = `${group}/providers`;
const account = `${providers}/Microsoft.Storage/storageAccounts/labstore`;
const vault = `${providers}/Microsoft.KeyVault/vaults/lab-vault`;
const insights = `${providers}/Microsoft.Insights/components/lab-insights`;
const workspace = `${providers}/Microsoft.MachineLearningServices/workspaces/lab`;
const compute = `${workspace}/computes/gpu-cluster`;

const clusterBody = {
  location: "westeurope",
  properties: {
    computeType: "AmlCompute",
    properties: {
      vmSize: "standard_nc24ads_a100_v4",
      vmPriority: "Dedicated",
      scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT2M" },
    },
  },
};

describe("a workspace and its dependencies", () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud();
    await cloud.call("PUT", group, { location: "westeurope" });
  });
  afterAll(() => cloud.dispose());

  it("creates a storage account as a long-running operation and returns its keys only on request", async () => {
    const made = await cloud.call("PUT", account, {
      location: "westeurope",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      properties: { allowSharedKeyAccess: true },
    });
    // The older style: the Location has no result until the account exists.
    expect([made.status, made.body, made.headers["azure-asyncoperation"]]).toEqual([202, "", undefined]);
    expect(made.headers["retry-after-ms"]).toBe("100");
    expect((await cloud.finish(made)).body.name).toBe("labstore");
    const { body } = await cloud.call("GET", account);
    expect(body.properties).toMatchObject({ provisioningState: "Succeeded", allowSharedKeyAccess: true });
    expect(body.properties.primaryEndpoints.blob).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/labstore\/$/);
    const keys = (await cloud.call("POST", `${account}/listKeys`)).body.keys;
    expect(JSON.stringify(body)).not.toContain(keys[0].value);
    expect(Buffer.from(keys[0].value, "base64")).toHaveLength(64);
  });

  it("refuses a taken account name, a wrong kind and an invalid name", async () => {
    const other = `${SUBSCRIPTION}/resourceGroups/other`;
    await cloud.call("PUT", other, { location: "westeurope" });
    const body = { location: "westeurope", kind: "StorageV2", sku: { name: "Standard_LRS" } };
    const taken = await cloud.call("PUT", account.replace(group, other), body);
    expect([taken.status, taken.body.error.code]).toEqual([409, "StorageAccountAlreadyTaken"]);
    const kind = await cloud.call("PUT", account, { ...body, kind: "Tape" });
    expect(kind.body.error.message).toMatch(/'Tape'\. Allowed: Storage, StorageV2/);
    const name = await cloud.call("PUT", `${account}-X`, body);
    expect([name.status, name.body.error.code]).toEqual([400, "InvalidResourceName"]);
  });

  it("creates vault and insights, then the workspace with its identity, containers and datastores", async () => {
    const tenantId = "00000000-0000-0000-0000-00000000000a";
    const vaultBody = {
      location: "westeurope",
      properties: { tenantId, sku: { family: "A", name: "standard" } },
    };
    await cloud.finish(await cloud.call("PUT", vault, vaultBody));
    await cloud.call("PUT", insights, {
      location: "westeurope",
      kind: "web",
      properties: { Application_Type: "web" },
    });
    const made = await cloud.call("PUT", workspace, {
      location: "westeurope",
      identity: { type: "SystemAssigned" },
      properties: { storageAccount: account, keyVault: vault, applicationInsights: insights },
    });
    expect(made.status).toBe(202);
    expect((await cloud.finish(made)).body.status).toBe("Succeeded");
    const { body } = await cloud.call("GET", workspace);
    expect(body.identity.principalId).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.properties.mlFlowTrackingUri).toBe(
      `azureml://127.0.0.1:${cloud.port}/mlflow/v1.0${workspace}`,
    );
    expect(body.systemData.createdAt).toBeDefined();
    const discovery = await cloud.call("GET", body.properties.discoveryUrl, undefined, { authorization: "" });
    expect(discovery.body.api).toBe(cloud.cloud.baseUrl);
    const stores = (await cloud.call("GET", `${workspace}/datastores?isDefault=true`)).body.value;
    expect(stores).toHaveLength(1);
    expect(stores[0]).toMatchObject({
      name: "workspaceblobstore",
      properties: {
        datastoreType: "AzureBlob",
        accountName: "labstore",
        containerName: `azureml-blobstore-${body.properties.workspaceId}`,
        credentials: { credentialsType: "AccountKey" },
      },
    });
  });

  it("assigns the workspace's identity its role on the storage account, so that a second assignment fails", async () => {
    const { principalId } = (await cloud.call("GET", workspace)).body.identity;
    const roles = `${account}/providers/Microsoft.Authorization/roleAssignments`;
    const { value } = (await cloud.call("GET", roles)).body;
    expect(value).toHaveLength(1);
    const { roleDefinitionId } = value[0].properties;
    expect(value[0].properties).toMatchObject({ principalId, scope: account });
    const duplicate = `${roles}/00000000-0000-0000-0000-000000000001`;
    const again = await cloud.call("PUT", duplicate, { properties: { principalId, roleDefinitionId } });
    expect([again.status, again.body.error.code]).toEqual([409, "RoleAssignmentExists"]);
  });

  it("refuses a workspace whose storage account does not exist", async () => {
    const answer = await cloud.call("PUT", `${workspace}2`, {
      location: "westeurope",
      identity: { type: "SystemAssigned" },
      properties: { storageAccount: `${account}x`, keyVault: vault },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain("properties.storageAccount");
  });

  it("issues a SAS that reads and writes blobs, and does not count the cloud's own requests", async () => {
    const { body } = await cloud.call("POST", `${workspace}/datastores/workspaceblobstore/listSecrets`, {
      expirableSecret: true,
      expireAfterHours: 1,
    });
    expect(body.secretsType).toBe("Sas");
    const store = (await cloud.call("GET", `${workspace}/datastores/workspaceblobstore`)).body.properties;
    const endpoint = (await cloud.call("GET", account)).body.properties.primaryEndpoints.blob;
    const tls = { tlsOptions: { ca: fs.readFileSync(cloud.caFile, "utf8") } };
    const client = new BlobServiceClient(
      `${endpoint}?${body.sasToken}`,
      newPipeline(undefined, tls as object),
    );
    const before = (await cloud.call("GET", "/local/status")).body.requests.blobs;
    await client.getContainerClient(store.containerName).getBlockBlobClient("a/b.txt").upload("hello", 5);
    const at = { account: "labstore", container: store.containerName as string, path: "a/b.txt" };
    expect(await cloud.cloud.blobs.getText(at)).toBe("hello");
    const after = (await cloud.call("GET", "/local/status")).body.requests.blobs;
    expect(after.writes - before.writes).toBe(1);
  });

  it("accepts an upload by DefaultAzureCredential with a token from the identity endpoint", async () => {
    const saved = { ...process.env };
    for (const name of Object.keys(process.env)) if (/^AZURE_/.test(name)) delete process.env[name];
    process.env["IDENTITY_ENDPOINT"] = `http://127.0.0.1:${cloud.identityPort}/msi/token`;
    process.env["IDENTITY_HEADER"] = fs.readFileSync(`${cloud.home}/identity-header`, "utf8");
    try {
      const endpoint = (await cloud.call("GET", account)).body.properties.primaryEndpoints.blob;
      const tls = { tlsOptions: { ca: fs.readFileSync(cloud.caFile, "utf8") } };
      const client = new BlobServiceClient(
        endpoint,
        newPipeline(new DefaultAzureCredential(), tls as object),
      );
      const container = client.getContainerClient("by-token");
      await container.create();
      await container.getBlockBlobClient("x").upload("token", 5);
      expect((await container.getBlobClient("x").downloadToBuffer()).toString()).toBe("token");
    } finally {
      process.env = saved;
    }
  });

  it("copies folders to and from the blob store and creates read URLs that need no token", async () => {
    const source = fs.mkdtempSync(`${cloud.home}/source-`);
    fs.mkdirSync(`${source}/inner`);
    fs.writeFileSync(`${source}/one.txt`, "1");
    fs.writeFileSync(`${source}/inner/two.txt`, "2");
    const place = { account: "labstore", container: "folders", path: "job/out" };
    await cloud.cloud.blobs.uploadFrom(source, place);
    const files = await cloud.cloud.blobs.downloadTo(place, `${source}-copy`);
    expect(files.map((file) => fs.readFileSync(file, "utf8")).sort()).toEqual(["1", "2"]);
    expect(fs.readFileSync(`${source}-copy/inner/two.txt`, "utf8")).toBe("2");
    expect(await cloud.cloud.blobs.exists({ ...place, path: "job/out/one.txt" })).toBe(true);
    expect(await cloud.cloud.blobs.getText({ ...place, path: "nothing" })).toBeUndefined();
    const url = await cloud.cloud.blobs.readUrl({ ...place, path: "job/out/inner/two.txt" });
    expect((await cloud.call("GET", url, undefined, { authorization: "" })).body).toBe("2");
  });

  it("refuses the old key after regenerateKey", async () => {
    const [first] = (await cloud.call("POST", `${account}/listKeys`)).body.keys;
    const renewed = (await cloud.call("POST", `${account}/regenerateKey`, { keyName: "key1" })).body.keys[0]
      .value;
    expect(renewed).not.toBe(first.value);
    const endpoint = (await cloud.call("GET", account)).body.properties.primaryEndpoints.blob;
    const options = { tlsOptions: { ca: fs.readFileSync(cloud.caFile, "utf8") } } as object;
    const client = (key: string): BlobServiceClient =>
      new BlobServiceClient(endpoint, newPipeline(new StorageSharedKeyCredential("labstore", key), options));
    // After a wrong key, Azurite tries the next kind of credential and reports that one.
    await expect(client(first.value).getContainerClient("folders").getProperties()).rejects.toThrow(/Auth/);
    await expect(client(renewed).getContainerClient("folders").getProperties()).resolves.toBeDefined();
  });

  it("creates a cluster, keeps its VM size fixed, scales it, and names the known sizes for an unknown one", async () => {
    const made = await cloud.call("PUT", compute, clusterBody);
    expect(made.status).toBe(201);
    expect(made.headers["azure-asyncoperation"]).toContain("/computeOperationsStatus/");
    await cloud.finish(made);
    const { body } = await cloud.call("GET", compute);
    expect(body.properties).toMatchObject({ provisioningState: "Succeeded", computeType: "AmlCompute" });
    expect(body.properties.properties).toMatchObject({
      vmSize: "Standard_NC24ads_A100_v4",
      allocationState: "Steady",
      currentNodeCount: 0,
    });
    const bigger = structuredClone(clusterBody);
    bigger.properties.properties.scaleSettings.maxNodeCount = 2;
    expect((await cloud.finish(await cloud.call("PUT", compute, bigger))).body.status).toBe("Succeeded");
    const other = structuredClone(clusterBody);
    other.properties.properties.vmSize = "Standard_NC4as_T4_v3";
    expect((await cloud.call("PUT", compute, other)).body.error.code).toBe("ComputePropertyNotUpdatable");
    other.properties.properties.vmSize = "Standard_Imaginary";
    const unknown = await cloud.call("PUT", `${workspace}/computes/second`, other);
    expect(unknown.status).toBe(400);
    expect(unknown.body.error.message).toContain("Standard_NC24ads_A100_v4");
  });

  it("refuses a size the region lacks, a cluster over quota and impossible scale settings", async () => {
    const north = structuredClone(clusterBody);
    north.location = "northcentralus";
    expect((await cloud.call("PUT", `${workspace}/computes/north`, north)).body.error.message).toContain(
      "not offered in the region 'northcentralus'",
    );
    const large = structuredClone(clusterBody);
    large.properties.properties.vmSize = "Standard_ND96isr_H100_v5";
    expect((await cloud.call("PUT", `${workspace}/computes/large`, large)).body.error.message).toContain(
      "vCPU quota of 0 and cannot accomodate",
    );
    const upside = structuredClone(clusterBody);
    upside.properties.properties.scaleSettings.minNodeCount = 3;
    expect((await cloud.call("PUT", `${workspace}/computes/upside`, upside)).body.error.message).toContain(
      "minNodeCount (3) is greater than maxNodeCount (1)",
    );
  });

  it("lists sizes with their GPUs, and usages with their limits", async () => {
    const location = `${SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/westeurope`;
    const sizes = (await cloud.call("GET", `${location}/vmSizes`)).body.value;
    const gpus = Object.fromEntries(
      sizes.map((size: { name: string; gpus: number }) => [size.name, size.gpus]),
    );
    expect(gpus).toMatchObject({ Standard_NC64as_T4_v3: 4, Standard_NC48ads_A100_v4: 2, Standard_DS3_v2: 0 });
    const usages = (await cloud.call("GET", `${location}/usages`)).body.value;
    expect(usages).toContainEqual(
      expect.objectContaining({
        limit: 96,
        name: expect.objectContaining({ value: "standardNCADSA100v4Family" }),
      }),
    );
  });

  it("registers data by version and never changes the target of a version", async () => {
    const version = `${workspace}/data/train/versions/1`;
    const properties = {
      dataType: "uri_file",
      dataUri: "azureml://datastores/workspaceblobstore/paths/a/b.txt",
    };
    const made = await cloud.call("PUT", version, { properties });
    expect(made.status).toBe(201);
    expect(made.body.properties.dataUri).toBe(
      `azureml://subscriptions/${SUBSCRIPTION.split("/")[2]}/resourcegroups/lab/workspaces/lab/datastores/workspaceblobstore/paths/a/b.txt`,
    );
    expect(
      (await cloud.call("PUT", version, { properties: { ...properties, description: "d" } })).status,
    ).toBe(200);
    const moved = { ...properties, dataUri: "azureml://datastores/workspaceblobstore/paths/a/c.txt" };
    expect((await cloud.call("PUT", version, { properties: moved })).status).toBe(409);
    await cloud.call("PUT", version.replace(/1$/, "2"), { properties: moved });
    const latest = `${workspace}/data/train/versions?$orderBy=createdtime desc&$top=1`;
    expect((await cloud.call("GET", latest)).body.value[0].name).toBe("2");
    const container = (await cloud.call("GET", `${workspace}/data/train`)).body.properties;
    expect(container).toMatchObject({ latestVersion: "2", nextVersion: "3" });
    const lost = { ...properties, dataUri: "azureml://datastores/nowhere/paths/a" };
    expect((await cloud.call("PUT", version.replace(/1$/, "3"), { properties: lost })).status).toBe(400);
  });

  it("deletes everything with the group, reserves the deleted names, and frees them when purged", async () => {
    const inventory = (await cloud.call("GET", "/local/inventory")).body;
    expect(inventory.empty).toBe(false);
    expect(inventory.clusters).toHaveLength(1);
    expect((await cloud.finish(await cloud.call("DELETE", group))).status).toBe(204);
    for (const id of [account, vault, workspace, compute])
      expect((await cloud.call("GET", id)).status).toBe(404);
    expect((await cloud.call("GET", "/local/inventory")).body.empty).toBe(true);

    await cloud.call("PUT", group, { location: "westeurope" });
    const vaultBody = { location: "westeurope", properties: { sku: { name: "standard" } } };
    expect((await cloud.call("PUT", vault, vaultBody)).body.error.code).toBe("ConflictError");
    const deleted = `${SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/lab-vault`;
    expect((await cloud.call("GET", deleted)).body.properties.vaultId).toBe(vault);
    expect((await cloud.call("POST", `${deleted}/purge`)).status).toBe(200);
    await cloud.finish(await cloud.call("PUT", vault, vaultBody));
    const storage = { location: "westeurope", kind: "StorageV2", sku: { name: "Standard_LRS" } };
    await cloud.finish(await cloud.call("PUT", account, storage));
    const body = {
      location: "westeurope",
      identity: { type: "SystemAssigned" },
      properties: { storageAccount: account, keyVault: vault },
    };
    expect((await cloud.call("PUT", workspace, body)).body.error.message).toContain(
      "Soft-deleted workspace exists",
    );
    expect((await cloud.call("DELETE", `${workspace}?forceToPurge=true`)).status).toBe(204);
    expect((await cloud.call("PUT", workspace, body)).status).toBe(202);
  });
});
