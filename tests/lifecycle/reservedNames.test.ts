import { workspaceNames } from "../../azureml/names";
import { LOCAL_SUBSCRIPTION_ID } from "../../local/cloud/constants";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { armToken, call, get, makeTestSandbox } from "./support";

/** Names of which Azure does not let go: found before anything is created. */
describe("reserved names", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
  });
  afterAll(() => sandbox.dispose());

  test("of deleted resources and of other owners are reported together, with the commands that free them", async () => {
    const preview = await sandbox.run("stack", "preview");
    expect(preview.all).not.toMatch(/Preflight found/);
    const names = workspaceNames({
      project: "azureml-finetune",
      stack: "local",
      subscriptionId: LOCAL_SUBSCRIPTION_ID,
    });
    const subscription = `/subscriptions/${LOCAL_SUBSCRIPTION_ID}`;
    const group = `${subscription}/resourceGroups/other`;
    const location = "westeurope";
    const vault = `${group}/providers/Microsoft.KeyVault/vaults/${names.keyVault}`;
    const send = async (method: string, path: string, version: string, body?: unknown): Promise<void> => {
      const url = `https://127.0.0.1:${sandbox.env["AZUREML_LOCAL_PORT"]}${path}?api-version=${version}`;
      const { status, body: text } = await call(sandbox, method, url, {
        token: await armToken(sandbox),
        body,
      });
      if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    };
    await send("PUT", group, "2024-03-01", { location });
    await send("PUT", vault, "2023-07-01", {
      location,
      properties: {
        tenantId: "11111111-1111-1111-1111-111111111111",
        sku: { family: "A", name: "standard" },
      },
    });
    await send("DELETE", vault, "2023-07-01");
    const account = `${group}/providers/Microsoft.Storage/storageAccounts/${names.storageAccount}`;
    await send("PUT", account, "2023-05-01", { location, kind: "StorageV2", sku: { name: "Standard_LRS" } });

    const writes = async (): Promise<number> =>
      (await get<{ requests: { writes: number } }>(sandbox, "/local/status")).requests.writes;
    const before = await writes();
    const done = await sandbox.run("stack", "up");
    expect(done.code).not.toBe(0);
    expect(done.all).toContain(`az keyvault purge --name ${names.keyVault} --location ${location}`);
    expect(done.all).toContain(`The storage account named ${names.storageAccount} is already taken.`);
    expect(done.all).toContain("set workspace.generation: 2");
    expect(await writes()).toBe(before);

    sandbox.setConfig("azureml-finetune:workspace.generation", 2);
    expect((await sandbox.run("stack", "preview")).all).not.toMatch(/Preflight found/);
  });
});
