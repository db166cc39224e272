/** `@azure/arm-resources`, `@azure/identity` and `@azure/storage-blob` with the local cloud. */
import { createDefaultHttpClient, createPipelineRequest } from "@azure/core-rest-pipeline";
import { ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential } from "@azure/identity";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { LOCAL_TENANT_ID } from "../../../../local/cloud/constants";
import { readIdentitySecret } from "../../../../local/cloud/identity/secret";
import { all, FAST, type OfficialClients, failureOf, startOfficialClients } from "./officialClients";
import { NAMES, SUBSCRIPTION_ID } from "./workspaceCloud";

const location = "westeurope";
const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/${NAMES.group}`;
const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/client`;
const STORE = `${GROUP}/providers/Microsoft.Storage/storageAccounts/${NAMES.account}`;

let clients: OfficialClients;
beforeAll(async () => {
  clients = await startOfficialClients();
});
afterAll(() => clients.dispose());

describe("@azure/arm-resources", () => {
  it("creates, finds, changes, lists and deletes resource groups with their resources", async () => {
    const { resourceGroups, resources } = clients.resources;
    expect(await resourceGroups.checkExistence("fresh")).toEqual({ body: false });
    const made = await resourceGroups.createOrUpdate("fresh", { location: "West Europe", tags: { a: "b" } });
    expect(made).toMatchObject({
      location,
      tags: { a: "b" },
      properties: { provisioningState: "Succeeded" },
    });
    expect(await resourceGroups.checkExistence("FRESH")).toEqual({ body: true });
    expect(await resourceGroups.get("fresh")).toEqual(made);
    expect((await resourceGroups.update("fresh", { tags: { c: "d" } })).tags).toEqual({ c: "d" });
    const named = async (filter?: string): Promise<unknown[]> =>
      (await all(resourceGroups.list({ filter }))).map(({ name }) => name);
    expect(await named()).toEqual([NAMES.group, "fresh"]);
    expect(await named("tagName eq 'c' and tagValue eq 'd'")).toEqual(["fresh"]);
    const inside = `${GROUP.replace(NAMES.group, "fresh")}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one`;
    await resources.beginCreateOrUpdateByIdAndWait(inside, "2023-01-31", { location }, FAST);
    await resourceGroups.beginDeleteAndWait("fresh", FAST);
    expect(await failureOf(resourceGroups.get("fresh"))).toEqual({
      status: 404,
      code: "ResourceGroupNotFound",
    });
    expect(await failureOf(resources.getById(inside, "2023-01-31"))).toMatchObject({ status: 404 });
  });

  it("creates, reads, lists with filters, tags and deletes any resource by its id", async () => {
    const { resources, tagsOperations } = clients.resources;
    const version = "2023-01-31";
    expect(await resources.checkExistenceById(IDENTITY, version)).toEqual({ body: false });
    const made = await resources.beginCreateOrUpdateByIdAndWait(IDENTITY, version, { location }, FAST);
    expect(made).toMatchObject({
      name: "client",
      location,
      type: "Microsoft.ManagedIdentity/userAssignedIdentities",
    });
    expect(made.properties).toMatchObject({ principalId: expect.any(String), clientId: expect.any(String) });
    expect(await resources.checkExistenceById(IDENTITY, version)).toEqual({ body: true });

    const tags = async (operation: string, given: Record<string, string>): Promise<unknown> => {
      const patch = { operation, properties: { tags: given } };
      return (await tagsOperations.beginUpdateAtScopeAndWait(IDENTITY, patch, FAST)).properties.tags;
    };
    await tagsOperations.beginCreateOrUpdateAtScopeAndWait(
      IDENTITY,
      { properties: { tags: { a: "1" } } },
      FAST,
    );
    expect(await tags("Merge", { b: "2" })).toEqual({ a: "1", b: "2" });
    expect(await tags("Delete", { a: "1", b: "other" })).toEqual({ b: "2" });
    expect(await tags("Replace", { c: "3" })).toEqual({ c: "3" });
    expect((await tagsOperations.getAtScope(IDENTITY)).properties.tags).toEqual({ c: "3" });
    expect((await resources.getById(IDENTITY, version)).tags).toEqual({ c: "3" });

    const found = async (filter: string): Promise<unknown[]> =>
      (await all(resources.listByResourceGroup(NAMES.group, { filter }))).map(({ name }) => name);
    expect(await found("resourceType eq 'Microsoft.Storage/storageAccounts'")).toEqual([NAMES.account]);
    expect(await found("tagName eq 'c' and tagValue eq '3'")).toEqual(["client"]);
    expect(await found("name eq 'CLIENT' and location eq 'westeurope'")).toEqual(["client"]);
    expect(await found("substringof('clients-', name)")).toEqual(["clients-vault", NAMES.workspace]);
    expect(await failureOf(found("createdTime gt 'x'"))).toMatchObject({ status: 400 });
    expect((await all(resources.list({ top: 2 }))).length).toBe(4);

    await tagsOperations.beginDeleteAtScopeAndWait(IDENTITY, FAST);
    expect((await resources.getById(IDENTITY, version)).tags).toEqual({});
    await resources.beginDeleteByIdAndWait(IDENTITY, version, FAST);
    expect(await resources.checkExistenceById(IDENTITY, version)).toEqual({ body: false });
  });

  it("follows the three styles of long-running operations: by header, by location, by the resource itself", async () => {
    const { resources } = clients.resources;
    const root = `${GROUP}/providers`;
    const account = { location, kind: "StorageV2", sku: { name: "Standard_LRS" } };
    const vault = {
      location,
      properties: { sku: { family: "A", name: "standard" }, tenantId: LOCAL_TENANT_ID },
    };
    const logs = { location, properties: { sku: { name: "PerGB2018" } } };
    for (const [id, version, body] of [
      [`${root}/Microsoft.OperationalInsights/workspaces/client-logs`, "2023-09-01", logs],
      [`${root}/Microsoft.Storage/storageAccounts/clientother`, "2023-05-01", account],
      [`${root}/Microsoft.KeyVault/vaults/client-other`, "2024-11-01", vault],
    ] as const) {
      const made = await resources.beginCreateOrUpdateByIdAndWait(id, version, body, FAST);
      expect(made.properties?.provisioningState).toBe("Succeeded");
      await resources.beginDeleteByIdAndWait(id, version, FAST);
    }
  });

  it("lists the providers and their types, and registers them", async () => {
    const { providers } = clients.resources;
    const provider = await providers.get("microsoft.machinelearningservices");
    expect(provider).toMatchObject({ registrationState: "Registered" });
    const types = provider.resourceTypes?.map(({ resourceType }) => resourceType);
    expect(types).toEqual(expect.arrayContaining(["workspaces/environments", "workspaces/onlineEndpoints"]));
    expect(await providers.unregister("Microsoft.Storage")).toMatchObject({
      registrationState: "Unregistered",
    });
    expect(await providers.register("Microsoft.Storage")).toMatchObject({ registrationState: "Registered" });
    expect((await all(providers.list())).length).toBeGreaterThan(5);
  });
});

describe("@azure/core-rest-pipeline with entity tags", () => {
  const send = async (method: "GET" | "PUT" | "DELETE", headers: Record<string, string>, body?: object) => {
    const token = await clients.credential.getToken("https://management.azure.com/.default");
    const request = createPipelineRequest({
      url: `${clients.cloud.cloud.baseUrl}${IDENTITY}?api-version=2023-01-31`,
      method,
      body: body && JSON.stringify(body),
    });
    const all = {
      authorization: `Bearer ${token.token}`,
      ...(body ? { "content-type": "application/json" } : {}),
    };
    for (const [name, value] of Object.entries({ ...all, ...headers })) request.headers.set(name, value);
    return createDefaultHttpClient().sendRequest(request);
  };

  it("makes a write conditional on the state that its sender has read", async () => {
    expect((await send("PUT", { "if-match": "*" }, { location })).status).toBe(412);
    expect((await send("PUT", { "if-none-match": "*" }, { location })).status).toBe(201);
    expect((await send("PUT", { "if-none-match": "*" }, { location })).status).toBe(412);
    const seen = (await send("GET", {})).headers.get("etag") ?? "";
    expect(seen).toMatch(/^".+"$/);
    const changed = await send("PUT", { "if-match": seen }, { location, tags: { a: "b" } });
    expect(changed.status).toBe(200);
    const late = await send("DELETE", { "if-match": seen });
    expect([late.status, (JSON.parse(late.bodyAsText ?? "") as { error: object }).error]).toMatchObject([
      412,
      { code: "PreconditionFailed" },
    ]);
    expect((await send("DELETE", { "if-match": changed.headers.get("etag") ?? "" })).status).toBe(200);
  });
});

describe("@azure/identity", () => {
  it("gets tokens for an audience from the managed identity and by a client secret", async () => {
    const authorityHost = clients.cloud.cloud.baseUrl;
    const secret = readIdentitySecret(clients.cloud.home);
    const options = { authorityHost, disableInstanceDiscovery: true };
    for (const credential of [
      new DefaultAzureCredential(),
      new ManagedIdentityCredential(),
      new ClientSecretCredential(LOCAL_TENANT_ID, "00000000-0000-0000-0000-0000000000bb", secret, options),
    ]) {
      const { token, expiresOnTimestamp } = await credential.getToken("https://ml.azure.com/.default");
      const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
        aud: string;
      };
      expect(claims.aud).toBe("https://ml.azure.com");
      expect(expiresOnTimestamp).toBeGreaterThan(Date.now());
    }
  });
});

describe("@azure/storage-blob", () => {
  it("writes and reads blobs with an Entra token and with the account's key", async () => {
    const account = await clients.resources.resources.getById(STORE, "2023-05-01");
    const { blob } = account.properties?.primaryEndpoints as { blob: string };
    const keys = (await clients.cloud.call("POST", `${STORE}/listKeys`)).body.keys as Array<{
      value: string;
    }>;
    const shared = new StorageSharedKeyCredential(NAMES.account, keys[0]?.value ?? "");
    const byToken = new BlobServiceClient(blob, clients.credential);
    const byKey = new BlobServiceClient(blob, shared);
    await byToken.getContainerClient("client-endpoint").create();
    const text = "written with a token";
    await byToken
      .getContainerClient("client-endpoint")
      .getBlockBlobClient("a/b.txt")
      .upload(text, text.length, { metadata: { who: "client" } });
    const read = byKey.getContainerClient("client-endpoint").getBlobClient("a/b.txt");
    expect((await read.downloadToBuffer()).toString()).toBe(text);
    expect((await read.getProperties()).metadata).toEqual({ who: "client" });
    const names = (await all(byKey.getContainerClient("client-endpoint").listBlobsFlat())).map(
      ({ name }) => name,
    );
    expect(names).toEqual(["a/b.txt"]);
    await byKey.getContainerClient("client-endpoint").delete();
  });
});
