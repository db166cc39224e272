import type { MappedColumns } from "./columns";
import type { Row } from "./rowCheck";

/** The values of a row, or the reason why it cannot be read. */
export interface Source {
  row: Row;
  problem?: string;
  /** Details of the problem that contain values of the row. */
  values?: string;
  /** Position of the row in its file, for the message about it. */
  place: string;
}

/** The rows of a text file. */
export interface TextRows {
  /** Columns of a table; undefined for JSON, whose rows name their fields. */
  header?: readonly string[];
  /** The rows in groups of about one megabyte, each as a function that reads its values. */
  groups(): AsyncIterable<Array<() => Source>>;
}

/** Consecutive rows of a file. */
export interface Batch {
  rows: number;
  /** The query of `factsQuery`, which checks the rows and writes their JSON; undefined if `source` reads each row. */
  query?: string;
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
