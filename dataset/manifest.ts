import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileSystemError } from "./errors";
import { sha256OfFile } from "./jsonl";
import type { Row } from "./rowCheck";

/** What to do with a row that does not fit the chat schema. */
export type BadRowPolicy = "fail" | "skip" | "report";

/** What is known of one written split, as `manifest.json` keeps it: where it came from, what it is. */
export interface SplitRecord {
  dataset: string;
  subset: string;
  /** The subset that was asked for; null when the data set's default one was taken. */
  requestedSubset: string | null;
  /** Commit the rows were read at. */
  revision: string;
  /** Commit of the data set itself; differs from `revision` when the hub's converted branch was read. */
  repositoryCommit: string;
  source: "repository" | "converted";
  splitPercent: number;
  onBadRow: BadRowPolicy;
  /** All splits of the subset, in order. */
  allSplits: string[];
  file: string;
  /** Rows written; rows of the slice; rows of the whole split. */
  rows: number;
  sliceRows: number;
  totalRows: number;
  bytes: number;
  sha256: string;
}

/** Format of `<download_dir>/manifest.json`. File names are relative to it, so that the directory can be moved. */
interface ManifestFile {
  formatVersion: 1;
  splits: Record<string, SplitRecord>;
}

/** The machine-readable result: the last line of stdout with `--json`. File paths are relative to the working directory. */
export interface Manifest {
  dataset: string;
  subset: string;
  revision: string;
  splitPercent: number;
  splits: Record<string, { file: string; rows: number; totalRows: number; bytes: number; sha256: string }>;
  firstRows: Row[];
}

const manifestName = "manifest.json";

/** The records of `<directory>/manifest.json`; none when there is no readable one (it is then written anew). */
export async function readRecords(directory: string): Promise<Record<string, SplitRecord>> {
  try {
    const manifest = JSON.parse(await readFile(join(directory, manifestName), "utf8")) as ManifestFile;
    return manifest.formatVersion === 1 && typeof manifest.splits === "object" && manifest.splits
      ? manifest.splits
      : {};
  } catch {
    return {};
  }
}

/** Replaces the manifest as a whole; the same records give the same bytes. */
export async function writeRecords(directory: string, records: Record<string, SplitRecord>): Promise<void> {
  const path = join(directory, manifestName);
  // Splits end in any order; the file has them in one.
  const sorted = Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1));
  const manifest: ManifestFile = { formatVersion: 1, splits: Object.fromEntries(sorted) };
  try {
    await writeFile(`${path}.partial`, `${JSON.stringify(manifest, undefined, 2)}\n`);
    await rename(`${path}.partial`, path);
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/** True when the record's file is there, whole and unchanged (size and SHA-256). */
export async function isIntact(directory: string, record: SplitRecord): Promise<boolean> {
  if (record.file !== record.file.replace(/[/\\]/g, "")) return false;
  return (await sha256OfFile(join(directory, record.file), record.bytes)) === record.sha256;
}
