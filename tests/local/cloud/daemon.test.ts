import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  cloudLogs,
  cloudStatus,
  ensureCloud,
  resetCloud,
  stopCloud,
} from "../../../local/cloud/client/daemon";
import { localEnvironment } from "../../../local/cloud/client/environment";
import { isTaken, threeFreePorts } from "./helpers/ports";
import { SUBSCRIPTION, temporaryDirectory } from "./helpers/testCloud";

/** A client of the local cloud: a process with its environment and Azure's own libraries. */
const client = `
const { DefaultAzureCredential } = require("@azure/identity");
const { BlobServiceClient } = require("@azure/storage-blob");
const credential = new DefaultAzureCredential();
const base = "https://" + process.env.ARM_METADATA_HOSTNAME;
const group = base + "${SUBSCRIPTION}/resourceGroups/g";
const account = group + "/providers/Microsoft.Storage/storageAccounts/daemonstore";
async function arm(method, url, body) {
  const { token } = await credential.getToken("https://management.azure.com/.default");
  const headers = { authorization: "Bearer " + token, "content-type": "application/json" };
  const response = await fetch(url + "?api-version=2021-04-01", { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  return text === "" ? undefined : JSON.parse(text);
}
async function container() {
  for (;;) {
    const { properties } = await arm("GET", account);
    if (properties.provisioningState === "Succeeded") {
      return new BlobServiceClient(properties.primaryEndpoints.blob, credential).getContainerClient("kept");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
(async () => {
  if (process.argv[1] === "write") {
    await arm("PUT", group, { location: "westeurope" });
    await arm("PUT", account, { location: "westeurope", kind: "StorageV2", sku: { name: "Standard_LRS" } });
    const target = await container();
    await target.create();
    await target.getBlockBlobClient("blob").upload("still here", 10);
  }
  process.stdout.write((await (await container()).getBlobClient("blob").downloadToBuffer()).toString());
})().catch((error) => { console.error(error); process.exit(1); });
`;

function runClient(env: NodeJS.ProcessEnv, command: "write" | "read"): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ["-e", client, command],
      { env, cwd: process.cwd() },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stderr}`));
        else resolve(stdout);
      },
    );
  });
}

describe("the background process", () => {
  let home = "";
  let port = 0;
  let env: NodeJS.ProcessEnv = {};
  beforeAll(async () => {
    home = temporaryDirectory();
    port = await threeFreePorts();
    env = {
      ...process.env,
      AZUREML_LOCAL_HOME: home,
      AZUREML_LOCAL_PORT: String(port),
      AZURE_CLIENT_ID: "stray",
    };
  });
  afterAll(async () => {
    await resetCloud({ env });
    fs.rmSync(home, { recursive: true, force: true });
  });

  it("exists once, however many callers start it at the same time, and is found again", async () => {
    const lines: string[] = [];
    const starts = [1, 2, 3].map(() => ensureCloud({ env, onProgress: (line) => void lines.push(line) }));
    const pids = (await Promise.all(starts)).map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(1);
    expect(lines).toEqual([`local cloud: starting on port ${port}`]);
    expect((await ensureCloud({ env })).pid).toBe(pids[0]);
    expect((await cloudStatus({ env }))?.status).toMatchObject({
      pid: pids[0],
      ports: { https: port, blobs: port + 2 },
    });
  });

  it("serves clients that are configured only by their environment", async () => {
    const clean = localEnvironment(env);
    expect(clean["AZURE_CLIENT_ID"]).toBeUndefined();
    expect(await runClient(clean, "write")).toBe("still here");
  });

  it("loses nothing when it is killed, leaves no blob process behind, and starts again", async () => {
    const { pid } = await ensureCloud({ env });
    process.kill(pid, "SIGKILL");
    while (await isTaken(port + 2)) await delay(20);
    expect(await cloudStatus({ env })).toBeUndefined();
    expect((await ensureCloud({ env })).pid).not.toBe(pid);
    expect(await runClient(localEnvironment(env), "read")).toBe("still here");
  });

  it("restarts when another port is configured", async () => {
    const other = await threeFreePorts();
    const lines: string[] = [];
    const moved = { ...env, AZUREML_LOCAL_PORT: String(other) };
    expect((await ensureCloud({ env: moved, onProgress: (line) => void lines.push(line) })).port).toBe(other);
    expect(lines[0]).toBe(`local cloud: restarting, it runs on port ${port} instead of ${other}`);
    expect(await isTaken(port)).toBe(false);
  });

  it("stops cleanly on request and logs it", async () => {
    expect(await stopCloud({ env })).toBe(true);
    expect(await stopCloud({ env })).toBe(false);
    expect(await isTaken(port)).toBe(false);
    let text = "";
    await cloudLogs({ env, write: (part) => (text += part) });
    expect(text).toContain("stopping: SIGTERM");
    expect(fs.existsSync(path.join(home, "cloud", "store", "lock"))).toBe(false);
  });

  it("reports a taken port and how to change it, and a malformed port", async () => {
    const squatter = net.createServer();
    await new Promise<void>((resolve) => squatter.listen(port, "127.0.0.1", resolve));
    await expect(ensureCloud({ env })).rejects.toMatchObject({
      code: "PortInUse",
      message: expect.stringMatching(new RegExp(`Port ${port} .* is taken .*AZUREML_LOCAL_PORT=`)),
    });
    await new Promise((resolve) => squatter.close(resolve));
    const blobs = net.createServer();
    await new Promise<void>((resolve) => blobs.listen(port + 2, "127.0.0.1", resolve));
    await expect(ensureCloud({ env })).rejects.toThrow(new RegExp(`Port ${port + 2} .* blob storage`));
    await new Promise((resolve) => blobs.close(resolve));
    await expect(ensureCloud({ env: { ...env, AZUREML_LOCAL_PORT: "high" } })).rejects.toThrow(
      /AZUREML_LOCAL_PORT is 'high'.*1024 to/,
    );
  });

  it("reports a damaged state with the file and what to do, and does not change it", async () => {
    const journal = path.join(home, "cloud", "store", "journal.jsonl");
    fs.appendFileSync(journal, "00000000 broken\n00000000 broken\n");
    await expect(ensureCloud({ env })).rejects.toThrow(/journal\.jsonl, line \d+.*npm run local -- reset/);
    expect(fs.readFileSync(journal, "utf8")).toContain("broken");
  });

  it("stops by itself when it has been idle", async () => {
    const own = path.join(home, "idle");
    const main = path.resolve("dist/local/cloud/main.js");
    const first = await threeFreePorts();
    const args = [main, "--home", own, "--port", String(first), "--idle-minutes", "0.001"];
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, args, { env: process.env }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    expect(output).toContain("stopping: idle");
  });
});
