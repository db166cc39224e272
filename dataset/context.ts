import type { Engine } from "./duckdb";
import type { TokenCounter } from "./facts";
import type { HttpClient, HttpOptions, HttpStats } from "./http";
import type { Manifest } from "./manifest";
import type { DatasetRequest } from "./request";
import type { RowPolicy, RowsShown } from "./rowsShown";
import type { Verifier } from "./verified";

/** Where a run prints, and the settings of its performance. */
export interface DownloadContext {
  http: HttpOptions;
  /** Working directory that the manifest's paths are relative to. */
  cwd: string;
  /** Where rows may appear. Default: see `rowsShown`. */
  rows?: RowPolicy;
  /** True when a program reads the result. Default: false. */
  json?: boolean;
  info: (text: string) => void;
  warn: (text: string) => void;
  /** Longest wait for another process that uses the same directory, in milliseconds. */
  lockWaitMs?: number;
  /** Concurrent requests. Default 6. */
  parallel?: number;
  /**
   * Target size of one range request in bytes; smaller adjacent row groups share a request. Default 1 MiB.
   */
  fetchBytes?: number;
}

/** What all steps of a run share. */
export interface Run {
  request: DatasetRequest;
  context: DownloadContext;
  http: HttpClient;
  directory: string;
  /** Aborted by an interruption, or by the failure of a split, which stops the others. */
  stop: AbortController;
  verifier: Verifier;
  /** Opened on first use. */
  tokenizer: () => Promise<TokenCounter | undefined>;
  /** Opened on first use. */
  engine: () => Promise<Engine>;
}

/** Result of a run. */
export interface DownloadResult {
  manifest: Manifest;
  /** Splits that were already complete and unchanged. */
  unchanged: string[];
  stats: HttpStats;
  shown: RowsShown;
}
