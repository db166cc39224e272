import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ColumnMapping } from "./columns";
import { fileSystemError } from "./errors";
import type { BadRowPolicy } from "./request";
import type { Row } from "./rowCheck";
import type { SharedRows, SplitStatistics } from "./statistics";

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
  source: "repository" | "converted" | "files";
  splitPercent: number;
  /** Seed of the sample; null for the first rows. */
  seed: number | null;
  onBadRow: BadRowPolicy;
  /** Columns by what they hold, where a mapping was asked for; and the tokenizer rows were counted with. */
  columns: ColumnMapping | null;
  tokenizer: string | null;
  /** All splits of the subset, in order. */
  allSplits: string[];
  file: string;
  /** Rows written; rows of the slice; rows of the whole split. */
  rows: number;
  sliceRows: number;
  totalRows: number;
  bytes: number;
  sha256: string;
  statistics: SplitStatistics;
}

/** Format of `<download_dir>/manifest.json`. File names are relative to it, so that the directory can be moved. */
interface ManifestFile {
  formatVersion: 2;
  splits: Record<string, SplitRecord>;
  sharedRows: SharedRows[];
}

/** What `manifest.json` holds. */
export interface Records {
  splits: Record<string, SplitRecord>;
  /** Between all splits listed. */
  sharedRows: SharedRows[];
}

/** The machine-readable result: the last line of stdout with `--json`. File paths are relative to the working directory. */
export interface Manifest {
  dataset: string;
  subset: string;
  revision: string;
  splitPercent: number;
  /** Seed of the sample; null for the first rows. */
  seed: number | null;
  splits: Record<
    string,
    {
      file: string;
      rows: number;
      totalRows: number;
      bytes: number;
      sha256: string;
      statistics: SplitStatistics;
    }
  >;
  sharedRows: SharedRows[];
  firstRows: Row[];
}

const manifestName = "manifest.json";

/** The records of `<directory>/manifest.json`; none when there is no readable one (it is then written anew). */
export async function readRecords(directory: string): Promise<Records> {
  const none: Records = { splits: {}, sharedRows: [] };
  try {
    const manifest = JSON.parse(await readFile(join(directory, manifestName), "utf8")) as ManifestFile;
    const { formatVersion, splits, sharedRows } = manifest;
    const isKnown = formatVersion === 2 && typeof splits === "object" && splits && Array.isArray(sharedRows);
    return isKnown ? { splits, sharedRows } : none;
  } catch {
    return none;
  }
}

/** Replaces the manifest as a whole; the same records give the same bytes. */
export async function writeRecords(directory: string, { splits, sharedRows }: Records): Promise<void> {
  const path = join(directory, manifestName);
  // Splits end in any order; the file has them in one.
  const sorted = Object.entries(splits).sort(([a], [b]) => (a < b ? -1 : 1));
  const manifest: ManifestFile = { formatVersion: 2, splits: Object.fromEntries(sorted), sharedRows };
  try {
    await writeFile(`${path}.partial`, `${JSON.stringify(manifest, undefined, 2)}\n`);
    await rename(`${path}.partial`, path);
  } catch (error) {
    throw fileSystemError(error, path);
  }
}
