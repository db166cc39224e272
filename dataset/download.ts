import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatasetError, fileSystemError } from "./errors";
import { createHttpClient, interrupted, type HttpClient, type HttpOptions, type HttpStats } from "./http";
import { createHubClient, type HubClient } from "./hub";
import { openJsonl } from "./jsonl";
import { findLayout, pickSplits, type Layout, type Shard } from "./layout";
import { createLimiter, type Limiter } from "./limiter";
import { lockDirectory } from "./lock";
import {
  isIntact,
  readRecords,
  writeRecords,
  type BadRowPolicy,
  type Manifest,
  type SplitRecord,
} from "./manifest";
import { readFooter } from "./parquet";
import { openRemoteFile } from "./remoteFile";
import { describeResult } from "./result";
import { sliceRows } from "./rounding";
import { checkColumns, writeSlice, type OpenShard, type SliceOptions } from "./slice";

/** One download. Everything has been checked for form already (`options.ts`). */
export interface DownloadRequest {
  dataset: string;
  subset?: string;
  /** Branch, tag or commit. */
  revision: string;
  /** Whole number from 1 to 100. */
  splitPercent: number;
  /** All splits when undefined. */
  splits?: readonly string[];
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
}

/** What a download did. */
export interface DownloadResult {
  manifest: Manifest;
  /** Splits that were there already, whole and unchanged. */
  unchanged: string[];
  stats: HttpStats;
}

/**
 * Prepares the slice `[0%:p%]` of each split as `<directory>/<split>.jsonl`, with `manifest.json` beside them. Splits that are there, from the same
 * commit and slice and with the right checksum, are neither fetched nor written. Errors are `DatasetError`s.
 */
export async function downloadDataset(
  request: DownloadRequest,
  context: DownloadContext,
): Promise<DownloadResult> {
  const directory = resolve(context.cwd, request.directory);
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw fileSystemError(error, directory);
  }
  const { signal } = context.http;
  const unlock = await lockDirectory(directory, { waitMs: context.lockWaitMs, signal, notice: context.info });
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal?.aborted) throw interrupted();
    const http = createHttpClient({ ...context.http, signal: stop.signal });
    const { records, unchanged } = await prepare(request, context, http, directory, stop);
    const manifest = await describeResult(context.cwd, directory, records);
    return { manifest, unchanged, stats: http.stats };
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await unlock();
  }
}

interface Prepared {
  records: Record<string, SplitRecord>;
  unchanged: string[];
}

async function prepare(
  request: DownloadRequest,
  context: DownloadContext,
  http: HttpClient,
  directory: string,
  stop: AbortController,
): Promise<Prepared> {
  const hub = createHubClient(http);
  const all = await readRecords(directory);
  let kept = await knownRecords(request, directory, all, hub);
  const wanted = request.splits ?? Object.values(kept)[0]?.allSplits;
  if (wanted && wanted.length > 0 && wanted.every((split) => kept[split])) {
    return { records: inOrder(kept, wanted), unchanged: [...wanted] };
  }
  const layout = await findLayout(hub, { ...request, subset: request.subset });
  const splits = pickSplits(layout, request.splits);
  kept = await intactRecords(request, directory, all, layout);
  context.info(
    `${layout.dataset} (subset ${layout.subset}) at ${layout.commit}: ` +
      `the first ${request.splitPercent} % of ${splits.join(", ")}`,
  );
  const unchanged = splits.filter((split) => kept[split]);
  const missing = splits.filter((split) => !kept[split]);
  const tools = {
    signal: stop.signal,
    requests: createLimiter(context.parallel ?? 6),
    memory: createLimiter(context.memoryBytes ?? 64 << 20),
  };
  // Splits run side by side; each one that ends is recorded at once, so that a failure costs only the others, which stop
  // where they are and resume next time.
  let recorded: Promise<void> = Promise.resolve();
  let failure: unknown;
  await Promise.all(
    missing.map(async (split) => {
      try {
        const record = await prepareSplit(request, context, http, directory, layout, split, tools);
        all[split] = record;
        recorded = recorded.then(() => writeRecords(directory, all));
        await recorded;
      } catch (error) {
        failure ??= error;
        stop.abort();
      }
    }),
  );
  if (failure) throw failure;
  return { records: inOrder(all, splits), unchanged };
}

function inOrder(
  records: Record<string, SplitRecord>,
  splits: readonly string[],
): Record<string, SplitRecord> {
  return Object.fromEntries(splits.flatMap((split) => (records[split] ? [[split, records[split]]] : [])));
}

/**
 * Records of the slice asked for whose files are whole, found without asking the hub more than which commit the revision stands for (and
 * not even that when it is a commit).
 */
async function knownRecords(
  request: DownloadRequest,
  directory: string,
  all: Record<string, SplitRecord>,
  hub: HubClient,
): Promise<Record<string, SplitRecord>> {
  const { dataset, subset, revision } = request;
  const same = Object.values(all).find(
    (record) =>
      record.dataset === dataset &&
      (subset === undefined ? record.requestedSubset === null : record.subset === subset),
  );
  if (!same || request.force) return {};
  const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : await hub.commitOf(dataset, revision);
  if (same.repositoryCommit !== commit && same.revision !== commit) return {};
  return intactRecords(request, directory, all, { ...same, commit: same.revision });
}

/** Records of the same slice of the same rows whose files are whole. */
async function intactRecords(
  request: DownloadRequest,
  directory: string,
  all: Record<string, SplitRecord>,
  rows: Pick<Layout, "dataset" | "subset" | "commit">,
): Promise<Record<string, SplitRecord>> {
  const kept: Record<string, SplitRecord> = {};
  for (const [split, record] of request.force ? [] : Object.entries(all)) {
    const isSame =
      record.dataset === rows.dataset &&
      record.subset === rows.subset &&
      record.revision === rows.commit &&
      record.splitPercent === request.splitPercent &&
      record.onBadRow === request.onBadRow;
    if (isSame && (await isIntact(directory, record))) kept[split] = record;
  }
  return kept;
}

async function prepareSplit(
  request: DownloadRequest,
  context: DownloadContext,
  http: HttpClient,
  directory: string,
  layout: Layout,
  split: string,
  tools: Pick<SliceOptions, "requests" | "memory" | "signal">,
): Promise<SplitRecord> {
  const shards = await openShards(
    context,
    http,
    directory,
    layout,
    layout.splits.get(split) ?? [],
    tools.requests,
  );
  try {
    shards.forEach((shard) => checkColumns(split, shard));
    const totalRows = shards.reduce((sum, { footer }) => sum + footer.rows, 0);
    const rows = sliceRows(totalRows, request.splitPercent);
    if (rows === 0) throw emptySlice(split, totalRows, request.splitPercent);
    const file = `${split}.jsonl`;
    const writer = await openJsonl(directory, file, sliceKey(request, layout, split));
    if (writer.resumedAt > 0) context.info(`${split}: resuming after ${writer.resumedAt} of ${rows} rows`);
    const progress = progressLines(context, split, rows);
    let skipped: number;
    try {
      skipped = await writeSlice(shards, writer, {
        split,
        rows,
        onBadRow: request.onBadRow,
        ...tools,
        fetchBytes: context.fetchBytes ?? 1 << 20,
        onRows: progress,
        warn: context.warn,
      });
    } catch (error) {
      await writer.suspend();
      throw error;
    }
    const written = await writer.finish();
    const left = request.onBadRow === "skip" && skipped > 0 ? `, ${skipped} bad rows left out` : "";
    context.info(`${split}: ${written.lines} of ${totalRows} rows, ${written.bytes} bytes${left} → ${file}`);
    return {
      dataset: layout.dataset,
      subset: layout.subset,
      requestedSubset: request.subset ?? null,
      revision: layout.commit,
      repositoryCommit: layout.repositoryCommit,
      source: layout.source,
      splitPercent: request.splitPercent,
      onBadRow: request.onBadRow,
      allSplits: [...layout.splits.keys()],
      file,
      rows: written.lines,
      sliceRows: rows,
      totalRows,
      bytes: written.bytes,
      sha256: written.sha256,
    };
  } finally {
    await Promise.all(shards.map(({ file }) => file.close()));
  }
}

async function openShards(
  context: DownloadContext,
  http: HttpClient,
  directory: string,
  layout: Layout,
  shards: Shard[],
  requests: Limiter,
): Promise<OpenShard[]> {
  const files = shards.map((shard) =>
    openRemoteFile(http, shard, {
      dataset: layout.dataset,
      commit: layout.commit,
      spoolPath: join(directory, `.${shard.path.replace(/[^\w.-]/g, "_")}.${process.pid}.spool.partial`),
      notice: context.warn,
    }),
  );
  try {
    return await Promise.all(
      files.map(async (file) => ({ file, footer: await requests.run(1, () => readFooter(file)) })),
    );
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    throw error;
  }
}

/** Names the slice in the partial file's name: what was begun for another commit or percentage is never continued. */
function sliceKey(request: DownloadRequest, layout: Layout, split: string): string {
  const parts = [layout.dataset, layout.subset, layout.commit, split, request.splitPercent, request.onBadRow];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

function emptySlice(split: string, rows: number, percent: number): DatasetError {
  return new DatasetError(
    "EmptySlice",
    `${percent} % of split ${split} (${rows} rows) is no row at all`,
    rows === 0
      ? "Leave the split out with --splits."
      : "Raise --dataset_split_pc, or leave the split out with --splits.",
  );
}

/** A line every two seconds while a split is long. */
function progressLines(context: DownloadContext, split: string, rows: number): (written: number) => void {
  const started = Date.now();
  let last = started;
  return (written) => {
    const now = Date.now();
    if (now - last < 2000 || written >= rows) return;
    last = now;
    const left = Math.round((((now - started) / written) * (rows - written)) / 1000);
    context.info(
      `${split}: ${written} of ${rows} rows (${Math.floor((100 * written) / rows)} %), about ${left} s left`,
    );
  };
}
