import type { Table } from "./batch";
import { columnMapping, mapColumns, type ColumnMapping, type MappedColumns } from "./columns";
import type { Run } from "./context";
import { DatasetError } from "./errors";
import type { Layout, Shard } from "./layout";
import { createLimiter, type Limiter } from "./limiter";
import type { SplitRecord } from "./manifest";
import { corruptFile, footerBytes, type RowGroup } from "./parquet";
import { openParquetTable } from "./parquetTable";
import { openLocalCopy, type LocalCopy } from "./remoteFile";

/** Where rows come from: a data set on the hub at one commit, or local files. */
export interface Origin extends Omit<Layout, "source" | "splits"> {
  source: SplitRecord["source"];
  /** All splits, in order. */
  splits: string[];
  /** Opens the files of a split. */
  open(split: string): Promise<Table[]>;
}

/** The rows of a data set on the hub. */
export function hubOrigin(layout: Layout, run: Run): Origin {
  const requests = createLimiter(run.context.parallel ?? 6);
  return {
    ...layout,
    splits: [...layout.splits.keys()],
    open: async (split) => {
      const opened = await Promise.allSettled(
        (layout.splits.get(split) ?? []).map((shard) => openShard(run, layout, split, shard, requests)),
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
  { request, context, http, directory, engine }: Run,
  { dataset, commit }: Layout,
  split: string,
  shard: Shard,
  requests: Limiter,
): Promise<Table> {
  const { info, warn: notice, fetchBytes = 1 << 20 } = context;
  const corrupt = corruptFile(
    shard.path,
    "Run again; if the error persists, the file is damaged on the hub: choose another --revision or data set.",
  );
  if (shard.size < 12) throw corrupt(`it has only ${shard.size} bytes`);
  const copy = await openLocalCopy(http, shard, { dataset, commit, directory, requests, notice });
  if (copy.resumed > 0) info(`${split}: resuming: ${copy.resumed} bytes of ${shard.path} are present`);
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
      fetch: (groups: readonly RowGroup[]) => fetchGroups(copy, groups, fetchBytes),
    };
    return await openParquetTable(await engine(), file, (present) =>
      hubColumns(split, shard.path, present, columnMapping(request)),
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
  if (!mapping && present.includes("messages")) return undefined;
  const mapped = mapping
    ? mapColumns(mapping, present)
    : { problem: `no column "messages" (it has ${present.join(", ")})` };
  if (!("problem" in mapped)) return mapped;
  throw new DatasetError(
    "SchemaMismatch",
    `split ${split} is not a chat split: ${file} has ${mapped.problem}`,
    "Choose a data set whose rows are {prompt, prompt_id, messages: [{role, content}]}, or map its columns with --columns (in a stack: dataset.columns).",
  );
}
