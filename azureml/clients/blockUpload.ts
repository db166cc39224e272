import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import type { BlockBlobClient } from "@azure/storage-blob";
import { azureMlError } from "../errors";

/** One file to put into a block blob. */
export interface BlockUpload {
  /** Path of the file, and its name in messages. */
  path: string;
  file: string;
  /** What the content has to hash to; becomes the blob's metadata `sha256`. */
  sha256: string;
  contentType: string;
  /** Told after every block. */
  onProgress?: (progress: UploadProgress) => void;
  /** Bytes a block; default 4 MiB, more where the file would have more blocks than a blob may. */
  blockBytes?: number;
  /** Blocks under way at once; with the block's size it bounds the memory. Default 8. */
  parallel?: number;
}

/** How far an upload is, in bytes. */
export interface UploadProgress {
  total: number;
  /** In the store, of this run and of earlier ones. */
  done: number;
  /** Of those, found there: blocks of an interrupted run. */
  resumed: number;
}

const megabyte = 1024 * 1024;
const defaultBlockBytes = 4 * megabyte;
const defaultParallel = 8;
/** Times a block is sent whose MD5 the store finds wrong. */
const maxBlockAttempts = 3;
/** Most blocks of one blob: learn.microsoft.com/rest/api/storageservices/put-block. */
const maxBlocks = 50_000;

/**
 * Puts a file into a blob block by block, some at once, reading it once and holding no more than the blocks under way. Each block travels with its MD5, which the
 * store checks, and has it in its id: blocks that an interrupted run left there (the store keeps them for a week) are found and not sent again. The blob
 * comes to be only when all blocks are there and the file has hashed to what was expected.
 * @returns how it ended; errors: LocalFileChanged, and the store's
 */
export async function uploadBlocks(blob: BlockBlobClient, upload: BlockUpload): Promise<UploadProgress> {
  const handle = await open(upload.path, "r");
  try {
    const { size } = await handle.stat();
    const requested = upload.blockBytes ?? defaultBlockBytes;
    const required = Math.ceil(size / maxBlocks / megabyte) * megabyte;
    const blockBytes = requested * maxBlocks >= size ? requested : required;
    return await sendAll(blob, upload, handle, size, blockBytes);
  } finally {
    await handle.close();
  }
}

async function sendAll(
  blob: BlockBlobClient,
  upload: BlockUpload,
  handle: FileHandle,
  total: number,
  blockBytes: number,
): Promise<UploadProgress> {
  const present = await uncommittedBlocks(blob);
  const progress: UploadProgress = { total, done: 0, resumed: 0 };
  const hash = createHash("sha256");
  const ids: string[] = [];
  const inFlight = new Set<Promise<void>>();
  // A block's memory is used again for a later one.
  const freeBuffers: Buffer[] = [];
  let failure: unknown;
  const send = async (id: string, block: Buffer, buffer: Buffer, md5: Buffer): Promise<void> => {
    try {
      await stageBlock(blob, id, block, md5);
      progress.done += block.length;
      upload.onProgress?.({ ...progress });
    } catch (error) {
      failure ??= error;
    } finally {
      freeBuffers.push(buffer);
    }
  };
  for (let offset = 0; offset < total && !failure; offset += blockBytes) {
    const buffer = freeBuffers.pop() ?? Buffer.allocUnsafeSlow(Math.min(blockBytes, total));
    const block = await readBlock(handle, buffer, offset, Math.min(blockBytes, total - offset));
    if (!block) break; // The file has become shorter: its hash says so below.
    hash.update(block);
    const md5 = createHash("md5").update(block).digest();
    const id = blockId(ids.length, md5);
    ids.push(id);
    if (present.get(id) === block.length) {
      progress.done += block.length;
      progress.resumed += block.length;
      upload.onProgress?.({ ...progress });
      freeBuffers.push(buffer);
      continue;
    }
    const sending = send(id, block, buffer, md5);
    inFlight.add(sending);
    void sending.finally(() => inFlight.delete(sending));
    if (inFlight.size >= (upload.parallel ?? defaultParallel)) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  if (failure) throw failure;
  const actual = hash.digest("hex");
  if (actual !== upload.sha256)
    throw azureMlError("LocalFileChanged", { file: upload.file, actual, expected: upload.sha256 });
  await blob.commitBlockList(ids, {
    metadata: { sha256: upload.sha256 },
    blobHTTPHeaders: { blobContentType: upload.contentType },
  });
  return progress;
}

/** Sends a block, again when its bytes were damaged on the way: the client retries what the network does, not what the store refuses. */
async function stageBlock(blob: BlockBlobClient, id: string, block: Buffer, md5: Buffer): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await blob.stageBlock(id, block, block.length, { transactionalContentMD5: md5 });
      return;
    } catch (error) {
      // 400 Md5Mismatch; Azurite calls it InvalidOperation.
      if ((error as { statusCode?: unknown }).statusCode !== 400 || attempt === maxBlockAttempts) throw error;
    }
  }
}

/** Position and content of a block: all ids of a blob have to be of one length. */
function blockId(index: number, md5: Buffer): string {
  return Buffer.from(`${String(index).padStart(6, "0")}-${md5.toString("hex")}`).toString("base64");
}

/** Blocks that were sent and never committed, by id, with their sizes. */
async function uncommittedBlocks(blob: BlockBlobClient): Promise<Map<string, number>> {
  let blocks: Array<{ name: string; size: number }>;
  try {
    blocks = (await blob.getBlockList("uncommitted")).uncommittedBlocks ?? [];
  } catch (error) {
    if ((error as { statusCode?: unknown }).statusCode === 404) return new Map();
    throw error;
  }
  const ownLength = blockId(0, Buffer.alloc(16)).length;
  if (blocks.some(({ name }) => name.length !== ownLength)) {
    // Somebody else's blocks: the store refuses ids of another length beside them. Committing none drops them all.
    await blob.commitBlockList([]);
    return new Map();
  }
  return new Map(blocks.map(({ name, size }) => [name, Number(size)]));
}

async function readBlock(
  handle: FileHandle,
  buffer: Buffer,
  offset: number,
  length: number,
): Promise<Buffer | undefined> {
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Says how an upload goes, not more often than every `everyMs`: share, bytes, rate, time left. */
export function uploadReporter(
  logLine: (text: string) => void,
  everyMs = 2000,
  now: () => number = Date.now,
): (progress: UploadProgress) => void {
  const started = now();
  let last = started;
  let resumeLogged = false;
  return ({ total, done, resumed }) => {
    const size = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
    if (now() - last < everyMs || done >= total) return;
    last = now();
    if (resumed > 0 && !resumeLogged) {
      resumeLogged = true;
      logLine(`${size(resumed)} are there from an interrupted upload`);
    }
    const seconds = (last - started) / 1000;
    const rate = (done - resumed) / seconds;
    const left = rate > 0 ? `, about ${Math.round((total - done) / rate)} s left` : "";
    logLine(
      `${Math.floor((100 * done) / total)} % (${size(done)} of ${size(total)}), ${size(rate)}/s${left}`,
    );
  };
}
