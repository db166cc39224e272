import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { mapColumns, mapRow, type ColumnMapping, type MappedColumns } from "./columns";
import { contentHash } from "./contentHash";
import { csvRecords } from "./csv";
import { checkedLines, countOf, type Decoded, type Source } from "./decode";
import { DatasetError, errnoOf, errorLike } from "./errors";
import { interrupted } from "./http";
import { openParquetSplit, type OpenSplit, type Origin, type Tools, type WriteOrder } from "./origin";
import type { RangeReader } from "./remoteFile";
import type { Row } from "./rowCheck";
import { reportProblems, type SliceResult } from "./slice";
import { openTokenizer, type TokenizerFile } from "./tokens";
import type { JsonlWriter } from "./jsonl";

/** Rows that are checked and written at once. */
const batchRows = 1000;

/**
 * Data of one's own: JSON lines, CSV or parquet files by split. Their identity is a hash of their content. Errors: BadFile where a file is missing or
 * of another kind, SchemaMismatch where it has not the columns.
 */
export async function fileOrigin(
  dataset: string,
  files: Readonly<Record<string, readonly string[]>>,
  columns: ColumnMapping | undefined,
  cwd: string,
  tools: Tools,
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
    splits: Object.keys(files),
    async open(split) {
      const names = files[split] ?? [];
      const mapping = columns ?? {};
      if (names.every((name) => extname(name).toLowerCase() === ".parquet")) {
        const readers = await Promise.all(names.map((name) => openLocalFile(name, resolve(cwd, name))));
        const opened = await openParquetSplit(split, readers, mapping, tools).catch(ownDamage);
        return { ...opened, write: (writer, order) => opened.write(writer, order).catch(ownDamage) };
      }
      return openTextSplit(
        names.map((name) => ({ name, path: resolve(cwd, name) })),
        mapping,
        tools,
        split,
        tokenizer,
      );
    },
  };
}

/** A damaged file of one's own is not mended by what helps with the hub's. */
function ownDamage(error: unknown): never {
  if (!(error instanceof DatasetError) || error.code !== "CorruptParquet") throw error;
  throw new DatasetError(error.code, error.message, "Put a whole file in its place, and run again.", {
    cause: error.cause,
  });
}

interface NamedFile {
  name: string;
  path: string;
}

/** One row of a text file: as it stands there, or why it cannot be read. */
interface Read {
  row?: Row;
  problem?: string;
  place: string;
}

async function openTextSplit(
  files: NamedFile[],
  mapping: ColumnMapping,
  tools: Tools,
  split: string,
  tokenizer: TokenizerFile | undefined,
): Promise<OpenSplit> {
  let rows = 0;
  for (const file of files) rows += await countRows(file);
  async function* all(): AsyncGenerator<{ read: Read; file: NamedFile }> {
    for (const file of files) for await (const read of readerOf(file.name)(file)) yield { read, file };
  }
  return {
    rows,
    close: () => Promise.resolve(),
    async write(writer, order) {
      const counter = tokenizer && (await openTokenizer(tokenizer));
      const result: SliceResult = { facts: [], bad: 0 };
      const mapped = new Map<NamedFile, MappedColumns>();
      let batch: Source[] = [];
      let next = 0;
      let done = writer.lines;
      const flush = async (): Promise<void> => {
        if (tools.signal.aborted) throw interrupted();
        const first = next - batch.length;
        const chosen = order.selection.within(first, next);
        const decoded = checkedLines(batch, chosen, order.onBadRow, counter);
        done += countOf(chosen);
        await appendBatch(writer, decoded, first, next, split, order, result);
        order.onRows(done, writer.bytes);
        batch = [];
      };
      for await (const { read, file } of all()) {
        if (next++ < writer.resumedAt) continue;
        batch.push(inSchema(read, file, mapping, mapped, split));
        if (batch.length === batchRows) await flush();
        if (countOf(order.selection.within(next, rows)) === 0) break;
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
  { onBadRow, warn }: WriteOrder,
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

/** The row in the schema; the columns of a file are found by its first row. */
function inSchema(
  { row, problem, place }: Read,
  file: NamedFile,
  mapping: ColumnMapping,
  known: Map<NamedFile, MappedColumns>,
  split: string,
): Source {
  if (!row) return { row: {}, problem, place };
  let mapped = known.get(file);
  if (!mapped) {
    const found = mapColumns(mapping, Object.keys(row));
    if ("problem" in found) {
      throw new DatasetError(
        "SchemaMismatch",
        `split ${split} is not a chat split: ${file.name} has ${found.problem}`,
        "Say with --columns which column holds what (in a stack: dataset.columns): messages, or prompt and completion.",
      );
    }
    known.set(file, (mapped = found));
  }
  return { row: mapRow(row, mapped), place };
}

const kinds: Record<string, (file: NamedFile) => AsyncGenerator<Read>> = {
  ".jsonl": jsonLines,
  ".ndjson": jsonLines,
  ".json": jsonLines,
  ".csv": (file) => table(file, ","),
  ".tsv": (file) => table(file, "\t"),
};

function readerOf(name: string): (file: NamedFile) => AsyncGenerator<Read> {
  const reader = kinds[extname(name).toLowerCase()];
  if (reader) return reader;
  throw badFile(
    `${name} is of no kind that can be read`,
    `Give a file that ends with ${[...Object.keys(kinds), ".parquet"].join(", ")}; the files of one split are either all parquet or none.`,
  );
}

async function* jsonLines({ name, path }: NamedFile): AsyncGenerator<Read> {
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
        yield { problem: `is not JSON: ${errorLike(error)?.message ?? ""}`, place };
        continue;
      }
      const isObject = typeof row === "object" && row !== null && !Array.isArray(row);
      yield isObject ? { row: row as Row, place } : { problem: "is not a JSON object", place };
    }
  } finally {
    await handle.close();
  }
}

async function* table({ name, path }: NamedFile, separator: string): AsyncGenerator<Read> {
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

/** A parquet file on this machine. */
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
        throw badFile(`${name} ends before byte ${end}`, "It was changed while it was read: run again.");
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
