import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { badRows, type BadRows } from "./badRows";
import type { Source, Table } from "./batch";
import { columnMapping, mapRow } from "./columns";
import { readChunk } from "./convert";
import { openEngine, type Engine } from "./duckdb";
import { DatasetError } from "./errors";
import { openFile } from "./files";
import { failedChecks } from "./quality/check";
import { mappedProblem } from "./mappedProblem";
import { openSample, sampleFindings, type Sample, type SampleCounter } from "./quality/sample";
import type { DatasetRequestInput } from "./request";
import { requestDefaults } from "./requestValues";
import { rowProblem, type Row } from "./rowCheck";

/** Where an inspection reports. Nothing that it reports contains a value of a row. */
export interface InspectNotices {
  /** What a file was recognized as. */
  info: (text: string) => void;
  /** What needs attention. */
  warn: (text: string) => void;
  /** What `up` would stop at. */
  problem: (error: DatasetError) => void;
}

/** Rows of each file that are examined. */
const rowsInspected = 1000;

/**
 * Looks into local files before anything is created: recognizes each file, maps its columns, checks its first rows, and examines
 * their quality as far as one pass over them shows it. It writes nothing, and DuckDB is loaded only for parquet files. Problems of all
 * files are reported: BadFile, SchemaMismatch, CorruptParquet, BadRow, Quality.
 * @param counter counts the tokens of the sample
 * @returns the names of the splits
 */
export async function inspectFiles(
  request: DatasetRequestInput & { files: NonNullable<DatasetRequestInput["files"]> },
  cwd: string,
  counter: SampleCounter | undefined,
  notices: InspectNotices,
): Promise<string[]> {
  const { files, format, encoding, toolTurns, splitPercent = 100 } = request;
  const { onBadRow = requestDefaults.onBadRow, maxBadRows = requestDefaults.maxBadRows } = request;
  const { info, warn, problem } = notices;
  let opened: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => (opened ??= openEngine(tmpdir()));
  const options = { columns: columnMapping(request), format, encoding, toolTurns, engine, values: false };
  const samples: Sample[] = [];
  try {
    for (const [split, names] of Object.entries(files)) {
      const bad = badRows({ split, onBadRow, maxBadRows, warn: () => undefined });
      let rows = 0;
      let isWhole = splitPercent === 100;
      for (const name of names) {
        const sample = openSample(split, name, counter);
        try {
          let found = name;
          const noted = { ...options, info: (text: string) => void (found = text) };
          const table = await openFile({ name, path: resolve(cwd, name) }, split, noted);
          const read = await examine(firstRows(table, engine), rows, sample, bad);
          sample.isWhole = read < rowsInspected;
          info(
            `Data of ${split}: ${found}; ${sample.isWhole ? "all" : "the first"} ${count(read)} rows checked`,
          );
          rows += read;
          samples.push(sample);
        } catch (error) {
          if (!(error instanceof DatasetError)) throw error;
          problem(error);
          sample.isWhole = false;
        }
        isWhole &&= sample.isWhole;
      }
      reportBadRows(bad, { split, rows, isWhole, onBadRow, maxBadRows }, notices);
    }
    const findings = sampleFindings(samples, request, counter);
    for (const { text, isCertain } of findings) if (!isCertain) warn(text);
    const failed = findings.filter(({ isCertain }) => isCertain);
    if (failed.length > 0) problem(failedChecks(failed.map(({ text }) => text)));
    return Object.keys(files);
  } finally {
    (await opened?.catch(() => undefined))?.close();
  }
}

const count = (value: number): string => value.toLocaleString("en");

/** Examines the rows of a sample and returns their number. `start` is the number of rows before them. */
async function examine(
  rows: AsyncIterable<SampledRow>,
  start: number,
  { examiner }: Sample,
  bad: BadRows,
): Promise<number> {
  let read = 0;
  for await (const { row, problem, place } of rows) {
    if (problem) bad.add(start + read, problem, place);
    else examiner.examine(row);
    read++;
  }
  return read;
}

/** Reports the bad rows of a split's samples: what `up` would stop at, or what it would leave out or keep. */
function reportBadRows(
  bad: BadRows,
  split: {
    split: string;
    rows: number;
    isWhole: boolean;
    onBadRow: string;
    maxBadRows: number;
  },
  { warn, problem }: InspectNotices,
): void {
  try {
    bad.endOfBatch();
    if (split.isWhole) bad.end(split.rows, split.rows - bad.count);
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    problem(error);
    return;
  }
  if (bad.count === 0) return;
  const isSkipped = split.onBadRow === "skip";
  const of = `${split.isWhole ? "" : "the first "}${count(split.rows)} rows`;
  const limit =
    isSkipped && !split.isWhole ? ` up stops if they are more than ${split.maxBadRows} % of all rows.` : "";
  const reasons = bad.reasons().join("; ");
  warn(
    `${split.split}: ${count(bad.count)} of ${of} are bad and ${isSkipped ? "left out" : "kept"} (dataset.onBadRow: ${split.onBadRow}): ${reasons}.${limit}`,
  );
}

interface SampledRow {
  row: Row;
  problem: string | undefined;
  place: string;
}

/** The first rows of a file, mapped to the chat schema, with their problems. */
async function* firstRows(table: Table, engine: () => Promise<Engine>): AsyncGenerator<SampledRow> {
  let left = rowsInspected;
  const check = (source: Source): SampledRow => {
    const { place, problem } = source;
    if (problem || !table.mapped)
      return { row: source.row, problem: problem ?? rowProblem(source.row, false), place };
    const row = mapRow(source.row, table.mapped);
    return { row, problem: mappedProblem(source.row, row, table.mapped, false), place };
  };
  for await (const batch of table.batches((first) => first < rowsInspected)) {
    if (!batch.query)
      for (let index = 0; index < batch.rows && left > 0; index++, left--)
        yield check(batch.source(index, undefined));
    else {
      let index = 0;
      for await (const chunk of (await engine()).stream(batch.query)) {
        const { isGood, text } = readChunk(chunk);
        for (let at = 0; at < chunk.rowCount && left > 0; at++, index++, left--)
          if (isGood(at))
            yield {
              row: JSON.parse(Buffer.from(text(at) ?? []).toString()) as Row,
              problem: undefined,
              place: "",
            };
          else yield check(batch.source(index, text(at)));
      }
    }
    if (left === 0) return;
  }
}
