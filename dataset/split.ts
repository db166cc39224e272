import type { DownloadContext, Run } from "./context";
import { convert, type Converted, type Line } from "./convert";
import type { Table } from "./batch";
import { DatasetError } from "./errors";
import { addFact, describeFacts, noFacts, type Facts } from "./facts";
import type { Limiter } from "./limiter";
import type { SplitRecord } from "./manifest";
import type { Origin } from "./origin";
import { partOf, partsOf, type Division, type PartName } from "./quality/division";
import type { DatasetRequest } from "./request";
import { recordedSettings } from "./reuse";
import { rowsShown } from "./rowsShown";
import { everyRow, headOf, sampleOf, type Selection } from "./selection";
import { openWriter, type LineWriter } from "./writer";

/** What all splits of a run share. */
interface SplitRun extends Run {
  origin: Origin;
  /** Lets one split at a time use DuckDB, which bounds the memory. */
  decoding: Limiter;
}

/**
 * Writes one split, or the parts into which the request divides it. Errors: EmptySlice if a file gets no row.
 * @returns the records by name
 */
export async function prepareSplit(run: SplitRun, split: string): Promise<Map<string, SplitRecord>> {
  const { request, context, origin } = run;
  const tables = await origin.open(split);
  let isDone = false;
  try {
    const { selection, total } = await selectRows(request, tables, split);
    const { converted, files } = await writeRows(run, tables, selection, split);
    const { rows, bad, dropped } = converted;
    const left = [
      request.onBadRow === "skip" && bad > 0 ? `, ${bad} bad rows skipped` : "",
      dropped > 0 ? `, ${dropped} rows over the context length dropped` : "",
    ].join("");
    const records = files.map(({ name, file, facts, bytes, sha256 }): [string, SplitRecord] => {
      context.info(`${name}: ${facts.rows} of ${total ?? rows} rows, ${bytes} bytes${left} → ${file}`);
      context.info(`${name}: ${describeFacts(facts)}`);
      const record: SplitRecord = {
        dataset: origin.dataset,
        subset: origin.subset,
        requestedSubset: request.subset ?? null,
        revision: origin.commit,
        repositoryCommit: origin.repositoryCommit,
        source: origin.source,
        isPublic: origin.isPublic,
        ...recordedSettings(request),
        allSplits: request.split ? partsOf(request.split) : origin.splits,
        file,
        rows: facts.rows,
        sliceRows: request.split ? facts.rows : (selection.count ?? rows),
        totalRows: total ?? rows,
        bytes,
        sha256,
        statistics: facts,
      };
      return [name, record];
    });
    isDone = true;
    return new Map(records);
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

/** A file that is being written: a split, or a part of one. */
interface Output {
  name: string;
  file: string;
  writer: LineWriter;
  facts: Facts;
}

async function writeRows(
  { request, context, directory, origin, tokenizer, stop, engine, decoding }: SplitRun,
  tables: readonly Table[],
  selection: Selection,
  split: string,
) {
  const { onLongRow, split: division } = request;
  const { messages: values } = rowsShown(context, origin.isPublic);
  const counter = onLongRow === "cut" ? undefined : await tokenizer();
  const outputs: Output[] = [];
  const progress = progressLines(context, split, selection.count);
  try {
    for (const name of division ? partsOf(division) : [split]) {
      const file = `${name}.jsonl`;
      outputs.push({ name, file, writer: await openWriter(directory, file), facts: noFacts() });
    }
    const converted = await convert(tables, {
      ...request,
      ...{ split, selection, values, tokenizer: counter, engine, decoding },
      signal: stop.signal,
      warn: context.warn,
      write: (lines) => writeLines(outputs, division, lines),
      onRows: (rows) =>
        progress(
          rows,
          outputs.reduce((sum, { writer }) => sum + writer.bytes, 0),
        ),
    });
    const total = outputs.reduce((sum, { facts }) => sum + facts.rows, 0);
    if (total === 0) throw noRows(split, converted);
    const empty = outputs.find(({ facts }) => facts.rows === 0);
    if (empty && division) throw emptyPart(empty.name as PartName, division, total);
    const files = [];
    for (const output of outputs) files.push({ ...output, ...(await output.writer.finish()) });
    return { converted, files };
  } catch (error) {
    for (const { writer } of outputs) await writer.discard();
    throw error;
  }
}

const lineFeed = Buffer.from("\n");

/** Appends lines to the only output, or each to its part. */
async function writeLines(
  outputs: readonly Output[],
  division: Division | undefined,
  lines: readonly Line[],
): Promise<void> {
  const parts = division && lines.map(({ values }) => partOf(values(), division));
  for (const { name, writer, facts } of outputs) {
    const own = parts ? lines.filter((_, index) => parts[index] === name) : lines;
    for (const { fact } of own) addFact(facts, fact);
    if (own.length > 0) await writer.append(Buffer.concat(own.flatMap(({ text }) => [text, lineFeed])));
  }
}

function emptyPart(part: PartName, division: Division, rows: number): DatasetError {
  return new DatasetError(
    "EmptySlice",
    `--split leaves no row for ${part} (${division[part]} % of ${rows} rows)`,
    "Use more rows, or raise the percentage.",
  );
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
