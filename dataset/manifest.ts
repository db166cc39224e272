import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ColumnMapping } from "./columns";
import { replaceFile } from "./disk";
import type { Facts } from "./facts";
import type { Finding } from "./quality/checks";
import type { Division } from "./quality/division";
import type { QualityReport } from "./quality/report";
import type { BadRowPolicy } from "./requestValues";
import type { Row } from "./rowCheck";

/** The record of one written split in `manifest.json`: its origin and its content. */
export interface SplitRecord {
  dataset: string;
  subset: string;
  /** The requested subset; null when the data set's default was used. */
  requestedSubset: string | null;
  /** Commit at which the rows were read. */
  revision: string;
  /** Commit of the data set itself. It differs from `revision` when the hub's converted branch was read. */
  repositoryCommit: string;
  source: "repository" | "converted" | "files";
  /** True for a data set that the hub reports as neither private nor gated. Files of older versions lack it. */
  isPublic?: boolean;
  splitPercent: number;
  /** Seed of the sample; null for the first rows. */
  seed: number | null;
  onBadRow: BadRowPolicy;
  /** The requested column mapping and tokenizer; null when none was requested. */
  columns: ColumnMapping | null;
  tokenizer: string | null;
  /** Further settings that decide what is written, if they are not the defaults. */
  reading?: Record<string, string>;
  /** How a split was divided into this part and others; absent if it was not divided. */
  split?: Division;
  /** All splits of the subset, in order. */
  allSplits: string[];
  file: string;
  /** Rows written; rows of the slice; rows of the whole split. */
  rows: number;
  sliceRows: number;
  totalRows: number;
  bytes: number;
  sha256: string;
  statistics: Facts;
}

/** What was examined in the rows, and what the checks found. It contains counts and row numbers, and no part of a row. */
export type Quality = QualityReport & { findings: Finding[] };

/** Content of `<download_dir>/manifest.json`. File names are relative to it, so the directory can be moved. */
export interface Records {
  splits: Record<string, SplitRecord>;
  /** Of the splits of the latest request whose rows were examined. Files of older versions have none. */
  quality?: Quality;
}

/** A split in the machine-readable result. */
type SplitResult = Pick<SplitRecord, "file" | "rows" | "totalRows" | "bytes" | "sha256" | "statistics">;

/**
 * The machine-readable result: the last line of stdout with `--json`. Paths are relative to the working
 * directory.
 */
export interface Manifest extends Pick<
  SplitRecord,
  "dataset" | "subset" | "revision" | "splitPercent" | "seed"
> {
  splits: Record<string, SplitResult>;
  /** Absent if all checks are off. */
  quality?: Quality;
  /** True for a data set that the hub reports as neither private nor gated; false for local files. */
  isPublic: boolean;
  /** Kind of value (string, list, …) by column, from the first row. */
  columns: Record<string, string>;
  /** Empty if the rows may not be shown. */
  firstRows: Row[];
}

const manifestName = "manifest.json";

interface ManifestFile extends Records {
  formatVersion: 2;
}

/** Reads `<directory>/manifest.json`. */
export async function readRecords(directory: string): Promise<Records> {
  try {
    const text = await readFile(join(directory, manifestName), "utf8");
    const { formatVersion, splits, quality } = JSON.parse(text) as ManifestFile;
    if (formatVersion === 2 && typeof splits === "object" && splits) return { splits, quality };
  } catch {
    // A file that is missing or cannot be read is written again.
  }
  return { splits: {} };
}

/** Replaces the manifest. The same records give the same bytes. */
export async function writeRecords(directory: string, { splits, quality }: Records): Promise<void> {
  const path = join(directory, manifestName);
  // Splits finish in any order; the file lists them by name.
  const sorted = Object.entries(splits).sort(([a], [b]) => (a < b ? -1 : 1));
  const manifest: ManifestFile = { formatVersion: 2, splits: Object.fromEntries(sorted), quality };
  await replaceFile(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
