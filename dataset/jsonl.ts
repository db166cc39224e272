import { createHash, type Hash } from "node:crypto";
import { open, readFile, readdir, rename, rm, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { fileSystemError } from "./errors";

/** A finished file. */
interface WrittenFile {
  bytes: number;
  sha256: string;
  lines: number;
}

/** State of an interrupted file. `row` is the first row of the split that is not in it. */
interface Checkpoint {
  row: number;
  lines: number;
  bytes: number;
  sha256: string;
}

/**
 * Writes one JSON-lines file under a hidden name, hashes it while writing, and renames it when it is
 * complete.
 */
export interface JsonlWriter {
  /** First row to write: 0, or the row at which an interrupted run of the same slice stopped. */
  readonly resumedAt: number;
  readonly lines: number;
  readonly bytes: number;
  /** Path of the file under its hidden name. */
  readonly path: string;
  /**
   * Appends complete lines and resolves when they are written. `nextRow` is the first row of the split that
   * has not been processed.
   */
  append(text: Uint8Array, lines: number, nextRow: number): Promise<void>;
  /** Flushes the file to disk and renames it to its final name. */
  finish(): Promise<WrittenFile>;
  /** Stops before the end and stores the checkpoint for resuming. */
  suspend(): Promise<void>;
}

const checkpointEvery = 16 << 20;
/** Bytes between flushes. Flushing during the run avoids one long flush at the end. */
const flushEvery = 64 << 20;

/**
 * Opens the writer of `<directory>/<name>`. `key` identifies the slice (commit, percentage, …). A partial
 * file is resumed only if it has the same key and its bytes hash to the checkpoint's SHA-256; other partial
 * files of this name are deleted. The caller must hold the directory's lock.
 */
export async function openJsonl(directory: string, name: string, key: string): Promise<JsonlWriter> {
  const partial = join(directory, `.${name}.${key}.partial`);
  const checkpointPath = `${partial}.json`;
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw fileSystemError(error, partial);
    }
  };
  await guard(removeOthers(directory, name, key));
  const resumed = await guard(resume(partial, checkpointPath));
  let { hash } = resumed;
  const { handle, at } = resumed;
  let { bytes, lines, row } = at;
  let checkpointed = bytes;
  let flushed = bytes;
  let flush: Promise<void> | undefined;
  let flushFailure: unknown;
  let isBroken = false;

  async function writeAll(text: Uint8Array): Promise<void> {
    for (let offset = 0; offset < text.length;) {
      offset += (await handle.write(text, offset)).bytesWritten;
    }
  }

  async function checkpoint(): Promise<void> {
    const state: Checkpoint = { row, lines, bytes, sha256: hash.copy().digest("hex") };
    await guard(writeFile(`${checkpointPath}.new`, JSON.stringify(state)));
    await guard(rename(`${checkpointPath}.new`, checkpointPath));
    checkpointed = bytes;
  }

  /**
   * Starts a flush in the background unless one is running. A failure is stored until `finish`: the kernel
   * reports it only once.
   */
  function startFlush(): void {
    flushed = bytes;
    flush ??= handle
      .datasync()
      .catch((error: unknown) => void (flushFailure = error))
      .finally(() => (flush = undefined));
  }

  return {
    resumedAt: at.row,
    get lines() {
      return lines;
    },
    get bytes() {
      return bytes;
    },
    path: partial,
    async append(text, added, nextRow) {
      const written = writeAll(text);
      hash = hash.update(text); // during the write
      await guard(written).catch((error: unknown) => {
        isBroken = true; // The hash no longer matches the file; the last checkpoint is still valid.
        throw error;
      });
      bytes += text.length;
      lines += added;
      row = nextRow;
      if (bytes - checkpointed >= checkpointEvery) await checkpoint();
      if (bytes - flushed >= flushEvery) startFlush();
    },
    async finish() {
      await flush;
      if (flushFailure) throw fileSystemError(flushFailure, partial);
      await guard(handle.sync());
      await handle.close();
      const whole = join(directory, name);
      await rename(partial, whole).catch((error: unknown) => {
        throw fileSystemError(error, whole);
      });
      await rm(checkpointPath, { force: true });
      return { bytes, lines, sha256: hash.digest("hex") };
    },
    async suspend() {
      try {
        if (bytes > 0 && !isBroken) await checkpoint();
        await flush;
      } finally {
        await handle.close();
        if (bytes === 0) await rm(partial, { force: true });
      }
    },
  };
}

async function resume(
  partial: string,
  checkpointPath: string,
): Promise<{ handle: FileHandle; at: Checkpoint; hash: Hash }> {
  const fresh: Checkpoint = { row: 0, lines: 0, bytes: 0, sha256: "" };
  const at = await readCheckpoint(checkpointPath);
  if (at) {
    const handle = await open(partial, "r+").catch(() => undefined);
    if (handle) {
      const hash = await hashPrefix(handle, at.bytes);
      if (hash && hash.copy().digest("hex") === at.sha256) {
        await handle.truncate(at.bytes);
        return { handle: await reopenForAppend(handle, partial), at, hash };
      }
      await handle.close();
    }
  }
  await rm(checkpointPath, { force: true });
  return { handle: await open(partial, "w"), at: fresh, hash: createHash("sha256") };
}

/** Reopens the file for appending. */
async function reopenForAppend(handle: FileHandle, path: string): Promise<FileHandle> {
  await handle.close();
  return open(path, "a");
}

async function readCheckpoint(checkpointPath: string): Promise<Checkpoint | undefined> {
  try {
    const state = JSON.parse(await readFile(checkpointPath, "utf8")) as Checkpoint;
    const whole = [state.row, state.lines, state.bytes].every((one) => Number.isSafeInteger(one) && one >= 0);
    return whole && typeof state.sha256 === "string" ? state : undefined;
  } catch {
    return undefined; // No checkpoint, or one that a crash truncated: the slice starts again.
  }
}

async function hashPrefix(handle: FileHandle, bytes: number): Promise<Hash | undefined> {
  if ((await handle.stat()).size < bytes) return undefined;
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(1 << 20);
  for (let offset = 0; offset < bytes;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, bytes - offset), offset);
    if (bytesRead === 0) return undefined;
    hash.update(buffer.subarray(0, bytesRead));
    offset += bytesRead;
  }
  return hash;
}

async function removeOthers(directory: string, name: string, key: string): Promise<void> {
  const mine = `.${name}.${key}.partial`;
  for (const entry of await readdir(directory)) {
    const isPartial = entry.startsWith(`.${name}.`) && /\.partial(\.json(\.new)?)?$/.test(entry);
    if (isPartial && !entry.startsWith(mine)) await rm(join(directory, entry), { force: true });
  }
}
