import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBType } from "@duckdb/node-api";
import { DatasetError } from "./errors";

/** DuckDB in memory. It decodes files, checks rows and writes their JSON. */
export interface Engine {
  /** Queries that may run at the same time. */
  readonly width: number;
  /** All chunks of a result, in order. `$1` in the text is the parameter. */
  run(sql: string, parameter?: Uint8Array): Promise<DuckDBDataChunk[]>;
  /** The chunks of a large result, in order, without storing it. */
  stream(sql: string): AsyncIterable<DuckDBDataChunk>;
  /** The rows of a small result, by column name. */
  rows(sql: string): Promise<Array<Record<string, unknown>>>;
  /** The types of a result's columns. */
  types(sql: string): Promise<Map<string, DuckDBType>>;
  close(): void;
}

/** A text as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** A name as an SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * Opens DuckDB. It loads and downloads no extension: JSON and parquet are built in.
 * @param directory place of the files that DuckDB writes when a query exceeds its memory
 */
export async function openEngine(directory: string): Promise<Engine> {
  const { DuckDBInstance, blobValue } = await loadBinding();
  const width = Math.min(2, availableParallelism());
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(width),
    memory_limit: "250MB",
    temp_directory: join(directory, ".duckdb.partial"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const idle: DuckDBConnection[] = [];
  const all: DuckDBConnection[] = [];
  async function withConnection<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    let connection = idle.pop();
    if (!connection) all.push((connection = await instance.connect()));
    try {
      return await work(connection);
    } finally {
      idle.push(connection);
    }
  }
  return {
    width,
    run: (sql, parameter) =>
      withConnection(async (connection) =>
        (await connection.run(sql, parameter && [blobValue(parameter)])).fetchAllChunks(),
      ),
    async *stream(sql) {
      const connection = await instance.connect();
      try {
        const result = await connection.stream(sql);
        for (;;) {
          const chunk = await result.fetchChunk();
          if (!chunk || chunk.rowCount === 0) return;
          yield chunk;
        }
      } finally {
        connection.closeSync();
      }
    },
    rows: (sql) =>
      withConnection(async (connection) => (await connection.runAndReadAll(sql)).getRowObjectsJS()),
    types: (sql) =>
      withConnection(async (connection) => {
        const result = await connection.run(sql);
        return new Map(result.columnNames().map((name, index) => [name, result.columnType(index)]));
      }),
    close() {
      for (const connection of all) connection.closeSync();
      instance.closeSync();
    },
  };
}

async function loadBinding() {
  try {
    return await import("@duckdb/node-api");
  } catch (error) {
    throw new DatasetError(
      "Engine",
      `DuckDB cannot be loaded on ${process.platform}-${process.arch}`,
      "Install the optional packages of this platform with `npm ci` (without --omit=optional); @duckdb/node-bindings lists the platforms.",
      { cause: error },
    );
  }
}
