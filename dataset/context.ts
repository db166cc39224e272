import type { HttpOptions, HttpStats } from "./http";
import type { Manifest } from "./manifest";

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
