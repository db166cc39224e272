import type { DownloadContext } from "./context";
import { convert, type Converted } from "./convert";
import type { Table } from "./batch";
import type { Engine } from "./duckdb";
import { DatasetError } from "./errors";
import type { TokenCounter } from "./facts";
import type { Limiter } from "./limiter";
import type { SplitRecord } from "./manifest";
import type { Origin } from "./origin";
import type { DatasetRequest } from "./request";
import { recordedSettings } from "./reuse";
import { rowsShown } from "./rowsShown";
import { everyRow, headOf, sampleOf, type Selection } from "./selection";
import { describeStatistics, statisticsOf, type Fingerprints } from "./statistics";
import { openTokenizer, type TokenizerFile } from "./tokens";
import { openWriter } from "./writer";

/** What all splits of a run share. */
export interface SplitRun {
  request: DatasetRequest;
  context: DownloadContext;
  directory: string;
  origin: Origin;
  tokenizer: TokenizerFile | undefined;
  signal: AbortSignal;
  engine: () => Promise<Engine>;
  /** Lets one split at a time use DuckDB, which bounds the memory. */
  decoding: Limiter;
}

/** Writes one split. */
export async function prepareSplit(
  run: SplitRun,
  split: string,
): Promise<{ record: SplitRecord; fingerprints: Fingerprints }> {
  const { request, context, origin } = run;
  const counter = run.tokenizer && (await openTokenizer(run.tokenizer));
  const tables = await origin.open(split);
  let isDone = false;
  try {
    const { selection, total } = await selectRows(request, tables, split);
    const file = `${split}.jsonl`;
    const converted = await writeRows(run, tables, selection, split, file, counter);
    const { facts, rows, bad, dropped, bytes, sha256 } = converted;
    const statistics = statisticsOf(facts);
    const left = [
      request.onBadRow === "skip" && bad > 0 ? `, ${bad} bad rows skipped` : "",
      dropped > 0 ? `, ${dropped} rows over the context length dropped` : "",
    ].join("");
    context.info(`${split}: ${facts.rows} of ${total ?? rows} rows, ${bytes} bytes${left} → ${file}`);
    context.info(`${split}: ${describeStatistics(statistics)}`);
    const record: SplitRecord = {
      dataset: origin.dataset,
      subset: origin.subset,
      requestedSubset: request.subset ?? null,
      revision: origin.commit,
      repositoryCommit: origin.repositoryCommit,
      source: origin.source,
      isPublic: origin.isPublic,
      ...recordedSettings(request),
      allSplits: origin.splits,
      file,
      rows: facts.rows,
      sliceRows: selection.count ?? rows,
      totalRows: total ?? rows,
      bytes,
      sha256,
      statistics,
    };
    isDone = true;
    return { record, fingerprints: facts };
  } catch (error) {
    // The bytes of a damaged file are requested again.
    isDone = error instanceof DatasetError && error.code === "CorruptParquet";
    throw error;
  } finally {
    await Promise.all(tables.map((table) => table.close(isDone)));
  }
}

/** The rows to write, and the number of rows of the split where it is known before they are read. */
async function selectRows(
  { splitPercent, sampleSeed, files }: DatasetRequest,
  tables: readonly Table[],
  split: string,
): Promise<{ selection: Selection; total: number | undefined }> {
  // Text files are read once if all their rows are used.
  if (files && splitPercent === 100) return { selection: everyRow, total: undefined };
  let total = 0;
  for (const table of tables) total += await table.count();
  const selection =
    sampleSeed === undefined ? headOf(total, splitPercent) : sampleOf(total, splitPercent, sampleSeed, split);
  if (selection.count === 0) throw emptySlice(split, total, splitPercent);
  return { selection, total };
}

async function writeRows(
  { request, context, directory, origin, signal, engine, decoding }: SplitRun,
  tables: readonly Table[],
  selection: Selection,
  split: string,
  file: string,
  tokenizer: TokenCounter | undefined,
): Promise<Converted & { bytes: number; sha256: string }> {
  const { onBadRow, maxBadRows, onLongRow } = request;
  const { rows: policy, json = false, warn } = context;
  const { messages: values } = rowsShown(policy, { json, isPublic: origin.isPublic });
  const writer = await openWriter(directory, file);
  try {
    const converted = await convert(await engine(), tables, writer, {
      ...{ split, selection, onBadRow, maxBadRows, onLongRow, values, tokenizer, signal, warn },
      decoding,
      onRows: progressLines(context, split, selection.count),
    });
    if (converted.facts.rows === 0) throw noRows(split, converted);
    return { ...converted, ...(await writer.finish()) };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

function noRows(split: string, { bad, dropped }: Converted): DatasetError {
  return new DatasetError(
    "EmptySlice",
    `split ${split} has no row left: ${bad} bad rows, ${dropped} rows over the context length`,
    "Correct the data, or exclude the split with --splits.",
  );
}

function emptySlice(split: string, rows: number, percent: number): DatasetError {
  return new DatasetError(
    "EmptySlice",
    `${percent} % of split ${split} (${rows} rows) is less than one row`,
    rows === 0
      ? "Exclude the split with --splits."
      : "Raise --dataset_split_pc, or exclude the split with --splits.",
  );
}

/** Prints rows, share and rate every two seconds. */
function progressLines(
  context: DownloadContext,
  split: string,
  rows: number | undefined,
): (done: number, bytes: number) => void {
  const started = Date.now();
  let last = started;
  return (done, bytes) => {
    const now = Date.now();
    if (now - last < 2000 || done === rows) return;
    last = now;
    const rate = (bytes / (now - started) / 1e3).toFixed(1);
    const share = rows === undefined ? "" : ` of ${rows} (${Math.floor((100 * done) / rows)} %)`;
    context.info(`${split}: ${done}${share} rows, ${rate} MB/s`);
  };
}
