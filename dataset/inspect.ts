import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { badRows } from "./badRows";
import type { Batch, Table } from "./batch";
import { columnMapping, mapRow } from "./columns";
import { readChunk } from "./convert";
import { openEngine, type Engine } from "./duckdb";
import { openFile } from "./files";
import { requestDefaults, type DatasetRequestInput } from "./request";
import { rowProblem } from "./rowCheck";

/** The part of a request that decides how local files are read. */
export type InspectRequest = Pick<
  DatasetRequestInput,
  "files" | "columns" | "roles" | "format" | "encoding" | "toolTurns" | "onBadRow"
>;

const rowsInspected = 1000;

/**
 * Looks into local files before anything is created: recognizes each file, maps its columns, and checks its first rows. It writes
 * nothing, and DuckDB is loaded only for parquet files. Messages contain no values of rows.
 * @returns the names of the splits
 * Errors: BadFile, SchemaMismatch, CorruptParquet; BadRow unless bad rows are skipped or kept.
 */
export async function inspectFiles(
  request: InspectRequest & { files: NonNullable<InspectRequest["files"]> },
  cwd: string,
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
        for await (const { row, problem, place } of problemsOf(table, engine)) bad.add(row, problem, place);
        bad.endOfBatch();
      }
    }
    return Object.keys(files);
  } finally {
    (await opened?.catch(() => undefined))?.close();
  }
}

/** The problems of the first rows of a file. */
async function* problemsOf(
  table: Table,
  engine: () => Promise<Engine>,
): AsyncGenerator<{ row: number; problem: string; place: string }> {
  for await (const batch of table.batches(() => true)) {
    for await (const { index, raw } of doubtfulRows(batch, engine)) {
      const { row, problem, place } = batch.source(index, raw);
      const found = problem ?? rowProblem(table.mapped ? mapRow(row, table.mapped) : row, false);
      if (found) yield { row: index, problem: found, place };
    }
    return;
  }
}

async function* doubtfulRows(
  { query, rows }: Batch,
  engine: () => Promise<Engine>,
): AsyncGenerator<{ index: number; raw?: Uint8Array }> {
  if (!query) {
    for (let index = 0; index < Math.min(rows, rowsInspected); index++) yield { index };
    return;
  }
  for await (const chunk of (await engine()).stream(query)) {
    const { isGood, text } = readChunk(chunk);
    for (let index = 0; index < chunk.rowCount; index++)
      if (!isGood(index)) yield { index, raw: text(index) };
    return;
  }
}
