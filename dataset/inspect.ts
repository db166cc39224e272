import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { badRows } from "./badRows";
import type { Source, Table } from "./batch";
import { columnMapping, mapRow } from "./columns";
import { readChunk } from "./convert";
import { openEngine, type Engine } from "./duckdb";
import type { TokenCounter } from "./facts";
import { openFile } from "./files";
import { describeFindings, findingsOf } from "./quality/checks";
import { addRow, noRows } from "./quality/report";
import { rowExaminer } from "./quality/scan";
import { requestDefaults, type DatasetRequestInput } from "./request";
import { rowProblem, type Row } from "./rowCheck";

/** The part of a request that decides how local files are read, and what is checked in their rows. */
export type InspectRequest = Pick<
  DatasetRequestInput,
  "files" | "columns" | "roles" | "format" | "encoding" | "toolTurns" | "onBadRow" | "onLongRow" | "checks"
>;

/** Rows of each file that are examined. */
const rowsInspected = 1000;

/**
 * Looks into local files before anything is created: recognizes each file, maps its columns, checks its first rows, and examines
 * their quality as far as one pass over them shows it. It writes nothing, and DuckDB is loaded only for parquet files. Messages
 * contain no values of rows.
 * @param tokenizer counts the tokens of the sample
 * @param warn called with what the sample's quality needs attention for
 * @returns the names of the splits
 * Errors: BadFile, SchemaMismatch, CorruptParquet; BadRow unless bad rows are skipped or kept.
 */
export async function inspectFiles(
  request: InspectRequest & { files: NonNullable<InspectRequest["files"]> },
  cwd: string,
  tokenizer: TokenCounter | undefined,
  warn: (text: string) => void,
): Promise<string[]> {
  const { files, format, encoding, toolTurns, onBadRow = requestDefaults.onBadRow } = request;
  let opened: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => (opened ??= openEngine(tmpdir()));
  const options = {
    ...{ columns: columnMapping(request), format, encoding, toolTurns, engine, values: false },
    info: () => undefined,
  };
  try {
    for (const [split, names] of Object.entries(files)) {
      for (const name of names) {
        const table = await openFile({ name, path: resolve(cwd, name) }, split, options);
        const bad = badRows({ split, onBadRow, maxBadRows: 100, warn: () => undefined });
        const good: Row[] = [];
        let position = 0;
        for await (const { row, problem, place } of firstRows(table, engine)) {
          if (problem) bad.add(position, problem, place);
          else good.push(row);
          position++;
        }
        bad.endOfBatch();
        for (const line of qualityOf(good, `${split} (${name})`, request, tokenizer)) warn(line);
      }
    }
    return Object.keys(files);
  } finally {
    (await opened?.catch(() => undefined))?.close();
  }
}

/** What the checks find in the first good rows of a file, as texts. */
function qualityOf(
  rows: readonly Row[],
  split: string,
  { checks = {}, onLongRow = requestDefaults.onLongRow }: InspectRequest,
  tokenizer: TokenCounter | undefined,
): string[] {
  if (checks === "off" || rows.length === 0) return [];
  const seen = new Set<number>();
  const duplicates = noRows();
  const examiner = rowExaminer(tokenizer, (scanner, row) => {
    const print = scanner.fingerprint();
    if (seen.has(print)) addRow(duplicates, row);
    seen.add(print);
  });
  rows.forEach(examiner.examine);
  const { found, length } = examiner.facts();
  const quality = { sha256: "", rows: rows.length, languages: { sampled: 0, rows: {} }, length };
  const report = {
    ...{ version: 0, tokenizer: null, training: [], overlaps: [], allCompared: true },
    splits: { [split]: { ...quality, found: { ...found, duplicates, nearDuplicates: noRows() } } },
  };
  const policy = onLongRow === "cut" ? "" : ` dataset.onLongRow is ${onLongRow}.`;
  return findingsOf(report, checks, false).map((finding) => {
    const isLength = finding.check === "length";
    const estimate = isLength ? " This is an estimate from the first rows; up counts all rows." : "";
    const level = finding.level === "fail" ? " With the level fail, up stops here." : "";
    return `In the first rows, counted from 0: ${describeFindings([finding]).join()}${estimate}${isLength ? policy : ""}${level}`;
  });
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
    const row = table.mapped && !source.problem ? mapRow(source.row, table.mapped) : source.row;
    return { row, problem: source.problem ?? rowProblem(row, false), place: source.place };
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
