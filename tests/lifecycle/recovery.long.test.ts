import { setTimeout as pause } from "node:timers/promises";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { interruptionOf } from "./interruption";
import { get, makeTestSandbox, startCloud, stateOf } from "./support";

/** What every native creation of a complete `up` is called when it is taken over. */
const labels = [
  "resource group",
  "storage account",
  "key vault",
  "Log Analytics workspace",
  "Application Insights",
  "workspace",
  "role assignment",
  "cluster",
  "data version",
  "model version",
  "endpoint",
  "deployment",
];
/** Paths of their PUT requests. The first request that matches is the creation itself, not one below it. */
const creations = [
  "*/resourceGroups/rg-*",
  "*/storageAccounts/*",
  "*/vaults/*",
  "*/Microsoft.OperationalInsights/*",
  "*/Microsoft.Insights/*",
  "*/Microsoft.MachineLearningServices/workspaces/*",
  "*/roleAssignments/*",
  "*/computes/*",
  "*/data/*/versions/*",
  "*/models/*/versions/*",
  "*/onlineEndpoints/*",
  "*/deployments/*",
];
const cluster = "*/computes/*";

interface Created {
  id?: string;
  properties?: { provisioningState?: string };
}

describe("an update that was interrupted during a creation", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    await startCloud(sandbox);
  });
  afterAll(() => sandbox.dispose());

  const { send, failPut, clearFaults, killedUp, succeed } = interruptionOf(() => sandbox);
  const status = () => get<{ resources: Record<string, number> }>(sandbox, "/local/status");

  test("goes on with the next up after each creation, trains once, and leaves nothing after destroy", async () => {
    for (const path of creations) await failPut("hang-after-commit", path);
    const printed: string[] = [];
    for (let run = await killedUp(); ; run = await killedUp()) {
      printed.push(run.done.all);
      if (!run.killed && run.done.code === 0) break;
    }
    const taken = printed.flatMap((text) => text.match(/Taken over: .*/g) ?? []);
    for (const label of labels) expect(taken.join("\n")).toContain(`Taken over: ${label} `);
    expect(stateOf(sandbox).resources.flatMap(({ initErrors }) => initErrors ?? [])).toEqual([]);
    await succeed("preview", "--expect-no-changes");
    expect((await status()).resources["Microsoft.MachineLearningServices/workspaces/jobs"]).toBe(1);
    await succeed("destroy");
    expect((await get<{ empty: boolean }>(sandbox, "/local/inventory")).empty).toBe(true);
  });

  test("goes on with the next up after a 504 of a creation that Azure carried out", async () => {
    await failPut("504-after-commit", cluster);
    const broken = await sandbox.run("stack", "up");
    await clearFaults();
    if (broken.code !== 0) expect((await succeed("up")).all).toMatch(/Taken over: cluster /);
    await succeed("preview", "--expect-no-changes");
    await succeed("destroy");
  });

  test("is destroyed completely without another up", async () => {
    await failPut("hang-after-commit", cluster);
    await killedUp();
    await succeed("destroy");
    expect(stateOf(sandbox).resources).toEqual([]);
    expect((await get<{ empty: boolean }>(sandbox, "/local/inventory")).empty).toBe(true);
  });

  test("leaves nothing that bills in an adopted workspace, the running job included", async () => {
    await createWorkspace();
    sandbox.setConfig("azureml-finetune:workspace", {
      mode: "adopt",
      resourceGroup: "shared",
      name: "shared-ws",
    });
    // Too many steps to end before the kill.
    sandbox.setConfig("azureml-finetune:finetune.maxSteps", 100_000);
    const run = sandbox.start("stack", "up");
    await run.until(/chat_completion_finetune|step \d+/);
    process.kill(-run.pid, "SIGKILL");
    await run.finished;
    type Billed = Record<"jobs" | "clusters" | "endpoints", unknown[]>;
    expect((await get<Billed>(sandbox, "/local/inventory")).jobs).toHaveLength(1);
    // The job ends with its cluster; a job that does not is cancelled.
    await succeed("destroy");
    const inventory = await get<Billed>(sandbox, "/local/inventory");
    expect([inventory.jobs, inventory.clusters, inventory.endpoints]).toEqual([[], [], []]);
  });

  /** A workspace that does not belong to the stack. */
  const createWorkspace = async (): Promise<void> => {
    const group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shared";
    const storageAccount = `${group}/providers/Microsoft.Storage/storageAccounts/sharedstore`;
    const keyVault = `${group}/providers/Microsoft.KeyVault/vaults/shared-vault`;
    const location = "westeurope";
    const put = async (path: string, version: string, body: object): Promise<void> => {
      const target = `${path}?api-version=${version}`;
      const { error } = await send<{ error?: unknown }>("PUT", target, body);
      if (error !== undefined) throw new Error(`${path}: ${JSON.stringify(error)}`);
      for (;;) {
        const found = await send<Created>("GET", target);
        const state = found.properties?.provisioningState ?? "Succeeded";
        if (found.id !== undefined && state === "Succeeded") return;
        await pause(50);
      }
    };
    await put(group, "2024-03-01", { location });
    const sku = { name: "Standard_LRS" };
    await put(storageAccount, "2024-01-01", { location, kind: "StorageV2", sku });
    const tenantId = "00000000-0000-0000-0000-00000000000a";
    const properties = { tenantId, sku: { family: "A", name: "standard" }, enableRbacAuthorization: true };
    await put(keyVault, "2024-11-01", { location, properties });
    await put(`${group}/providers/Microsoft.MachineLearningServices/workspaces/shared-ws`, "2025-12-01", {
      location,
      identity: { type: "SystemAssigned" },
      properties: { storageAccount, keyVault },
    });
  };
});
