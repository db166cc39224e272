import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { onDisk } from "./disk";
import { openEngine, type Engine } from "./duckdb";
import { fileOrigin } from "./files";
import { createHttpClient } from "./http";
import { interrupted } from "./httpErrors";
import { createHubClient } from "./hub";
import { findLayout, pickSplits } from "./layout";
import { createLimiter } from "./limiter";
import { lockDirectory } from "./lock";
import { readRecords, writeRecords, type Records, type SplitRecord } from "./manifest";
import { hubOrigin, type Origin } from "./origin";
import { intactRecords, reusableRecords } from "./reuse";
import type { DownloadContext, DownloadResult, Run } from "./context";
import type { DatasetRequest } from "./request";
import { checkQuality } from "./quality/check";
import { dividedSplit, partsOf } from "./quality/division";
import { describeResult } from "./result";
import { rowsShown } from "./rowsShown";
import { prepareSplit } from "./split";
import { findTokenizer } from "./findTokenizer";
import { openTokenizer } from "./tokens";
import { openVerifier } from "./verified";

/**
 * Writes the requested part of each split to `<directory>/<split>.jsonl`, and `manifest.json` beside them.
 * Splits that already exist with the same rows and the right checksum are neither fetched nor written. All
 * errors are `DatasetError`s.
 */
export async function downloadDataset(
  request: DatasetRequest,
  context: DownloadContext,
): Promise<DownloadResult> {
  const directory = resolve(context.cwd, request.directory);
  await onDisk(directory, mkdir(directory, { recursive: true }));
  const { signal } = context.http;
  const unlock = await lockDirectory(directory, { waitMs: context.lockWaitMs, signal, notice: context.info });
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal?.aborted) throw interrupted();
    const http = createHttpClient({ ...context.http, signal: stop.signal });
    const tokenizer = once(async () => {
      if (!request.tokenizer) return undefined;
      return openTokenizer(await findTokenizer(request.tokenizer, { http, cwd: context.cwd, directory }));
    });
    const verifier = openVerifier(directory);
    const run = { request, context, http, directory, stop, verifier, tokenizer };
    const { records, unchanged } = await prepareAndCheck(run).finally(() => http.close());
    const isPublic = Object.values(records.splits)[0]?.isPublic === true;
    const shown = rowsShown(context, isPublic);
    const place = { cwd: context.cwd, shown: shown.manifest };
    const manifest = await describeResult(place, directory, records);
    return { manifest, unchanged, stats: http.stats, shown };
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await unlock();
  }
}

/** A function that starts its work once. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => (started ??= work());
}

interface Prepared {
  records: Records;
  unchanged: string[];
}

async function prepareAndCheck(run: Omit<Run, "engine">): Promise<Prepared> {
  const { request, context, directory, tokenizer } = run;
  const all = await readRecords(directory);
  const { records, unchanged } = await prepare(run, all);
  const quality = await checkQuality(request, directory, all, records.splits, {
    ...context,
    tokenizer,
    signal: context.http.signal,
  });
  return { records: { ...records, quality }, unchanged };
}

async function prepare(run: Omit<Run, "engine">, all: Records): Promise<Prepared> {
  const { request, http, directory, verifier } = run;
  const hub = createHubClient(http);
  const kept = await reusableRecords(request, all.splits, hub, verifier);
  const requested = request.split
    ? partsOf(request.split)
    : (request.splits ?? Object.values(kept)[0]?.allSplits);
  if (requested && requested.length > 0 && requested.every((split) => kept[split])) {
    await verifier.remember([]);
    return { records: inOrder(all, requested), unchanged: [...requested] };
  }
  await run.tokenizer();
  // DuckDB's memory is free again before the rows are examined.
  let opened: Promise<Engine> | undefined;
  const withEngine = { ...run, engine: () => (opened ??= openEngine(directory)) };
  try {
    const origin = request.files
      ? await fileOrigin(withEngine, request.files)
      : hubOrigin(await findLayout(hub, request), withEngine);
    return await writeMissing(withEngine, origin, all);
  } finally {
    (await opened?.catch(() => undefined))?.close();
  }
}

/** Writes the missing splits concurrently. */
async function writeMissing(run: Run, origin: Origin, all: Records): Promise<Prepared> {
  const { request, context, directory, stop, verifier } = run;
  const existing = pickSplits(origin, request.splits);
  const divided = request.split && dividedSplit(existing);
  const splits = request.split ? partsOf(request.split) : existing;
  const kept = await intactRecords(request, all.splits, origin, verifier);
  // Records of older versions do not say whether their data set is public.
  for (const record of Object.values(kept)) record.isPublic = origin.isPublic;
  context.info(describeRequest(request, origin, existing));
  const isComplete = splits.every((split) => kept[split]);
  // The parts of a divided split are written together.
  const missing = divided ? (isComplete ? [] : [divided]) : splits.filter((split) => !kept[split]);
  const written: SplitRecord[] = [];
  const shared = { ...run, origin, decoding: createLimiter(1) };
  const recording = createLimiter(1);
  // Each finished split is recorded immediately. A failure stops the other splits; they resume in the next
  // run.
  let failure: unknown;
  await Promise.all(
    missing.map(async (split) => {
      try {
        for (const [name, record] of await prepareSplit(shared, split)) {
          all.splits[name] = record;
          written.push(record);
        }
        all.quality = undefined;
        await recording(() => writeRecords(directory, all));
      } catch (error) {
        failure ??= error;
        stop.abort();
      }
    }),
  );
  if (failure) throw failure;
  await verifier.remember(written);
  return {
    records: inOrder(all, splits),
    unchanged: divided && !isComplete ? [] : splits.filter((split) => kept[split]),
  };
}

/** The records of these splits, in this order. */
function inOrder({ splits }: Records, names: readonly string[]): Records {
  return {
    splits: Object.fromEntries(names.flatMap((name) => (splits[name] ? [[name, splits[name]]] : []))),
  };
}

function describeRequest(
  { splitPercent, sampleSeed }: DatasetRequest,
  origin: Origin,
  splits: string[],
): string {
  const part =
    sampleSeed === undefined
      ? splitPercent === 100
        ? "all rows"
        : `the first ${splitPercent} %`
      : `a sample (seed ${sampleSeed}) of ${splitPercent} %`;
  const { dataset, subset, commit, source } = origin;
  const place =
    source === "files"
      ? `${dataset} (SHA-256 of the files ${commit})`
      : `${dataset} (subset ${subset}) at ${commit}`;
  return `${place}: ${part} of ${splits.join(", ")}`;
}
