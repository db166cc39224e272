import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentHash } from "./contentHash";
import type { SplitRecord } from "./manifest";

/** A file as it was when its hash was last found right. The system sets the time of change; nobody can set it back. */
interface Sighting {
  sha256: string;
  bytes: number;
  inode: number;
  changedMs: number;
}

interface SightingsFile {
  /** When the files were looked at. */
  seenMs: number;
  files: Record<string, Sighting>;
}

const fileName = ".verified.json";
/** A change within the file system's clock tick after a look would not show: such a look is not relied on. */
const clockTickMs = 20;

/**
 * Says whether written files are whole and unchanged. A file is hashed once; after that its size, inode and time of change tell, so that asking again
 * for gigabytes takes a millisecond.
 */
export function openVerifier(directory: string) {
  let known: Promise<SightingsFile> | undefined;
  const found: Record<string, Sighting> = {};
  let isChanged = false;

  async function isIntact(record: SplitRecord): Promise<boolean> {
    const { file, bytes, sha256 } = record;
    if (file !== file.replace(/[/\\]/g, "")) return false;
    const seen = await sightingOf(join(directory, file), sha256);
    if (!seen || seen.bytes !== bytes) return false;
    known ??= readSightings(directory);
    const { seenMs, files } = await known;
    const before = files[file];
    const isSame =
      before?.sha256 === sha256 &&
      before.bytes === bytes &&
      before.inode === seen.inode &&
      before.changedMs === seen.changedMs &&
      seenMs - before.changedMs > clockTickMs;
    if (!isSame && (await contentHash(join(directory, file))) !== sha256) return false;
    if (!isSame) isChanged = true;
    found[file] = seen;
    return true;
  }

  /** Remembers what was verified; `written` are files that were hashed while they were written. */
  async function remember(written: readonly SplitRecord[]): Promise<void> {
    for (const { file, sha256 } of written) {
      const seen = await sightingOf(join(directory, file), sha256);
      if (seen) found[file] = seen;
    }
    if (!isChanged && written.length === 0) return;
    const path = join(directory, fileName);
    const sightings: SightingsFile = { seenMs: Date.now(), files: found };
    try {
      await writeFile(`${path}.new`, JSON.stringify(sightings));
      await rename(`${path}.new`, path);
    } catch {
      await rm(`${path}.new`, { force: true }).catch(() => undefined); // Only speed is lost.
    }
  }

  return { isIntact, remember };
}

export type Verifier = ReturnType<typeof openVerifier>;

async function sightingOf(path: string, sha256: string): Promise<Sighting | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  return { sha256, bytes: found.size, inode: found.ino, changedMs: found.ctimeMs };
}

async function readSightings(directory: string): Promise<SightingsFile> {
  try {
    const { seenMs, files } = JSON.parse(await readFile(join(directory, fileName), "utf8")) as SightingsFile;
    return typeof seenMs === "number" && typeof files === "object" && files
      ? { seenMs, files }
      : { seenMs: 0, files: {} };
  } catch {
    return { seenMs: 0, files: {} };
  }
}
