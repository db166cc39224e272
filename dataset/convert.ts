import type { DuckDBDataChunk } from "@duckdb/node-api";
import { badRows } from "./badRows";
import type { Batch, Source, Table } from "./batch";
import { mapRow } from "./columns";
import type { Engine } from "./duckdb";
import { DatasetError } from "./errors";
import { factOf, tokensOf, type RowFact, type TokenCounter } from "./facts";
import { mappedProblem } from "./mappedProblem";
import { interrupted } from "./httpErrors";
import type { Limiter } from "./limiter";
import type { BadRowPolicy, LongRowPolicy } from "./requestValues";
import { rowProblem, type Row } from "./rowCheck";
import type { Selection } from "./selection";

/** Which rows to write, what to do with bad ones, and where to report. */
export interface ConvertOptions {
  split: string;
  selection: Selection;
  onBadRow: BadRowPolicy;
  maxBadRows: number;
  onLongRow: LongRowPolicy;
  /** Whether messages about bad rows may contain values of the row. */
  values: boolean;
  /** Finds the long rows, if they are not to be cut by the training. */
  tokenizer: TokenCounter | undefined;
  signal: AbortSignal;
  /** Opens DuckDB, for files that it reads. */
  engine: () => Promise<Engine>;
  /** Lets one split at a time decode, which bounds the memory. */
  decoding: Limiter;
  warn: (text: string) => void;
  /** Writes lines in their order. */
  write: (lines: readonly Line[]) => Promise<void>;
  /** Called with the number of rows done. */
  onRows: (rows: number) => void;
}

/** What was read. */
export interface Converted {
  /** Rows of the split that were read, bad rows among the selected ones, and rows left out as too long. */
  rows: number;
  bad: number;
  dropped: number;
}

/** A row as UTF-8 JSON without line end. */
export interface Line {
  text: Uint8Array;
  fact: RowFact;
  /** Its values. A line that DuckDB has written is parsed for them. */
  values: () => Row;
}

/** Bytes that are written together. */
const writtenTogether = 1 << 20;

/** Writes the selected rows of tables, in order, as checked JSON lines. */
export async function convert(tables: readonly Table[], options: ConvertOptions): Promise<Converted> {
  const { selection, tokenizer, onLongRow } = options;
  const bad = badRows(options);
  let row = 0;
  let selected = 0;
  let written = 0;
  const long: number[] = [];

  async function take(batch: Batch, table: Table, isUsed: boolean): Promise<void> {
    if (!isUsed) {
      row += batch.rows;
      return;
    }
    let index = 0;
    for await (const chunk of batch.query ? (await options.engine()).stream(batch.query) : [undefined]) {
      if (options.signal.aborted) throw interrupted();
      let lines: Line[] = [];
      let bytes = 0;
      const flush = async (): Promise<void> => {
        written += lines.length;
        await options.write(lines);
        lines = [];
        bytes = 0;
      };
      const results = chunk && readChunk(chunk);
      const end = chunk ? index + chunk.rowCount : batch.rows;
      for (let at = 0; index < end; index++, at++) {
        const position = row + index;
        if (!selection.has(position)) continue;
        selected++;
        const text = results?.text(at);
        const line =
          text && results?.isGood(at)
            ? lineOf(text, results.fact(at))
            : checked(batch.source(index, text), text, table, position);
        if (!line || isDropped(line, position)) continue;
        lines.push(line);
        if ((bytes += line.text.length) > writtenTogether) await flush();
      }
      await flush();
      bad.endOfBatch();
      options.onRows(selected);
    }
    row += batch.rows;
  }

  function checked(
    source: Source,
    raw: Uint8Array | undefined,
    { mapped: mapping }: Table,
    position: number,
  ): Line | undefined {
    const mapped = source.problem ? undefined : mapping ? mapRow(source.row, mapping) : source.row;
    const problem = mapped
      ? mapping
        ? mappedProblem(source.row, mapped, mapping, options.values)
        : rowProblem(mapped, options.values)
      : `${source.problem}${options.values ? (source.values ?? "") : ""}`;
    if (problem) bad.add(position, problem, source.place);
    // A row that could not be read, or that is not Unicode, cannot be kept either.
    const isKept = !problem || (options.onBadRow === "report" && !problem.endsWith("surrogate pair"));
    if (!mapped || !isKept) return undefined;
    if (raw && !mapping) return lineOf(raw, factOf(mapped));
    return { text: Buffer.from(JSON.stringify(mapped)), fact: factOf(mapped), values: () => mapped };
  }

  function isDropped(line: Line, position: number): boolean {
    if (!tokenizer || tokensOf(line.values(), tokenizer) <= (tokenizer.contextLength ?? Infinity))
      return false;
    long.push(position);
    return onLongRow === "drop";
  }

  for (const table of tables) {
    const start = row;
    const isNeeded = (first: number, end: number): boolean => selection.some(start + first, start + end);
    for await (const batch of table.batches(isNeeded)) {
      const first = row - start;
      const end = first + batch.rows;
      try {
        await options.decoding(() => take(batch, table, isNeeded(first, end)));
      } catch (error) {
        throw table.failure ? await table.failure(first, end, error) : error;
      }
      if (!isNeeded(end, Infinity)) break;
    }
  }
  bad.end(selected, written);
  if (long.length > 0 && onLongRow === "fail") throw longRows(options, long);
  return { rows: row, bad: bad.count, dropped: onLongRow === "drop" ? long.length : 0 };
}

function lineOf(text: Uint8Array, fact: RowFact): Line {
  return {
    text: withLowerEscapes(Buffer.from(text.buffer, text.byteOffset, text.length)),
    fact,
    values: () => JSON.parse(Buffer.from(text).toString()) as Row,
  };
}

function longRows({ split, tokenizer }: ConvertOptions, rows: readonly number[]): DatasetError {
  const first = rows.slice(0, 10).join(", ");
  return new DatasetError(
    "LongRow",
    `${split}: ${rows.length} rows are longer than the context of ${tokenizer?.contextLength} tokens: ${first}${rows.length > 10 ? ", …" : ""}`,
    "Shorten them, leave them out with --on-long-row drop, or let the training cut them with --on-long-row cut; in a stack: dataset.onLongRow.",
  );
}

/** Reads the columns of `factsQuery`. */
export function readChunk(chunk: DuckDBDataChunk) {
  const [lines, good, n, b] = [0, 1, 2, 3].map((column) => chunk.getColumnVector(column));
  return {
    text: (row: number) => (lines?.getItem(row) as { bytes: Uint8Array } | null)?.bytes,
    isGood: (row: number) => good?.getItem(row) === true,
    fact: (row: number): RowFact => ({
      messages: Number(n?.getItem(row)),
      textBytes: Number(b?.getItem(row)),
    }),
  };
}

/** Writes `\u001F` as JavaScript and Python do: `\u001f`. */
function withLowerEscapes(bytes: Buffer): Buffer {
  for (let at = bytes.indexOf("\\u00"); at >= 0; at = bytes.indexOf("\\u00", at + 1)) {
    let slashes = 1;
    while (bytes[at - slashes] === 0x5c) slashes++;
    if (slashes % 2 === 1)
      bytes.write(bytes.toString("latin1", at + 4, at + 6).toLowerCase(), at + 4, "latin1");
  }
  return bytes;
}
