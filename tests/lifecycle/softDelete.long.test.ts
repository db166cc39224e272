import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceNames } from "../../azureml/names";
import { LOCAL_SUBSCRIPTION_ID } from "../../local/cloud/constants";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { interruptionOf } from "./interruption";
import { get, makeTestSandbox, startCloud, stateOf } from "./support";

const names = workspaceNames({
  project: "azureml-finetune",
  stack: "local",
  subscriptionId: LOCAL_SUBSCRIPTION_ID,
});
const subscription = `/subscriptions/${LOCAL_SUBSCRIPTION_ID}`;
const group = `${subscription}/resourceGroups/${names.resourceGroup}`;
const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/${names.workspace}`;
const workspaces = "*/Microsoft.MachineLearningServices/workspaces/*";
const vaults = "*/vaults/*";

/**
 * Azure keeps the names of deleted workspaces and key vaults. No stack gets stuck on what it deleted itself. The tests follow one
 * another on one stack: each goes on from what the one before has left.
 */
describe("names that Azure keeps for deleted resources", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:endpoint.enabled", false);
    await startCloud(sandbox);
  });
  afterAll(() => sandbox.dispose());
  const { send, failPut, killedUp, succeed } = interruptionOf(() => sandbox);

  const deletedWorkspaces = async (): Promise<string[]> => {
    const path = `${subscription}/providers/Microsoft.MachineLearningServices/deletedWorkspaces?api-version=2024-10-01`;
    const { value } = await get<{ value: { name: string }[] }>(sandbox, path);
    return value.map(({ name }) => name);
  };
  const deletedVaults = async (): Promise<string[]> => {
    const path = `${subscription}/providers/Microsoft.KeyVault/deletedVaults?api-version=2023-07-01`;
    const { value } = await get<{ value: { name: string }[] }>(sandbox, path);
    return value.map(({ name }) => name);
  };
  const isGone = async (path: string): Promise<boolean> =>
    (await send<{ id?: string }>("GET", path)).id === undefined;
  /** What somebody deletes without the stack. */
  const deleteByHand = async (path: string, version: string): Promise<void> => {
    await send("DELETE", `${path}?api-version=${version}`);
    while (!(await isGone(`${path}?api-version=${version}`))) continue;
  };
  /** As a plain `destroy` of any Pulumi client: it knows the state only, and nothing of the lost creation. */
  const loseState = (): void => {
    const file = ".local/state/.pulumi/stacks/azureml-finetune/local.json";
    const state = JSON.parse(sandbox.read(file)) as { checkpoint: { latest: object } };
    state.checkpoint.latest = {};
    writeFileSync(join(sandbox.root, file), JSON.stringify(state));
  };

  const nothingIsKept = async (): Promise<void> =>
    expect([await deletedWorkspaces(), await deletedVaults()]).toEqual([[], []]);

  test("up purges the workspace and recovers the vault after the group was deleted with the state lost", async () => {
    await failPut("hang-after-commit", workspaces);
    await killedUp();
    loseState();
    await deleteByHand(group, "2024-03-01");
    expect(await deletedWorkspaces()).toEqual([names.workspace]);
    expect(await deletedVaults()).toEqual([names.keyVault]);
    const up = await succeed("up");
    expect(up.all).toMatch(/storage account is gone: an update purges it/);
    expect(up.all).toMatch(/key vault "kv-\S+" is soft-deleted in \w+: an update recovers it/);
    await succeed("preview", "--expect-no-changes");
    await nothingIsKept();
    await succeed("destroy");
    expect((await get<{ empty: boolean }>(sandbox, "/local/inventory")).empty).toBe(true);
  });

  test.each([
    ["key vault", vaults],
    ["workspace", workspaces],
  ])("destroy keeps no name after a kill in the creation of the %s", async (_what, path) => {
    await failPut("hang-after-commit", path);
    expect((await killedUp()).killed).toBe(true);
    await succeed("destroy");
    await nothingIsKept();
  });

  test("up works after these kills, and after the resource group was deleted by hand and a refresh", async () => {
    await succeed("up");
    await succeed("preview", "--expect-no-changes");
    await deleteByHand(group, "2024-03-01");
    await succeed("refresh");
    expect(stateOf(sandbox).resources.map(({ type }) => type)).not.toContain(
      "pulumi-nodejs:dynamic/azureml:PurgeOnDestroy",
    );
    await succeed("up");
    await succeed("preview", "--expect-no-changes");
  });

  test("a workspace that somebody deleted is kept for whoever wants its models back", async () => {
    await deleteByHand(workspace, "2025-12-01");
    await succeed("refresh");
    const up = await sandbox.run("stack", "up");
    expect(up.code).not.toBe(0);
    expect(up.all).toMatch(/To keep its jobs and models, recover it in the portal/);
    expect(await deletedWorkspaces()).toEqual([names.workspace]);
    await send("DELETE", `${workspace}?api-version=2025-12-01&forceToPurge=true`);
    await succeed("up");
    await succeed("preview", "--expect-no-changes");
    await succeed("destroy");
  });

  test("up recovers a vault that cannot be purged", async () => {
    sandbox.setConfig("azureml-finetune:workspace.purgeProtection", true);
    await failPut("hang-after-commit", vaults);
    await killedUp();
    await succeed("destroy");
    expect(await deletedVaults()).toEqual([names.keyVault]);
    const up = await succeed("up");
    expect(up.all).toMatch(/is soft-deleted in \w+: an update recovers it/);
    await succeed("preview", "--expect-no-changes");
  });
});
