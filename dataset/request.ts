import type { ColumnMapping } from "./columns";
import type { HttpOptions, HttpStats } from "./http";
import type { BadRowPolicy, Manifest } from "./manifest";

/** One preparation of data. Everything has been checked for form already (`options.ts`). */
export interface DownloadRequest {
  dataset: string;
  subset?: string;
  /** Branch, tag or commit. */
  revision: string;
  /** Whole number from 1 to 100. */
  splitPercent: number;
  /** A sample of that seed instead of the first rows. */
  seed?: number;
  /** All splits when undefined. */
  splits?: readonly string[];
  /** Files on this machine by split, instead of a data set on the hub; paths as given, relative to the working directory. */
  files?: Readonly<Record<string, readonly string[]>>;
  /** Which columns hold what, where they are not those of the chat schema. */
  columns?: ColumnMapping;
  /** `tokenizer.json`, a directory that holds one, or a model on the hub: counts tokens. */
  tokenizer?: string;
  directory: string;
  onBadRow: BadRowPolicy;
  /** Fetch and write again even if nothing changed. */
  force: boolean;
}

/** Where progress goes, and what can be tuned. */
export interface DownloadContext {
  http: HttpOptions;
  /** Working directory that the manifest's paths are relative to. */
  cwd: string;
  info: (text: string) => void;
  warn: (text: string) => void;
  /** Longest wait for another process on the same directory, in milliseconds. */
  lockWaitMs?: number;
  /** Requests under way at once. Default 6. */
  parallel?: number;
  /** Memory for fetched row groups in bytes. Default 64 MiB; one larger row group is still read, alone. */
  memoryBytes?: number;
  /** Target size of one range in bytes; smaller neighbouring row groups share a request. Default 1 MiB. */
  fetchBytes?: number;
  /** Most threads for decoding; 0 none. Default: one for each processor, at most 4. */
  threads?: number;
}

/** What a preparation did. */
export interface DownloadResult {
  manifest: Manifest;
  /** Splits that were there already, whole and unchanged. */
  unchanged: string[];
  stats: HttpStats;
}
