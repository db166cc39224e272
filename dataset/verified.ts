import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { contentHash } from "./contentHash";
import { replaceFile } from "./disk";
import type { SplitRecord } from "./manifest";

/**
 * Properties of a file when its hash was last verified. The system sets the change time; no program can set
 * it back.
 */
interface FileStamp {
  sha256: string;
  bytes: number;
  inode: number;
  changedMs: number;
}

interface StampsFile {
  /** When the files were examined. */
  seenMs: number;
  files: Record<string, FileStamp>;
}

const fileName = ".verified.json";
/**
 * A change within the same clock tick of the file system would not be visible, so a stamp that recent is not
 * trusted.
 */
const clockTickMs = 20;

/**
 * Checks whether written files are intact. A file is hashed once. After that its size, inode and change time
 * are compared, which takes a millisecond even for gigabytes.
 */
export function openVerifier(directory: string) {
  let known: Promise<StampsFile> | undefined;
  const found: Record<string, FileStamp> = {};
  let isChanged = false;

  async function isIntact(record: SplitRecord): Promise<boolean> {
    const { file, bytes, sha256 } = record;
    if (file !== file.replace(/[/\\]/g, "")) return false;
    const seen = await stampOf(join(directory, file), sha256);
    if (!seen || seen.bytes !== bytes) return false;
    known ??= readStamps(directory);
    const { seenMs, files } = await known;
    const isSame = isDeepStrictEqual(files[file], seen) && seenMs - seen.changedMs > clockTickMs;
    if (!isSame && (await contentHash(join(directory, file))) !== sha256) return false;
    isChanged ||= !isSame;
    found[file] = seen;
    return true;
  }

  /** Stores what was verified. `written` are files that were hashed while they were written. */
  async function remember(written: readonly SplitRecord[]): Promise<void> {
    for (const { file, sha256 } of written) {
      const seen = await stampOf(join(directory, file), sha256);
      if (seen) found[file] = seen;
    }
    if (!isChanged && written.length === 0) return;
    const stamps: StampsFile = { seenMs: Date.now(), files: found };
    // After a failure only speed is lost.
    await replaceFile(join(directory, fileName), JSON.stringify(stamps)).catch(() => undefined);
  }

  return { isIntact, remember };
}

export type Verifier = ReturnType<typeof openVerifier>;

async function stampOf(path: string, sha256: string): Promise<FileStamp | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  return { sha256, bytes: found.size, inode: found.ino, changedMs: found.ctimeMs };
}

async function readStamps(directory: string): Promise<StampsFile> {
  try {
    const stamps = JSON.parse(await readFile(join(directory, fileName), "utf8")) as StampsFile | null;
    if (typeof stamps?.seenMs === "number" && stamps.files) return stamps;
  } catch {
    // The files are hashed again.
  }
  return { seenMs: 0, files: {} };
}
