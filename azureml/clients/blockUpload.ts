import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import type { BlockBlobClient } from "@azure/storage-blob";
import { azureMlError } from "../errors";
import { sendBlobRequest } from "./blobRequest";

/** A file to upload to a block blob. */
export interface BlockUpload {
  path: string;
  /** Name of the file in error messages. */
  file: string;
  /** Expected SHA-256 of the content. It becomes the blob's metadata `sha256`. */
  sha256: string;
  contentType: string;
  /** Called after every block. */
  onProgress?: (progress: UploadProgress) => void;
  /** Bytes per block. Default: 4 MiB, or more if the file would exceed the blob's block limit. */
  blockBytes?: number;
  /** Blocks sent at the same time. Memory is limited to this number times the block size. Default: 8. */
  parallel?: number;
}

/** Progress of an upload, in bytes. */
export interface UploadProgress {
  total: number;
  /** Stored by this run and by earlier ones. */
  done: number;
  /** Part of `done` that an interrupted run had stored. */
  resumed: number;
}

const megabyte = 1024 * 1024;
const defaultBlockBytes = 4 * megabyte;
const defaultParallel = 8;
/** How often a block is sent if the store reports a wrong MD5. */
const maxBlockAttempts = 3;
/** Limit in ms for a block. A slow connection sends several blocks of 4 MiB at the same time. */
const blockLimitMs = 10 * 60_000;
/** Maximum blocks of a blob: learn.microsoft.com/rest/api/storageservices/put-block. */
const maxBlocks = 50_000;

/**
 * Uploads a file to a block blob. Reads the file once and sends several blocks at the same time. The store
 * checks the MD5 of each block. The MD5 is also part of the block's id, so blocks of an interrupted run (the
 * store keeps them for a week) are not sent again. Commits the blob only after all blocks are stored and the
 * file's SHA-256 matches.
 *
 * Written by hand: `BlockBlobClient.uploadFile` neither resumes nor verifies the file's hash.
 * @returns the final progress; throws `LocalFileChanged` and storage errors
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
  // Buffers are reused for later blocks.
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
    if (!block) break; // The file became shorter. The hash check below reports it.
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
  await sendBlobRequest((options) =>
    blob.commitBlockList(ids, {
      ...options,
      metadata: { sha256: upload.sha256 },
      blobHTTPHeaders: { blobContentType: upload.contentType },
    }),
  );
  return progress;
}

/** Sends a block, and sends it again if it was corrupted on the way. Other repetitions: `sendBlobRequest`. */
async function stageBlock(blob: BlockBlobClient, id: string, block: Buffer, md5: Buffer): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await sendBlobRequest(
        (options) => blob.stageBlock(id, block, block.length, { ...options, transactionalContentMD5: md5 }),
        { limitMs: blockLimitMs },
      );
      return;
    } catch (error) {
      // 400 Md5Mismatch. Azurite reports InvalidOperation.
      if ((error as { statusCode?: unknown }).statusCode !== 400 || attempt === maxBlockAttempts) throw error;
    }
  }
}

/** Id from position and content. All ids of a blob must have the same length. */
function blockId(index: number, md5: Buffer): string {
  return Buffer.from(`${String(index).padStart(6, "0")}-${md5.toString("hex")}`).toString("base64");
}

/** Sizes of the blocks that were sent but never committed, by id. */
async function uncommittedBlocks(blob: BlockBlobClient): Promise<Map<string, number>> {
  let blocks: Array<{ name: string; size: number }>;
  try {
    blocks =
      (await sendBlobRequest((options) => blob.getBlockList("uncommitted", options))).uncommittedBlocks ?? [];
  } catch (error) {
    if ((error as { statusCode?: unknown }).statusCode === 404) return new Map();
    throw error;
  }
  const ownLength = blockId(0, Buffer.alloc(16)).length;
  if (blocks.some(({ name }) => name.length !== ownLength)) {
    // Another client's blocks: the store rejects ids of different lengths. Committing an empty list discards
    // them.
    await sendBlobRequest((options) => blob.commitBlockList([], options));
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

/** Logs the progress of an upload at most every `everyMs`: percentage, bytes, rate, time left. */
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
      logLine(`${size(resumed)} were already stored by an interrupted upload`);
    }
    const seconds = (last - started) / 1000;
    const rate = (done - resumed) / seconds;
    const left = rate > 0 ? `, about ${Math.round((total - done) / rate)} s left` : "";
    logLine(
      `${Math.floor((100 * done) / total)} % (${size(done)} of ${size(total)}), ${size(rate)}/s${left}`,
    );
  };
}
