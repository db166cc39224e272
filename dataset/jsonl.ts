import { createHash, type Hash } from "node:crypto";
import { open, readFile, readdir, rename, rm, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { fileSystemError } from "./errors";

/** What a finished file is. */
export interface WrittenFile {
  bytes: number;
  sha256: string;
  /** Lines in the file. */
  lines: number;
}

/** Where an interrupted file stopped. `row` is the first row of the split that is not in it. */
interface Checkpoint {
  row: number;
  lines: number;
  bytes: number;
  sha256: string;
}

/** Writes one JSON-lines file under a hidden name, hashing on the way, and gives it its real name only when it is whole. */
export interface JsonlWriter {
  /** First row to write: 0, or where an interrupted run of the same slice stopped. */
  readonly resumedAt: number;
  readonly lines: number;
  readonly bytes: number;
  /** The file under its hidden name. */
  readonly path: string;
  /** Appends whole lines; resolves when the disk has taken them. `nextRow` is the first row of the split that is not looked at yet. */
  append(text: Uint8Array, lines: number, nextRow: number): Promise<void>;
  /** Makes the file durable and gives it its real name. */
  finish(): Promise<WrittenFile>;
  /** Stops before the end and keeps what is needed to resume. */
  suspend(): Promise<void>;
}

const checkpointEvery = 16 << 20;
/** Bytes after which the disk is asked to take what there is, while more is made: otherwise all of it waits for the end. */
const flushEvery = 64 << 20;

/**
 * Opens the writer of `<directory>/<name>`. `key` names the slice (its commit, percentage, …): only a partial file of the same key is resumed,
 * and only if its bytes still hash to what the checkpoint says; others of this name are removed. The caller holds the directory's lock.
 */
export async function openJsonl(directory: string, name: string, key: string): Promise<JsonlWriter> {
  const partial = join(directory, `.${name}.${key}.partial`);
  const note = `${partial}.json`;
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw fileSystemError(error, partial);
    }
  };
  await guard(removeOthers(directory, name, key));
  const resumed = await guard(resume(partial, note));
  let { hash } = resumed;
  const { handle, at } = resumed;
  let { bytes, lines, row } = at;
  let noted = bytes;
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
    await guard(writeFile(`${note}.new`, JSON.stringify(state)));
    await guard(rename(`${note}.new`, note));
    noted = bytes;
  }

  /** Starts a flush beside the work unless one is under way. Its failure is kept for the end: the kernel tells of it only once. */
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
      hash = hash.update(text); // while the disk takes it
      await guard(written).catch((error: unknown) => {
        isBroken = true; // hash and file have parted; the last checkpoint still holds
        throw error;
      });
      bytes += text.length;
      lines += added;
      row = nextRow;
      if (bytes - noted >= checkpointEvery) await checkpoint();
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
      await rm(note, { force: true });
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
  note: string,
): Promise<{ handle: FileHandle; at: Checkpoint; hash: Hash }> {
  const fresh: Checkpoint = { row: 0, lines: 0, bytes: 0, sha256: "" };
  const at = await readCheckpoint(note);
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
  await rm(note, { force: true });
  return { handle: await open(partial, "w"), at: fresh, hash: createHash("sha256") };
}

/** A handle whose writes go to the end, whatever was read before. */
async function reopenForAppend(handle: FileHandle, path: string): Promise<FileHandle> {
  await handle.close();
  return open(path, "a");
}

async function readCheckpoint(note: string): Promise<Checkpoint | undefined> {
  try {
    const state = JSON.parse(await readFile(note, "utf8")) as Checkpoint;
    const whole = [state.row, state.lines, state.bytes].every((one) => Number.isSafeInteger(one) && one >= 0);
    return whole && typeof state.sha256 === "string" ? state : undefined;
  } catch {
    return undefined; // No checkpoint, or one cut off by a crash: the slice starts again.
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
