import { globalNameUse, scoringHostExists } from "../../azureml/clients/resourceNames";
import { listDeletedVaults, listDeletedWorkspaces } from "../../azureml/clients/softDelete";
import { fakeCloud } from "./support";

const ref = { subscriptionId: "s", resourceGroupName: "rg" };
const absent = { status: 404, body: { error: { code: "ResourceNotFound", message: "no" } } };

test("a name that exists where the stack creates it is its own", async () => {
  const id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st1";
  const { session, sent } = fakeCloud(() => ({ status: 200, body: { id, name: "st1" } }));
  expect(await globalNameUse(session, "storageAccount", ref, "st1")).toEqual({ state: "own" });
  expect(sent).toHaveLength(1);
});

test("a taken name comes with its owner, if the owner is in the subscription", async () => {
  const owner = { id: "/subscriptions/s/x/KV1", name: "KV1", tags: { a: "b" } };
  const { session } = fakeCloud(({ method, url }) => {
    if (method === "POST") return { status: 200, body: { nameAvailable: false, message: "in use" } };
    return url.includes("/resources?") ? { status: 200, body: { value: [owner] } } : absent;
  });
  expect(await globalNameUse(session, "keyVault", ref, "kv1")).toEqual({
    state: "taken",
    message: "in use",
    owner: { id: owner.id, tags: { a: "b" } },
  });
});

test("a free name is free", async () => {
  const { session } = fakeCloud(({ method }) =>
    method === "POST" ? { status: 200, body: { nameAvailable: true } } : absent,
  );
  expect(await globalNameUse(session, "keyVault", ref, "kv1")).toEqual({ state: "free" });
});

test("reads Microsoft's example of deleted vaults, where the id has the name", async () => {
  const { session } = fakeCloud(() => ({
    status: 200,
    body: {
      value: [
        {
          id: "/subscriptions/s/providers/Microsoft.KeyVault/locations/westus/deletedVaults/sample-vault",
          name: "vault-agile-drawer-6404",
          properties: {
            location: "westus",
            scheduledPurgeDate: "2017-04-01T00:00:59Z",
            purgeProtectionEnabled: true,
          },
        },
      ],
    },
  }));
  expect(await listDeletedVaults(session, "s")).toEqual([
    {
      name: "sample-vault",
      location: "westus",
      scheduledPurgeDate: "2017-04-01T00:00:59Z",
      purgeProtected: true,
      vaultId: "",
      tags: {},
    },
  ]);
});

test.each([400, 403, 404])("without a list of deleted workspaces (%d) nothing is known", async (status) => {
  const { session } = fakeCloud(() => ({
    status,
    body: { error: { code: "InvalidResourceType", message: "x" } },
  }));
  expect(await listDeletedWorkspaces(session, "s")).toBeUndefined();
});

describe("the address of an endpoint", () => {
  const { session } = fakeCloud(() => absent);
  const inCloud = (name: string) => ({ ...session, cloud: { ...session.cloud, name } });
  const refuse = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));

  test("exists if its name resolves and an arbitrary one does not", async () => {
    const hosts: string[] = [];
    const resolve = (host: string): Promise<unknown> => {
      hosts.push(host);
      return host.startsWith("chat.") ? Promise.resolve(["1.2.3.4"]) : refuse("ENOTFOUND");
    };
    expect(await scoringHostExists(inCloud("AzureCloud"), "chat", "westeurope", resolve)).toBe(true);
    expect(hosts[0]).toBe("chat.westeurope.inference.ml.azure.com");
    expect(await scoringHostExists(inCloud("AzureCloud"), "free", "westeurope", resolve)).toBe(false);
  });

  test("is unknown if every name resolves, without DNS, and in a cloud without known addresses", async () => {
    const every = (): Promise<unknown> => Promise.resolve(["1.2.3.4"]);
    expect(await scoringHostExists(inCloud("AzureCloud"), "chat", "westeurope", every)).toBeUndefined();
    const none = (): Promise<unknown> => refuse("ETIMEOUT");
    expect(await scoringHostExists(inCloud("AzureCloud"), "chat", "westeurope", none)).toBeUndefined();
    expect(await scoringHostExists(inCloud("Elsewhere"), "chat", "westeurope", every)).toBeUndefined();
  });
});
