import { startTestCloud, SUBSCRIPTION, type TestCloud } from "./helpers/testCloud";

const group = `${SUBSCRIPTION}/resourceGroups/types`;
const providers = `${group}/providers`;
const location = "westeurope";

/** One of each type that needs only the group: body, an update, and what it must change. */
const types: Array<[name: string, id: string, body: object, update: object, seen: object]> = [
  [
    "a user-assigned identity",
    `${providers}/Microsoft.ManagedIdentity/userAssignedIdentities/ident`,
    { location },
    { location, tags: { a: "b" } },
    { tags: { a: "b" }, properties: { principalId: expect.any(String), clientId: expect.any(String) } },
  ],
  [
    "a Log Analytics workspace",
    `${providers}/Microsoft.OperationalInsights/workspaces/logs`,
    { location, properties: { sku: { name: "PerGB2018" }, retentionInDays: 30 } },
    { location, properties: { sku: { name: "PerGB2018" }, retentionInDays: 60 } },
    { properties: { retentionInDays: 60, customerId: expect.any(String), provisioningState: "Succeeded" } },
  ],
  [
    "an Application Insights component",
    `${providers}/Microsoft.Insights/components/insights`,
    { location, kind: "web", properties: { Application_Type: "web" } },
    { location, kind: "web", properties: { Application_Type: "web", RetentionInDays: 30 } },
    { kind: "web", properties: { RetentionInDays: 30, InstrumentationKey: expect.any(String) } },
  ],
  [
    "a key vault",
    `${providers}/Microsoft.KeyVault/vaults/vault-of-types`,
    { location, properties: { sku: { family: "A", name: "standard" } } },
    { location, properties: { sku: { family: "A", name: "premium" }, enableRbacAuthorization: true } },
    { properties: { sku: { name: "premium" }, enableRbacAuthorization: true, vaultUri: expect.any(String) } },
  ],
];

describe("resource types", () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud();
    await cloud.call("PUT", group, { location });
  });
  afterAll(() => cloud.dispose());

  it.each(types)(
    "%s is created, read, updated, listed and deleted",
    async (_name, id, body, update, seen) => {
      const made = await cloud.call("PUT", id, body);
      expect([made.status, made.body.error]).toEqual([id.includes("/components/") ? 200 : 201, undefined]);
      await cloud.finish(made);
      const updated = await cloud.call("PUT", id, update);
      expect(updated.status).toBe(200);
      await cloud.finish(updated);
      // Accounts and components have no systemData.
      const hasSystemData = !/\/(storageAccounts|components)\//.test(id);
      const read = await cloud.call("GET", id.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"));
      expect(read.body).toMatchObject({
        id,
        location,
        ...(hasSystemData ? { systemData: { createdAt: expect.any(String) } } : {}),
        ...seen,
      });
      const collection = id.split("/").slice(0, -1).join("/");
      expect((await cloud.call("GET", collection)).body.value).toHaveLength(1);
      const wide = `${SUBSCRIPTION}/providers/${id.split("/providers/")[1]?.split("/").slice(0, 2).join("/")}`;
      expect((await cloud.call("GET", wide)).body.value).toHaveLength(1);
      const patched = await cloud.call("PATCH", id, { tags: { only: "this" } });
      expect(patched.body.tags).toEqual({ only: "this" });
      await cloud.finish(patched);
      const moved = await cloud.call("PUT", id, { ...body, location: "eastus" });
      expect([moved.status, moved.body.error.code]).toEqual([409, "InvalidResourceLocation"]);
      const gone = await cloud.call("DELETE", id);
      expect([200, 202]).toContain(gone.status);
      await cloud.finish(gone);
      expect((await cloud.call("GET", id)).status).toBe(404);
      expect((await cloud.call("DELETE", id)).status).toBe(204);
    },
  );

  it("names what is missing or wrong", async () => {
    const logs = `${providers}/Microsoft.OperationalInsights/workspaces`;
    const code = async (id: string, body: unknown): Promise<string> => {
      const { body: answer } = await cloud.call("PUT", id, body);
      return `${answer.error.code}: ${answer.error.message}`;
    };
    expect(await code(`${logs}/logs2`, { properties: {} })).toContain("LocationRequired");
    expect(await code(`${logs}/logs2`, { location: "mars", properties: {} })).toContain("westeurope");
    expect(await code(`${logs}/logs2`, { location, properties: { sku: { name: "Gold" } } })).toMatch(
      /'Gold'.*Free, Standard/,
    );
    expect(await code(`${logs}/im`, { location, properties: {} })).toContain("InvalidResourceName");
    expect(await code(`${logs}/logs2`, { location, properties: {}, tags: { a: 1 } })).toContain(
      "InvalidTagValue",
    );
    const elsewhere = logs.replace("types", "nowhere");
    expect(await code(`${elsewhere}/logs2`, { location })).toContain("ResourceGroupNotFound");
  });

  it("returns long lists in pages with absolute links", async () => {
    const identities = `${providers}/Microsoft.ManagedIdentity/userAssignedIdentities`;
    for (let index = 0; index < 5; index++)
      await cloud.call("PUT", `${identities}/page-${index}`, { location });
    const names: string[] = [];
    for (let next: string | undefined = `${identities}?$top=2`; next;) {
      const { body } = await cloud.call("GET", next);
      names.push(...body.value.map((entry: { name: string }) => entry.name));
      next = body.nextLink;
    }
    expect(names).toEqual(["page-0", "page-1", "page-2", "page-3", "page-4"]);
    for (const name of names) await cloud.call("DELETE", `${identities}/${name}`);
  });

  it("returns client and principal of user-assigned identities", async () => {
    const identity = `${providers}/Microsoft.ManagedIdentity/userAssignedIdentities/mine`;
    const { principalId } = (await cloud.call("PUT", identity, { location })).body.properties;
    const logs = `${providers}/Microsoft.OperationalInsights/workspaces/with-identity`;
    const body = { location, identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } } };
    const made = await cloud.call("PUT", logs, body);
    expect(made.body.identity.userAssignedIdentities[identity].principalId).toBe(principalId);
    const lost = {
      ...body,
      identity: { type: "UserAssigned", userAssignedIdentities: { [`${identity}x`]: {} } },
    };
    expect((await cloud.call("PUT", `${logs}2`, lost)).body.error.code).toBe("FailedIdentityOperation");
  });

  it("stores role assignments at any scope, once each, and finds roles by name", async () => {
    const identity = `${providers}/Microsoft.ManagedIdentity/userAssignedIdentities/principal`;
    const { principalId } = (await cloud.call("PUT", identity, { location })).body.properties;
    const filter = encodeURIComponent("roleName eq 'Storage Blob Data Contributor'");
    const roles = (
      await cloud.call("GET", `${group}/providers/Microsoft.Authorization/roleDefinitions?$filter=${filter}`)
    ).body.value;
    expect(roles).toHaveLength(1);
    const properties = { principalId, roleDefinitionId: roles[0].id, principalType: "ServicePrincipal" };
    const at = (scope: string, last: number): string =>
      `${scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-00000000000${last}`;
    for (const [index, scope] of [SUBSCRIPTION, group, identity].entries()) {
      expect((await cloud.call("PUT", at(scope, index), { properties })).status).toBe(201);
      expect((await cloud.call("GET", at(scope, index))).body.properties).toMatchObject({
        scope,
        principalId,
      });
    }
    expect((await cloud.call("PUT", at(group, 9), { properties })).body.error.code).toBe(
      "RoleAssignmentExists",
    );
    const inherited = (
      await cloud.call("GET", `${identity}/providers/Microsoft.Authorization/roleAssignments`)
    ).body.value;
    expect(inherited).toHaveLength(3);
    const bad = { properties: { ...properties, roleDefinitionId: "x/11111111-0000-0000-0000-000000000000" } };
    expect((await cloud.call("PUT", at(group, 8), bad)).body.error.code).toBe("RoleDefinitionDoesNotExist");
    expect((await cloud.call("DELETE", at(group, 1))).status).toBe(200);
    await cloud.call("DELETE", identity);
    expect((await cloud.call("GET", at(identity, 2))).status).toBe(404);
  });

  it("registers providers and returns the subscription", async () => {
    const provider = `${SUBSCRIPTION}/providers/Microsoft.MachineLearningServices`;
    expect((await cloud.call("POST", `${provider}/register`)).body.registrationState).toBe("Registered");
    expect((await cloud.call("GET", provider)).body.namespace).toBe("Microsoft.MachineLearningServices");
    expect((await cloud.call("GET", `${SUBSCRIPTION}/providers/Microsoft.Nope`)).status).toBe(404);
    expect((await cloud.call("GET", SUBSCRIPTION)).body.state).toBe("Enabled");
  });

  it("never returns a vault secret's value", async () => {
    const vault = `${providers}/Microsoft.KeyVault/vaults/secret-vault`;
    await cloud.finish(
      await cloud.call("PUT", vault, { location, properties: { sku: { name: "standard" } } }),
    );
    const made = await cloud.call("PUT", `${vault}/secrets/s`, { properties: { value: "hush" } });
    expect(made.body.properties.secretUri).toContain("/secrets/s");
    expect(JSON.stringify([made.body, (await cloud.call("GET", `${vault}/secrets/s`)).body])).not.toContain(
      "hush",
    );
  });
});
