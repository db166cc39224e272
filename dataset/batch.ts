import type { MappedColumns } from "./columns";
import type { Row } from "./rowCheck";

/** A row that is checked again: its values, or the reason why it cannot be read. */
export interface Source {
  row: Row;
  problem?: string;
  /** Details of the problem that contain values of the row. */
  values?: string;
  /** Position of the row in its file, for the message about it. */
  place: string;
}

/** Consecutive rows of a file. */
export interface Batch {
  rows: number;
  /** The query of `factsQuery`; undefined if the rows can only be read by `source`. */
  query?: string;
  /** Its parameter. A query without one is large, and its result is read in parts. */
  parameter?: Uint8Array;
  /** A row by its position in the batch. `raw` is the row's JSON in the result of the query, if it has one. */
  source(index: number, raw: Uint8Array | undefined): Source;
}

/** A file with rows. */
export interface Table {
  name: string;
  /** Set when the rows must be mapped to the chat schema. */
  mapped: MappedColumns | undefined;
  /** Number of rows. A text file is read for it. */
  count(): Promise<number>;
  /** The rows in order. Rows that `isNeeded` excludes may be left out of a query, but not of the counts. */
  batches(isNeeded: (first: number, end: number) => boolean): AsyncIterable<Batch>;
  /** The error to report when the query of these rows of the file failed. */
  failure?(first: number, end: number, error: unknown): Promise<unknown>;
  /** Closes the file. What was fetched of it is deleted if `isDone`. */
  close(isDone: boolean): Promise<void>;
}

/** Rows whose text is longer than this cannot be read. It bounds the memory. */
export const longestRow = 16 << 20;
export const tooLong = "is longer than 16 MB";
/** Size of a batch. Two batches in progress take about 150 MB of memory (measured). */
export const batchBytes = 1 << 20;
const batchRows = 10_000;

/** Groups rows to batches by their size. */
export async function* grouped<Row>(
  rows: AsyncIterable<Row>,
  bytesOf: (row: Row) => number,
): AsyncGenerator<Row[]> {
  let group: Row[] = [];
  let bytes = 0;
  for await (const row of rows) {
    group.push(row);
    bytes += bytesOf(row);
    if (bytes < batchBytes && group.length < batchRows) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}
