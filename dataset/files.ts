import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { mapColumns, mapRow, type ColumnMapping, type MappedColumns } from "./columns";
import { contentHash } from "./contentHash";
import { csvRecords } from "./csv";
import { checkedLines, countOf, type Decoded, type Source } from "./decode";
import { DatasetError, errnoOf, errorLike } from "./errors";
import { interrupted } from "./httpErrors";
import {
  openParquetSplit,
  type OpenSplit,
  type Origin,
  type RunResources,
  type WriteOptions,
} from "./origin";
import type { RangeReader } from "./remoteFile";
import type { Row } from "./rowCheck";
import { reportProblems, type SliceResult } from "./slice";
import { openTokenizer, type TokenizerFile } from "./tokens";
import type { JsonlWriter } from "./jsonl";

/** Rows that are checked and written together. */
const batchRows = 1000;

/**
 * Your own data: JSON lines, CSV or parquet files by split. A hash of their content is their identity.
 * Errors: BadFile for a file that is missing or has an unsupported type, SchemaMismatch for missing columns.
 */
export async function fileOrigin(
  dataset: string,
  files: Readonly<Record<string, readonly string[]>>,
  columns: ColumnMapping | undefined,
  cwd: string,
  resources: RunResources,
  tokenizer: TokenizerFile | undefined,
): Promise<Origin> {
  const hash = createHash("sha256");
  for (const [split, names] of Object.entries(files)) {
    hash.update(`${split}\0${names.length}\0`);
    for (const name of names) hash.update(await hashOfFile(name, resolve(cwd, name)));
  }
  const commit = hash.digest("hex");
  return {
    dataset,
    subset: "default",
    commit,
    repositoryCommit: commit,
    source: "files",
    isPublic: false,
    splits: Object.keys(files),
    async open(split) {
      const names = files[split] ?? [];
      const mapping = columns ?? {};
      if (names.every((name) => extname(name).toLowerCase() === ".parquet")) {
        const readers = await Promise.all(names.map((name) => openLocalFile(name, resolve(cwd, name))));
        const opened = await openParquetSplit(split, readers, mapping, resources).catch(withLocalRemedy);
        return {
          ...opened,
          write: (writer, options) => opened.write(writer, options).catch(withLocalRemedy),
        };
      }
      return openTextSplit(
        names.map((name) => ({ name, path: resolve(cwd, name) })),
        mapping,
        resources,
        split,
        tokenizer,
      );
    },
  };
}

/** Replaces the remedy of a damaged parquet file: the one for the hub does not apply to a local file. */
function withLocalRemedy(error: unknown): never {
  if (!(error instanceof DatasetError) || error.code !== "CorruptParquet") throw error;
  throw new DatasetError(error.code, error.message, "Replace it with an intact file and run again.", {
    cause: error.cause,
  });
}

interface NamedFile {
  name: string;
  path: string;
}

/** One row of a text file, or the reason why it cannot be read. */
interface ReadRow {
  row?: Row;
  problem?: string;
  /** Details of the problem that contain values of the row. */
  values?: string;
  place: string;
}

async function openTextSplit(
  files: NamedFile[],
  mapping: ColumnMapping,
  resources: RunResources,
  split: string,
  tokenizer: TokenizerFile | undefined,
): Promise<OpenSplit> {
  let rows = 0;
  for (const file of files) rows += await countRows(file);
  async function* all(): AsyncGenerator<{ read: ReadRow; file: NamedFile }> {
    for (const file of files) for await (const read of readerOf(file.name)(file)) yield { read, file };
  }
  return {
    rows,
    close: () => Promise.resolve(),
    async write(writer, options) {
      const counter = tokenizer && (await openTokenizer(tokenizer));
      const result: SliceResult = { facts: [], bad: 0 };
      const mapped = new Map<NamedFile, MappedColumns>();
      let batch: Source[] = [];
      let next = 0;
      let done = writer.lines;
      const flush = async (): Promise<void> => {
        if (resources.signal.aborted) throw interrupted();
        const first = next - batch.length;
        const chosen = options.selection.within(first, next);
        const decoded = checkedLines(batch, chosen, options, counter);
        done += countOf(chosen);
        await appendBatch(writer, decoded, first, next, split, options, result);
        options.onRows(done, writer.bytes);
        batch = [];
      };
      for await (const { read, file } of all()) {
        if (next++ < writer.resumedAt) continue;
        batch.push(toSchema(read, file, mapping, mapped, split, options.values));
        if (batch.length === batchRows) await flush();
        if (countOf(options.selection.within(next, rows)) === 0) break;
      }
      if (batch.length > 0) await flush();
      return result;
    },
  };
}

async function appendBatch(
  writer: JsonlWriter,
  { lines, facts, problems }: Decoded,
  first: number,
  next: number,
  split: string,
  { onBadRow, warn }: WriteOptions,
  result: SliceResult,
): Promise<void> {
  if (problems.length > 0) result.bad += reportProblems(problems, first, { split, onBadRow, warn });
  await writer.append(lines, facts.rows, next);
  result.facts.push(facts);
}

async function countRows(file: NamedFile): Promise<number> {
  const rows = readerOf(file.name)(file);
  let count = 0;
  while (!(await rows.next()).done) count++;
  return count;
}

/** Maps a row to the chat schema. The first row of a file decides which columns the file has. */
function toSchema(
  { row, problem, values, place }: ReadRow,
  file: NamedFile,
  mapping: ColumnMapping,
  known: Map<NamedFile, MappedColumns>,
  split: string,
  showValues: boolean,
): Source {
  if (!row) return { row: {}, problem, values, place };
  let mapped = known.get(file);
  if (!mapped) {
    const names = Object.keys(row);
    // In a table without a header, the names are the values of its first row.
    const isTable = /\.[ct]sv$/i.test(file.name);
    const listed = isTable && !showValues ? `${names.length} columns` : undefined;
    const found = mapColumns(mapping, names, listed);
    if ("problem" in found) {
      throw new DatasetError(
        "SchemaMismatch",
        `split ${split} is not a chat split: ${file.name} has ${found.problem}`,
        "Map the columns with --columns (in a stack: dataset.columns): messages, or prompt and completion.",
      );
    }
    known.set(file, (mapped = found));
  }
  return { row: mapRow(row, mapped), place };
}

const kinds: Record<string, (file: NamedFile) => AsyncGenerator<ReadRow>> = {
  ".jsonl": jsonLines,
  ".ndjson": jsonLines,
  ".json": jsonLines,
  ".csv": (file) => table(file, ","),
  ".tsv": (file) => table(file, "\t"),
};

function readerOf(name: string): (file: NamedFile) => AsyncGenerator<ReadRow> {
  const reader = kinds[extname(name).toLowerCase()];
  if (reader) return reader;
  throw badFile(
    `${name} has a file type that is not supported`,
    `Use a file that ends with ${[...Object.keys(kinds), ".parquet"].join(", ")}; the files of one split must be all parquet or none.`,
  );
}

async function* jsonLines({ name, path }: NamedFile): AsyncGenerator<ReadRow> {
  const handle = await open(path, "r");
  try {
    let line = 0;
    for await (const text of handle.readLines()) {
      line++;
      if (text.trim() === "") continue;
      const place = `${name}, line ${line}`;
      let row: unknown;
      try {
        row = JSON.parse(line === 1 ? text.replace(/^\ufeff/, "") : text);
      } catch (error) {
        yield { problem: "is not JSON", values: `: ${errorLike(error)?.message ?? ""}`, place };
        continue;
      }
      const isObject = typeof row === "object" && row !== null && !Array.isArray(row);
      yield isObject ? { row: row as Row, place } : { problem: "is not a JSON object", place };
    }
  } finally {
    await handle.close();
  }
}

async function* table({ name, path }: NamedFile, separator: string): AsyncGenerator<ReadRow> {
  let header: string[] | undefined;
  try {
    for await (const { fields, line } of csvRecords(createReadStream(path), separator)) {
      if (!header) {
        header = fields.map((field) => field.trim());
        continue;
      }
      const place = `${name}, line ${line}`;
      if (fields.length !== header.length) {
        yield { problem: `has ${fields.length} fields, the header has ${header.length}`, place };
        continue;
      }
      yield { row: Object.fromEntries(header.map((column, index) => [column, fields[index]])), place };
    }
  } catch (error) {
    if (errnoOf(error)) throw error;
    throw badFile(`${name} cannot be read: ${errorLike(error)?.message ?? ""}`, "Correct the file.", error);
  }
}

/** Opens a local parquet file. */
async function openLocalFile(name: string, path: string): Promise<RangeReader> {
  const handle = await open(path, "r");
  const { size } = await handle.stat();
  return {
    name,
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      if (bytesRead !== bytes.length)
        throw badFile(`${name} ends before byte ${end}`, "The file changed during the run: run again.");
      return bytes;
    },
    close: () => handle.close(),
  };
}

async function hashOfFile(name: string, path: string): Promise<Buffer> {
  try {
    if (!(await stat(path)).isFile()) throw badFile(`${name} is not a file`, "Name a file, not a directory.");
    return Buffer.from(await contentHash(path), "hex");
  } catch (error) {
    const code = errnoOf(error);
    if (error instanceof DatasetError || !code) throw error;
    const why = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw badFile(
      `${name}: ${why}`,
      "Correct --files (in a stack: dataset.files); paths are relative to the working directory.",
      error,
    );
  }
}

function badFile(message: string, remedy: string, cause?: unknown): DatasetError {
  return new DatasetError("BadFile", message, remedy, { cause });
}
