import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlockBlobClient } from "@azure/storage-blob";
import { uploadBlocks, uploadReporter, type BlockUpload } from "../../azureml/clients/blockUpload";
import { startAzurite, type TestAzurite } from "./azurite";

let azurite: TestAzurite;
let directory: string;
let counter = 0;
let blob: BlockBlobClient;

beforeAll(async () => {
  azurite = await startAzurite();
  directory = await mkdtemp(join(tmpdir(), "upload-"));
});
afterAll(async () => {
  await azurite.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  blob = azurite.container.getBlockBlobClient(`folder/${++counter}.jsonl`);
});

const blockBytes = 64 * 1024;
const content = randomBytes(10 * blockBytes + 17);

async function fileOf(bytes: Buffer): Promise<BlockUpload> {
  const path = join(directory, `${counter}.jsonl`);
  await writeFile(path, bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { path, file: "data.jsonl", sha256, contentType: "application/x-ndjson", blockBytes };
}

/** A client that counts block requests and can change their content. */
function observedClient(change: (block: Buffer, number: number) => Buffer = (block) => block) {
  const counts = { blocks: 0, inFlight: 0, most: 0 };
  const stageBlock: BlockBlobClient["stageBlock"] = async (id, body, length, options) => {
    counts.most = Math.max(counts.most, ++counts.inFlight);
    try {
      return await blob.stageBlock(id, change(body as Buffer, counts.blocks++), length, options);
    } finally {
      counts.inFlight--;
    }
  };
  const client = new Proxy(blob, {
    get: (target, name) => {
      if (name === "stageBlock") return stageBlock;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
  return { client, counts };
}

describe("an upload in blocks (against Azurite)", () => {
  test("stores bytes, hash and content type, and limits the blocks sent at the same time", async () => {
    const { client, counts } = observedClient();
    const reported: number[] = [];
    const upload = { ...(await fileOf(content)), parallel: 3 };
    const done = await uploadBlocks(client, {
      ...upload,
      onProgress: (progress) => reported.push(progress.done),
    });
    expect(done).toEqual({ total: content.length, done: content.length, resumed: 0 });
    expect(counts).toEqual({ blocks: 11, inFlight: 0, most: 3 });
    expect(reported).toHaveLength(11);
    expect(reported.at(-1)).toBe(content.length);
    expect((await blob.downloadToBuffer()).equals(content)).toBe(true);
    const properties = await blob.getProperties();
    expect(properties.metadata).toEqual({ sha256: upload.sha256 });
    expect(properties.contentType).toBe("application/x-ndjson");
  });

  test("sends only the missing blocks after an interrupted upload", async () => {
    const upload = { ...(await fileOf(content)), parallel: 1 };
    const broken = observedClient((block, number) => {
      if (number === 6) throw new Error("connection lost");
      return block;
    });
    await expect(uploadBlocks(broken.client, upload)).rejects.toThrow("connection lost");
    expect(await blob.exists()).toBe(false);
    const { client, counts } = observedClient();
    const done = await uploadBlocks(client, upload);
    expect(counts.blocks).toBe(5);
    expect(done.resumed).toBe(6 * blockBytes);
    expect((await blob.downloadToBuffer()).equals(content)).toBe(true);
  });

  test("does not reuse uncommitted blocks of other content", async () => {
    const other = Buffer.from(content);
    other[3 * blockBytes] = (other[3 * blockBytes] ?? 0) ^ 1;
    const interrupted = observedClient((block, number) => {
      if (number === 6) throw new Error("connection lost");
      return block;
    });
    await expect(
      uploadBlocks(interrupted.client, { ...(await fileOf(other)), parallel: 1 }),
    ).rejects.toThrow();
    const { client, counts } = observedClient();
    await uploadBlocks(client, { ...(await fileOf(content)), parallel: 1 });
    expect(counts.blocks).toBe(6); // the five missing blocks, and the one that differs
    expect((await blob.downloadToBuffer()).equals(content)).toBe(true);
  });

  test("starts over if the blob has another client's blocks, with ids of another length", async () => {
    await blob.stageBlock(Buffer.from("other").toString("base64"), "x", 1);
    await uploadBlocks(blob, await fileOf(content));
    expect((await blob.downloadToBuffer()).equals(content)).toBe(true);
  });

  test("sends a block again if it was corrupted on the way", async () => {
    const { client, counts } = observedClient((block, number) =>
      number === 2 ? Buffer.alloc(block.length) : block,
    );
    await uploadBlocks(client, await fileOf(content));
    expect(counts.blocks).toBe(12);
    expect((await blob.downloadToBuffer()).equals(content)).toBe(true);
  });

  test("fails if a block is corrupted on every attempt", async () => {
    const { client } = observedClient((block, number) => (number >= 2 ? Buffer.alloc(block.length) : block));
    const failure = uploadBlocks(client, { ...(await fileOf(content)), parallel: 1 });
    await expect(failure).rejects.toMatchObject({ statusCode: 400 });
    expect(await blob.exists()).toBe(false);
  });

  test("creates no blob if the file's hash differs", async () => {
    const upload = { ...(await fileOf(content)), sha256: "0".repeat(64) };
    await expect(uploadBlocks(blob, upload)).rejects.toMatchObject({ code: "LocalFileChanged" });
    expect(await blob.exists()).toBe(false);
  });

  test("creates an empty blob for an empty file", async () => {
    const upload = await fileOf(Buffer.alloc(0));
    expect(await uploadBlocks(blob, upload)).toEqual({ total: 0, done: 0, resumed: 0 });
    expect((await blob.getProperties()).metadata).toEqual({ sha256: upload.sha256 });
  });
});

test("progress is logged at intervals: percentage, bytes, rate of this run, time left", () => {
  const lines: string[] = [];
  let time = 0;
  const report = uploadReporter(
    (text) => lines.push(text),
    2000,
    () => time,
  );
  for (const [at, done] of [
    [500, 10e6],
    [2500, 30e6],
    [3000, 40e6],
    [5000, 60e6],
    [9000, 100e6],
  ] as const) {
    time = at;
    report({ total: 100e6, done, resumed: 10e6 });
  }
  expect(lines).toEqual([
    "10.0 MB were already stored by an interrupted upload",
    "30 % (30.0 MB of 100.0 MB), 8.0 MB/s, about 9 s left",
    "60 % (60.0 MB of 100.0 MB), 10.0 MB/s, about 4 s left",
  ]);
});
