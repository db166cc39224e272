/** Azure's command line, from the Python registry, signs in and manages a resource group. */
import { execFile } from "node:child_process";
import * as path from "node:path";
import { startTestCloud, type TestCloud } from "../helpers/testCloud";
import { preparePython } from "./python/environment";
import { failedRequests } from "./python/run";
import { clientEnvironment } from "./workspaceCloud";

const python = preparePython("requirements-az");
const title = python.available ? "az" : `az (skipped: ${python.reason})`;

(python.available ? describe : describe.skip)(title, () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud();
  });
  afterAll(() => cloud.dispose());

  async function az(...argv: string[]): Promise<unknown> {
    if (!python.available) throw new Error(python.reason);
    const more = { AZURE_CONFIG_DIR: path.join(cloud.home, "az"), AZURE_CORE_COLLECT_TELEMETRY: "no" };
    const env = { ...clientEnvironment(cloud), ...more } as NodeJS.ProcessEnv;
    return new Promise((resolve, reject) => {
      const args = ["-m", "azure.cli", ...argv, "--output", "json"];
      execFile(python.executable, args, { env }, (error, stdout, stderr) => {
        if (error) reject(new Error(`az ${argv.join(" ")}: ${stderr.slice(-2000)}`));
        else resolve(stdout.trim() === "" ? undefined : JSON.parse(stdout));
      });
    });
  }

  it("finds the cloud by its metadata, signs in with the identity, and creates, lists and deletes a group", async () => {
    expect(await az("cloud", "list")).toMatchObject([{ name: "AzureMLLocal", isActive: true }]);
    expect(await az("login", "--identity")).toMatchObject([{ environmentName: "AzureMLLocal" }]);
    await az("group", "create", "--name", "made", "--location", "westeurope", "--tags", "team=red");
    const account = ["--name", "madebyaz", "--resource-group", "made"];
    await az("storage", "account", "create", ...account, "--sku", "Standard_LRS");
    expect(await az("resource", "list", "--resource-group", "made")).toMatchObject([{ name: "madebyaz" }]);
    await az("group", "delete", "--name", "made", "--yes");
    expect(await az("group", "exists", "--name", "made")).toBe(false);
  });

  it("sends no request that the cloud does not support", () => {
    expect(failedRequests(cloud)).toEqual([]);
  });
});
