import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { uploadBlocks } from "../../azureml/clients/blockUpload";

/** A measured program: `upload.js ours|sdk FILE BLOB-ADDRESS ACCOUNT KEY` uploads the file once and prints the seconds it took. */
async function main(): Promise<void> {
  const [how, path = "", address = "", account = "", key = ""] = process.argv.slice(2);
  const service = new BlobServiceClient(address, new StorageSharedKeyCredential(account, key));
  const container = service.getContainerClient("bench");
  await container.createIfNotExists();
  const blob = container.getBlockBlobClient(`${how}-${Date.now()}.jsonl`);
  // The data step's manifest contains this hash. Computing it here reads the file once, which warms the disk
  // cache for both ways.
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const sha256 = hash.digest("hex");
  const started = performance.now();
  if (how === "ours") {
    await uploadBlocks(blob, { path, file: path, sha256, contentType: "application/x-ndjson" });
  } else {
    await blob.uploadFile(path, { blockSize: 4 << 20, maxSingleShotSize: 4 << 20, concurrency: 4 });
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${JSON.stringify({ seconds, bytes: statSync(path).size })}\n`);
}

void main();
