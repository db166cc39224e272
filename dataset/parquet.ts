import { open } from "node:fs/promises";
import type { DuckDBType } from "@duckdb/node-api";
import { literal, type Engine } from "./duckdb";
import { DatasetError, errorLike } from "./errors";

/** A row group: its rows in the file and the bytes of its needed columns. Ends are exclusive. */
export interface RowGroup {
  index: number;
  firstRow: number;
  rows: number;
  start: number;
  end: number;
  /** Bytes of all its columns without compression. */
  plainBytes: number;
}

/** The content of a parquet file's footer. */
export interface Footer {
  rows: number;
  /** Top-level columns with their types, in the file's order. */
  types: ReadonlyMap<string, DuckDBType>;
  groups(needed: readonly string[]): RowGroup[];
}

/** The error for a damaged parquet file. */
export type Corrupt = (what: string, cause?: unknown) => DatasetError;

export function corruptFile(file: string, remedy: string): Corrupt {
  return (what, cause) => {
    const text = errorLike(cause)?.message ?? "";
    if (/Invalid string encoding/.test(text))
      return new DatasetError(
        "BadRow",
        `${file}: ${what}: a text is not valid UTF-8`,
        "Write the file again with valid texts: a parquet file must not contain other encodings.",
        { cause },
      );
    if (/encrypt/i.test(text)) return encrypted(file);
    // DuckDB reads a page, and up to 2,048 rows of a row group, as a whole.
    if (/Out of Memory/i.test(text))
      return new DatasetError(
        "BadFile",
        `${file}: ${what}: its rows need more memory than the data step uses (2 GB)`,
        "Write the file again with smaller row groups (pyarrow: row_group_size=50), or as JSON lines.",
      );
    return new DatasetError("CorruptParquet", `${file} is not a valid parquet file: ${what}`, remedy, {
      cause,
    });
  };
}

function encrypted(file: string): DatasetError {
  return new DatasetError(
    "BadFile",
    `${file} is an encrypted parquet file`,
    "Decrypt it: the data step has no keys for parquet encryption.",
  );
}

/** Size of the footer at the end of a file, with its length and magic bytes. Errors: CorruptParquet, BadFile. */
export function footerBytes(size: number, tail: Uint8Array, corrupt: Corrupt, name: string): number {
  const bytes = Buffer.from(tail.subarray(-8));
  const magic = bytes.toString("latin1", 4);
  if (magic === "PARE") throw encrypted(name);
  if (magic !== "PAR1") throw corrupt("it does not end with the parquet magic bytes PAR1");
  const length = bytes.readUInt32LE(0) + 8;
  if (length > size - 4) throw corrupt(`its footer claims ${length} of the file's ${size} bytes`);
  return length;
}

/** Checks the end of a local file. */
export async function checkTail(path: string, name: string, corrupt: Corrupt): Promise<void> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    if (size < 12) throw corrupt(`it has only ${size} bytes`);
    const tail = Buffer.alloc(8);
    await handle.read(tail, 0, 8, size - 8);
    footerBytes(size, tail, corrupt, name);
  } finally {
    await handle.close();
  }
}

/** Reads the footer of a local file; only its footer must be present. Errors: CorruptParquet. */
export async function readFooter(
  engine: Engine,
  path: string,
  size: number,
  corrupt: Corrupt,
): Promise<Footer> {
  try {
    const chunks = await engine.rows(
      `SELECT row_group_id AS "group", row_group_num_rows AS rows, path_in_schema AS path, total_uncompressed_size AS plain,
        coalesce(nullif(dictionary_page_offset, 0), data_page_offset) AS start, total_compressed_size AS size
      FROM parquet_metadata(${literal(path)})`,
    );
    const types = await engine.types(`SELECT * FROM read_parquet(${literal(path)}) LIMIT 0`);
    const [total] = await engine.rows(`SELECT num_rows AS rows FROM parquet_file_metadata(${literal(path)})`);
    const rows = Number(total?.rows);
    const footer: Footer = {
      rows,
      types,
      groups: (needed) => rowGroups(chunks, needed, size, rows, corrupt),
    };
    footer.groups([...types.keys()]);
    return footer;
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    // The footer of a file whose columns are encrypted contains a key's metadata, which DuckDB reads as a text.
    const isKey = /Invalid unicode .* in value construction/.test(errorLike(error)?.message ?? "");
    throw corrupt("its footer cannot be read", isKey ? new Error("encrypted", { cause: error }) : error);
  }
}

function rowGroups(
  chunks: ReadonlyArray<Record<string, unknown>>,
  needed: readonly string[],
  size: number,
  total: number,
  corrupt: Corrupt,
): RowGroup[] {
  const groups: RowGroup[] = [];
  for (const chunk of chunks) {
    const index = Number(chunk.group);
    const before = groups.at(-1);
    let group = before;
    if (!group || group.index !== index) {
      const firstRow = before ? before.firstRow + before.rows : 0;
      group = { index, firstRow, rows: Number(chunk.rows), start: Infinity, end: 0, plainBytes: 0 };
      groups.push(group);
    }
    group.plainBytes += Number(chunk.plain);
    const path = String(chunk.path);
    if (!needed.some((name) => path === name || path.startsWith(`${name}, `))) continue;
    group.start = Math.min(group.start, Number(chunk.start));
    group.end = Math.max(group.end, Number(chunk.start) + Number(chunk.size));
  }
  const wrong = groups.find(
    ({ rows, start, end }) => rows > 0 && !(start >= 4 && end > start && end <= size - 8),
  );
  if (wrong) throw corrupt(`row group ${wrong.index} claims bytes ${wrong.start} to ${wrong.end} of ${size}`);
  const sum = groups.reduce((rows, group) => rows + group.rows, 0);
  if (sum !== total) throw corrupt(`its row groups hold ${sum} rows, its footer says ${total}`);
  return groups;
}
