import { join } from "node:path";
import type { ColumnMapping } from "./columns";
import type { Decoders } from "./decoders";
import type { HttpClient } from "./http";
import type { JsonlWriter } from "./jsonl";
import type { Layout, Shard } from "./layout";
import type { Limiter } from "./limiter";
import type { BadRowPolicy } from "./request";
import { readFooter } from "./parquet";
import { openRemoteFile, type RangeReader } from "./remoteFile";
import type { Selection } from "./selection";
import { neededColumns, writeSlice, type OpenShard, type SliceResult } from "./slice";

/** Where rows come from: a data set on the hub at one commit, or local files. */
export interface Origin {
  dataset: string;
  subset: string;
  /** Identity of the rows: a commit of the hub, or a hash of the files. */
  commit: string;
  repositoryCommit: string;
  source: "repository" | "converted" | "files";
  /** True for a data set that the hub reports as neither private nor gated. */
  isPublic: boolean;
  /** All splits, in order. */
  splits: string[];
  open(split: string): Promise<OpenSplit>;
}

/** A split whose number of rows is known. */
export interface OpenSplit {
  rows: number;
  write(writer: JsonlWriter, options: WriteOptions): Promise<SliceResult>;
  close(): Promise<void>;
}

/** Which rows to write, and where to report progress. */
export interface WriteOptions {
  selection: Selection;
  onBadRow: BadRowPolicy;
  /** Whether messages about bad rows may contain values of the row. */
  values: boolean;
  onRows: (rows: number, bytes: number) => void;
  warn: (text: string) => void;
}

/** What all splits of a run share. */
export interface RunResources {
  signal: AbortSignal;
  /** Limits concurrent requests. */
  requests: Limiter;
  /** Limits the bytes of fetched row groups. */
  memory: Limiter;
  decoders: Decoders;
  fetchBytes: number;
}

/** The rows of a data set on the hub. */
export function hubOrigin(
  layout: Layout,
  http: HttpClient,
  resources: RunResources,
  options: { directory: string; columns: ColumnMapping | undefined; notice: (text: string) => void },
): Origin {
  const { dataset, commit } = layout;
  const openShard = (shard: Shard): RangeReader =>
    openRemoteFile(http, shard, {
      dataset,
      commit,
      spoolPath: join(
        options.directory,
        `.${shard.path.replace(/[^\w.-]/g, "_")}.${process.pid}.spool.partial`,
      ),
      notice: options.notice,
    });
  return {
    ...layout,
    splits: [...layout.splits.keys()],
    open: (split) =>
      openParquetSplit(split, (layout.splits.get(split) ?? []).map(openShard), options.columns, resources),
  };
}

/**
 * Reads the footers of a split's files and counts its rows. The files are closed by `close`, or here on
 * failure.
 */
export async function openParquetSplit(
  split: string,
  files: RangeReader[],
  columns: ColumnMapping | undefined,
  resources: RunResources,
): Promise<OpenSplit> {
  const close = async (): Promise<void> => {
    await Promise.all(files.map((file) => file.close()));
  };
  try {
    const shards: OpenShard[] = await Promise.all(
      files.map(async (file) => {
        const choose = (present: string[]): string[] =>
          neededColumns(split, file.name, present, columns)?.columns ?? present;
        const footer = await resources.requests.run(1, () => readFooter(file, choose));
        return { file, footer, mapped: neededColumns(split, file.name, footer.columns, columns) };
      }),
    );
    return {
      rows: shards.reduce((sum, { footer }) => sum + footer.rows, 0),
      write: (writer, options) => writeSlice(shards, writer, { split, ...options, ...resources }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
