import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from "@azure/storage-blob";

/** Azurite in its own process, on a free port and with a temporary directory. */
export interface TestAzurite {
  container: ContainerClient;
  close(): Promise<void>;
}

const account = "tester";
const key = Buffer.alloc(64, 7).toString("base64");

export async function startAzurite(): Promise<TestAzurite> {
  const directory = await mkdtemp(join(tmpdir(), "azurite-"));
  const child = spawn(
    process.execPath,
    [
      require.resolve("azurite/dist/src/blob/main.js"),
      ...["--blobPort", "0", "--location", directory, "--skipApiVersionCheck", "--disableTelemetry"],
    ],
    { env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    let output = "";
    const onData = (piece: Buffer): void => {
      output += piece.toString();
      const found = /listens on (http:\/\/\S+)|listening (?:at|on) (http:\/\/\S+)/.exec(output);
      if (found) resolve(found[1] ?? found[2] ?? "");
    };
    child.stdout.on("data", onData);
    child.stderr.on("data", onData);
    child.once("exit", (code) => reject(new Error(`Azurite ended with ${code}: ${output}`)));
  });
  const service = new BlobServiceClient(
    `${address}/${account}`,
    new StorageSharedKeyCredential(account, key),
    { retryOptions: { maxTries: 1 } },
  );
  const container = service.getContainerClient("data");
  await container.create();
  return {
    container,
    async close() {
      child.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
