import type { Table } from "./batch";
import { mapColumns, type ColumnMapping, type MappedColumns } from "./columns";
import type { Engine } from "./duckdb";
import { DatasetError } from "./errors";
import type { HttpClient } from "./http";
import type { Layout, Shard } from "./layout";
import type { Limiter } from "./limiter";
import { corruptFile, footerBytes, type RowGroup } from "./parquet";
import { openParquetTable } from "./parquetTable";
import { openLocalCopy, type LocalCopy } from "./remoteFile";

/** Where rows come from: a data set on the hub at one commit, or local files. */
export interface Origin extends Omit<Layout, "source" | "splits"> {
  source: Layout["source"] | "files";
  /** All splits, in order. */
  splits: string[];
  /** Opens the files of a split. */
  open(split: string): Promise<Table[]>;
}

/** Options of `hubOrigin`. */
interface HubOptions {
  directory: string;
  columns: ColumnMapping | undefined;
  engine: () => Promise<Engine>;
  /** Limits concurrent requests. */
  requests: Limiter;
  /** Target size of one range request in bytes; smaller adjacent row groups share a request. */
  fetchBytes: number;
  info: (text: string) => void;
  notice: (text: string) => void;
}

/** The rows of a data set on the hub. */
export function hubOrigin(layout: Layout, http: HttpClient, options: HubOptions): Origin {
  return {
    ...layout,
    splits: [...layout.splits.keys()],
    open: async (split) => {
      const opened = await Promise.allSettled(
        (layout.splits.get(split) ?? []).map((shard) => openShard(layout, http, split, shard, options)),
      );
      const tables = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const failed = opened.find((one) => one.status === "rejected");
      if (!failed) return tables;
      await Promise.all(tables.map((table) => table.close(false)));
      throw failed.reason;
    },
  };
}

const minTailBytes = 8 << 10;
const maxTailBytes = 64 << 10;
const maxRequestBytes = 8 << 20;

async function openShard(
  { dataset, commit }: Layout,
  http: HttpClient,
  split: string,
  shard: Shard,
  options: HubOptions,
): Promise<Table> {
  const corrupt = corruptFile(
    shard.path,
    "Run again; if the error persists, the file is damaged on the hub: choose another --revision or data set.",
  );
  if (shard.size < 12) throw corrupt(`it has only ${shard.size} bytes`);
  const copy = await openLocalCopy(http, shard, { ...options, dataset, commit });
  if (copy.resumed > 0)
    options.info(`${split}: resuming: ${copy.resumed} bytes of ${shard.path} are present`);
  try {
    // The footer's length is estimated from the file's size. (Measured with 4 columns: about 0.5 kB per row group.)
    const guess = Math.min(
      shard.size,
      Math.max(minTailBytes, Math.min(maxTailBytes, Math.ceil(shard.size / 1000))),
    );
    await copy.ensure(shard.size - guess, shard.size);
    const length =
      footerBytes(shard.size, await copy.read(shard.size - guess, shard.size), corrupt, shard.path) + 4;
    if (length > guess) await copy.ensure(shard.size - length, shard.size - guess);
    const file = {
      ...copy,
      corrupt,
      isOwn: false,
      fetch: (groups: readonly RowGroup[]) => fetchGroups(copy, groups, options.fetchBytes),
    };
    return await openParquetTable(await options.engine(), file, (present) =>
      hubColumns(split, shard.path, present, options.columns),
    );
  } catch (error) {
    await copy.close(error instanceof DatasetError && error.code === "CorruptParquet");
    throw error;
  }
}

/**
 * Requests the bytes of row groups. Adjacent small groups share a request of at most `targetBytes`, and a large group is several
 * requests, because a failure repeats a whole request.
 */
function fetchGroups(
  copy: LocalCopy,
  groups: readonly RowGroup[],
  targetBytes: number,
): (group: RowGroup) => Promise<unknown> {
  const ranges: Array<{ start: number; end: number }> = [];
  for (const { start, end, rows } of groups) {
    if (rows === 0) continue;
    const last = ranges.at(-1);
    if (last && start >= last.end && end - last.start <= targetBytes) last.end = end;
    else
      for (let from = start; from < end; from += maxRequestBytes)
        ranges.push({ start: from, end: Math.min(end, from + maxRequestBytes) });
  }
  const work = ranges.map(({ start, end }) => {
    const done = copy.ensure(start, end);
    done.catch(() => undefined); // It is awaited later; until then it must not count as an unhandled rejection.
    return { start, end, done };
  });
  return (group) =>
    Promise.all(
      work.filter(({ start, end }) => start < group.end && end > group.start).map(({ done }) => done),
    );
}

/** The columns to read. Without a mapping all columns are read, and `messages` must be one of them. Errors: SchemaMismatch. */
function hubColumns(
  split: string,
  file: string,
  present: readonly string[],
  mapping: ColumnMapping | undefined,
): MappedColumns | undefined {
  const mapped = mapping && mapColumns(mapping, present);
  const problem =
    mapped && "problem" in mapped
      ? mapped.problem
      : !mapping && !present.includes("messages")
        ? `no column "messages" (it has ${present.join(", ")})`
        : undefined;
  if (problem === undefined) return mapped as MappedColumns | undefined;
  throw new DatasetError(
    "SchemaMismatch",
    `split ${split} is not a chat split: ${file} has ${problem}`,
    "Choose a data set whose rows are {prompt, prompt_id, messages: [{role, content}]}, or map its columns with --columns (in a stack: dataset.columns).",
  );
}
