import { createHash } from "node:crypto";
import type { DownloadContext } from "./context";
import { DatasetError } from "./errors";
import type { RowFacts } from "./facts";
import { openJsonl, type JsonlWriter } from "./jsonl";
import { recordedSettings } from "./reuse";
import type { SplitRecord } from "./manifest";
import type { Origin, OpenSplit } from "./origin";
import type { DatasetRequest } from "./request";
import { headOf, sampleOf, type Selection } from "./selection";
import { rowsShown } from "./rowsShown";
import type { SliceResult } from "./slice";
import {
  describeStatistics,
  factsOfFile,
  fingerprintsOf,
  statisticsOf,
  type Fingerprints,
} from "./statistics";
import { openTokenizer, type TokenizerFile } from "./tokens";

/** Writes one split. Continues what an interrupted run with the same settings began. */
export async function prepareSplit(
  request: DatasetRequest,
  context: DownloadContext,
  directory: string,
  origin: Origin,
  split: string,
  tokenizer: TokenizerFile | undefined,
): Promise<{ record: SplitRecord; fingerprints: Fingerprints }> {
  const open = await origin.open(split);
  try {
    const { splitPercent, sampleSeed } = request;
    const selection =
      sampleSeed === undefined
        ? headOf(open.rows, splitPercent)
        : sampleOf(open.rows, splitPercent, sampleSeed, split);
    if (selection.count === 0) throw emptySlice(split, open.rows, splitPercent);
    const file = `${split}.jsonl`;
    const writer = await openJsonl(directory, file, sliceKey(request, origin, split));
    const { facts, bad } = await writeRows(
      context,
      open,
      writer,
      selection,
      request,
      origin.isPublic,
      split,
      tokenizer,
    );
    const written = await writer.finish();
    const statistics = statisticsOf(facts);
    const left = request.onBadRow === "skip" && bad > 0 ? `, ${bad} bad rows skipped` : "";
    context.info(`${split}: ${written.lines} of ${open.rows} rows, ${written.bytes} bytes${left} → ${file}`);
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
      rows: written.lines,
      sliceRows: selection.count,
      totalRows: open.rows,
      bytes: written.bytes,
      sha256: written.sha256,
      statistics,
    };
    return { record, fingerprints: fingerprintsOf(facts) };
  } finally {
    await open.close();
  }
}

async function writeRows(
  context: DownloadContext,
  open: OpenSplit,
  writer: JsonlWriter,
  selection: Selection,
  { onBadRow }: DatasetRequest,
  isPublic: boolean,
  split: string,
  tokenizer: TokenizerFile | undefined,
): Promise<SliceResult> {
  try {
    const facts: RowFacts[] = [];
    if (writer.resumedAt > 0) {
      context.info(`${split}: resuming after ${writer.lines} of ${selection.count} rows`);
      const counter = tokenizer && (await openTokenizer(tokenizer));
      facts.push(await factsOfFile(writer.path, writer.bytes, counter));
    }
    const onRows = progressLines(context, split, selection.count);
    const { rows: policy, json = false, warn } = context;
    const { messages: values } = rowsShown(policy, { json, isPublic });
    const result = await open.write(writer, { selection, onBadRow, values, onRows, warn });
    return { facts: [...facts, ...result.facts], bad: result.bad };
  } catch (error) {
    await writer.suspend();
    throw error;
  }
}

/**
 * Key of the slice in the name of its partial file. A partial file of another commit or other settings is
 * never continued.
 */
function sliceKey(request: DatasetRequest, { dataset, subset, commit }: Origin, split: string): string {
  const { splitPercent, seed, onBadRow, columns } = recordedSettings(request);
  const parts = [dataset, subset, commit, split, splitPercent, seed, onBadRow, columns];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
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

/** Prints rows, share, rate and time left every two seconds. */
function progressLines(
  context: DownloadContext,
  split: string,
  rows: number,
): (done: number, bytes: number) => void {
  const started = Date.now();
  let last = started;
  let before: { rows: number; bytes: number } | undefined;
  return (done, bytes) => {
    const now = Date.now();
    before ??= { rows: done, bytes };
    if (now - last < 2000 || done >= rows || done <= before.rows) return;
    last = now;
    const seconds = (now - started) / 1000;
    const left = Math.round((seconds / (done - before.rows)) * (rows - done));
    const rate = ((bytes - before.bytes) / seconds / 1e6).toFixed(1);
    context.info(
      `${split}: ${done} of ${rows} rows (${Math.floor((100 * done) / rows)} %), ${rate} MB/s, about ${left} s left`,
    );
  };
}
