import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { DuckDBDataChunk, DuckDBType } from "@duckdb/node-api";
import { DatasetError } from "./errors";

/** DuckDB in memory. It decodes parquet files, checks their rows and writes their JSON. */
export interface Engine {
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
  const { DuckDBInstance } = await loadBinding();
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(Math.min(2, availableParallelism())),
    memory_limit: "250MB",
    // Returns freed memory to the system at once: otherwise a row group of 120,000 rows takes 450 to 700 MB (measured).
    allocator_flush_threshold: "1MB",
    allocator_bulk_deallocation_flush_threshold: "1MB",
    temp_directory: join(directory, ".duckdb.partial"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  return {
    async *stream(sql) {
      const own = await instance.connect();
      try {
        const result = await own.stream(sql);
        for (;;) {
          const chunk = await result.fetchChunk();
          if (!chunk || chunk.rowCount === 0) return;
          yield chunk;
        }
      } finally {
        own.closeSync();
      }
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS(),
    async types(sql) {
      const result = await connection.run(sql);
      return new Map(result.columnNames().map((name, index) => [name, result.columnType(index)]));
    },
    close() {
      connection.closeSync();
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
