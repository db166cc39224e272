import type { PreflightCloud } from "../../preflight/cloud";
import { prerequisites, problems } from "./support";

const group = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/shared/providers";
const storageAccount = `${group}/Microsoft.Storage/storageAccounts/sharedstorage`;
const keyVault = `${group}/Microsoft.KeyVault/vaults/shared-vault`;
const containerRegistry = `${group}/Microsoft.ContainerRegistry/registries/images`;
const identity = `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/someone`;

/** A cloud in which the resources exist with these properties. */
const having = (
  facts: { location?: string; sku?: string; properties?: Record<string, unknown> } = {},
): Partial<PreflightCloud> => ({
  workspace: async () => undefined,
  resource: async (id) =>
    id.includes("/workspaces/")
      ? undefined
      : {
          ...{ id, name: id.split("/").at(-1) ?? "", location: facts.location ?? "westeurope" },
          sku: { name: facts.sku ?? "Standard_LRS" },
          properties: { principalId: "principal", ...facts.properties },
        },
});

test("nothing is requested by id unless a setting names it", async () => {
  const resource = jest.fn();
  await prerequisites({}, { resource });
  expect(resource).not.toHaveBeenCalled();
});

test("a resource that does not exist is reported with its setting", async () => {
  const found = await problems({
    workspace: { existing: { storageAccount } },
    compute: { identity },
  });
  expect(found).toEqual([
    expect.stringContaining(`compute.identity | there is no user-assigned identity ${identity}`),
    expect.stringContaining(
      `workspace.existing.storageAccount | there is no storage account ${storageAccount}`,
    ),
  ]);
});

test("storage account and key vault must be in the stack's region, a registry need not", async () => {
  const existing = { storageAccount, keyVault, containerRegistry };
  const found = await problems({ workspace: { existing } }, having({ location: "East US" }));
  expect(found).toEqual([
    expect.stringMatching(/storageAccount \| .* is in East US/),
    expect.stringMatching(/keyVault \| .* is in East US/),
  ]);
  const only = await prerequisites(
    { workspace: { existing: { containerRegistry } } },
    having({ location: "East US" }),
  );
  expect(only.notes.join("\n")).toMatch(/container registry "images" is in East US, the stack in westeurope/);
});

test.each([
  [{ sku: "Premium_LRS" }, /has the SKU Premium_LRS/],
  [{ properties: { isHnsEnabled: true } }, /has a hierarchical namespace/],
  [
    { properties: { allowSharedKeyAccess: false } },
    /datastoreAccess \| "key", but storage account "sharedstorage" refuses its keys.*Set workspace\.datastoreAccess: identity/,
  ],
] as const)("refuses a storage account that the workspace cannot use: %j", async (facts, message) => {
  const found = await problems({ workspace: { existing: { storageAccount } } }, having(facts));
  expect(found.join("\n")).toMatch(message);
});

test("the stack's own names of existing parts are not checked", async () => {
  const nameUse = jest.fn(async () => ({ state: "free" as const }));
  await prerequisites({ workspace: { existing: { storageAccount, keyVault } } }, { ...having(), nameUse });
  expect(nameUse).not.toHaveBeenCalled();
});

test("another storage account than the workspace was created with is refused", async () => {
  const live = {
    ...having(),
    resource: async (id: string) => ({
      ...{ id, name: id.split("/").at(-1) ?? "", location: "westeurope" },
      properties: id.includes("/workspaces/") ? { storageAccount: "/other" } : {},
    }),
  };
  const found = await problems({ workspace: { existing: { storageAccount } } }, live);
  expect(found.join()).toMatch(
    /but the workspace uses \/other \| Restore the setting, or set workspace\.generation: 2/,
  );
});

test("the principal of an existing identity is known before anything is created", async () => {
  const found = await prerequisites({ compute: { identity } }, having());
  expect(found.identities).toEqual({ compute: { id: identity, principalId: "principal" } });
});

test("the vault of a customer-managed key must have purge protection", async () => {
  const key = `https://shared-vault.vault.azure.net/keys/metadata/${"a".repeat(32)}`;
  const encryption = { keyVault, key };
  expect((await problems({ workspace: { encryption } }, having())).join()).toMatch(
    /has no purge protection \| Run: az keyvault update --name shared-vault --enable-purge-protection true/,
  );
  await prerequisites({ workspace: { encryption } }, having({ properties: { enablePurgeProtection: true } }));
});

test("another identity of the endpoint gives it another name", async () => {
  const names = await Promise.all(
    [{}, { identity }].map(async (endpoint) => {
      const workspace = { existing: { containerRegistry } };
      return (await prerequisites({ workspace, endpoint }, having())).endpointName;
    }),
  );
  expect(new Set(names).size).toBe(2);
});
