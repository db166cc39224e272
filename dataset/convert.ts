import type { DuckDBDataChunk } from "@duckdb/node-api";
import { badRows } from "./badRows";
import type { Batch, Source, Table } from "./batch";
import { factsQuery } from "./chatSql";
import { mapRow } from "./columns";
import type { Engine } from "./duckdb";
import { DatasetError } from "./errors";
import { factCollector, type RowFact, type RowFacts, type TokenCounter } from "./facts";
import { interrupted } from "./httpErrors";
import type { Limiter } from "./limiter";
import type { BadRowPolicy, LongRowPolicy } from "./request";
import { rowProblem, type Row } from "./rowCheck";
import type { Selection } from "./selection";
import type { LineWriter } from "./writer";

/** Which rows to write, what to do with bad ones, and where to report. */
export interface ConvertOptions {
  split: string;
  selection: Selection;
  onBadRow: BadRowPolicy;
  maxBadRows: number;
  onLongRow: LongRowPolicy;
  /** Whether messages about bad rows may contain values of the row. */
  values: boolean;
  tokenizer: TokenCounter | undefined;
  signal: AbortSignal;
  /** Lets one split at a time decode, which bounds the memory. */
  decoding: Limiter;
  warn: (text: string) => void;
  /** Called with the number of rows done and of bytes written. */
  onRows: (rows: number, bytes: number) => void;
}

/** What was written. */
export interface Converted {
  facts: RowFacts;
  /** Rows of the split that were read, bad rows among the selected ones, and rows left out as too long. */
  rows: number;
  bad: number;
  dropped: number;
}

interface Line {
  /** Position of the row in the split. */
  row: number;
  text: Uint8Array;
  fact: RowFact | undefined;
}

const lineFeed = Buffer.from("\n");

/** Writes the selected rows of tables, in order, as checked JSON lines. */
export async function convert(
  engine: Engine,
  tables: readonly Table[],
  writer: LineWriter,
  options: ConvertOptions,
): Promise<Converted> {
  const { selection, tokenizer } = options;
  const collector = factCollector(tokenizer);
  const bad = badRows(options);
  let row = 0;
  let selected = 0;
  const long: number[] = [];

  async function take(
    batch: Batch,
    table: Table,
    chunks: AsyncIterable<DuckDBDataChunk | undefined>,
  ): Promise<void> {
    let index = 0;
    for await (const chunk of chunks) {
      if (options.signal.aborted) throw interrupted();
      const lines: Line[] = [];
      const results = chunk && readChunk(chunk);
      const end = chunk ? index + chunk.rowCount : batch.rows;
      for (let at = 0; index < end; index++, at++) {
        if (!selection.has(row + index)) continue;
        selected++;
        const line = results?.text(at);
        if (results?.isGood(at))
          lines.push({ row: row + index, text: line as Uint8Array, fact: results.fact(at) });
        else checkAgain(batch.source(index, line), line, table, row + index, lines);
      }
      await append(await withFacts(engine, lines));
      bad.endOfBatch();
      options.onRows(selected, writer.bytes);
    }
    row += batch.rows;
  }

  function checkAgain(
    source: Source,
    raw: Uint8Array | undefined,
    table: Table,
    position: number,
    into: Line[],
  ): void {
    const mapped = source.problem ? undefined : table.mapped ? mapRow(source.row, table.mapped) : source.row;
    const problem = mapped
      ? rowProblem(mapped, options.values)
      : `${source.problem}${options.values ? (source.values ?? "") : ""}`;
    if (problem) bad.add(position, problem, source.place);
    // A row that could not be read, or that is not Unicode, cannot be kept either.
    const isKept = !problem || (options.onBadRow === "report" && !problem.endsWith("surrogate pair"));
    if (!mapped || !isKept) return;
    into.push({
      row: position,
      text: table.mapped || !raw ? Buffer.from(JSON.stringify(mapped)) : raw,
      fact: undefined,
    });
  }

  async function append(lines: ReadonlyArray<Line & { fact: RowFact }>): Promise<void> {
    const parts: Uint8Array[] = [];
    for (const { row: position, text, fact } of lines) {
      if (tokenizer) fact.tokens = tokensOf(text, tokenizer);
      if ((fact.tokens ?? 0) > (tokenizer?.contextLength ?? Infinity)) long.push(position);
      if (long.at(-1) === position && options.onLongRow === "drop") continue;
      collector.add(fact);
      parts.push(text, lineFeed);
    }
    if (parts.length > 0) await writer.append(withLowerEscapes(Buffer.concat(parts)));
  }

  for (const table of tables) {
    const start = row;
    const isNeeded = (first: number, end: number): boolean => selection.some(start + first, start + end);
    for await (const { batch, chunks } of started(engine, table, isNeeded)) {
      const first = row - start;
      try {
        await options.decoding.run(1, () => take(batch, table, chunks));
      } catch (error) {
        throw table.failure ? await table.failure(first, first + batch.rows, error) : error;
      }
    }
  }
  const facts = collector.facts();
  bad.end(selected, facts.rows);
  if (long.length > 0 && options.onLongRow === "fail") throw longRows(options, long);
  return { facts, rows: row, bad: bad.count, dropped: options.onLongRow === "drop" ? long.length : 0 };
}

function longRows({ split, tokenizer }: ConvertOptions, rows: readonly number[]): DatasetError {
  const first = rows.slice(0, 10).join(", ");
  return new DatasetError(
    "LongRow",
    `${split}: ${rows.length} rows are longer than the context of ${tokenizer?.contextLength} tokens: ${first}${rows.length > 10 ? ", …" : ""}`,
    "Shorten them, leave them out with --on-long-row drop, or let the training cut them with --on-long-row cut; in a stack: dataset.onLongRow.",
  );
}

/** The batches of a table and their results. Queries with a parameter are started ahead. */
async function* started(
  engine: Engine,
  table: Table,
  isNeeded: (first: number, end: number) => boolean,
): AsyncGenerator<{ batch: Batch; chunks: AsyncIterable<DuckDBDataChunk | undefined> }> {
  const ahead: Array<{ batch: Batch; result: Promise<Array<DuckDBDataChunk | undefined>> | undefined }> = [];
  const next = (): { batch: Batch; chunks: AsyncIterable<DuckDBDataChunk | undefined> } | undefined => {
    const first = ahead.shift();
    if (!first) return undefined;
    const { batch, result } = first;
    return { batch, chunks: result ? each(result) : engine.stream(batch.query ?? "") };
  };
  let row = 0;
  for await (const batch of table.batches(isNeeded)) {
    const { query, parameter, rows } = batch;
    const isUsed = isNeeded(row, (row += rows));
    let result: Promise<Array<DuckDBDataChunk | undefined>> | undefined;
    if (!isUsed || !query) result = Promise.resolve([undefined]);
    // The rows of a batch that the query cannot read are read one by one.
    else if (parameter) result = engine.run(query, parameter).catch(() => [undefined]);
    ahead.push({ batch, result });
    const ready = ahead.length > (parameter ? engine.width : 0) ? next() : undefined;
    if (ready) yield ready;
    if (!isNeeded(row, Infinity)) break;
  }
  for (let ready = next(); ready; ready = next()) yield ready;
}

async function* each<T>(items: Promise<T[]>): AsyncGenerator<T> {
  yield* await items;
}

/** Reads the columns of `factsQuery`. */
export function readChunk(chunk: DuckDBDataChunk) {
  const [lines, good, n, b, p, c] = [0, 1, 2, 3, 4, 5].map((column) => chunk.getColumnVector(column));
  return {
    text: (row: number) => (lines?.getItem(row) as { bytes: Uint8Array } | null)?.bytes,
    isGood: (row: number) => good?.getItem(row) === true,
    fact: (row: number): RowFact => ({
      messages: Number(n?.getItem(row)),
      textBytes: Number(b?.getItem(row)),
      prompt: Number(p?.getItem(row)),
      conversation: Number(c?.getItem(row)),
    }),
  };
}

/** The query of the facts of lines in the chat schema. */
const factsOfLines = factsQuery(
  `(SELECT from_json(one, '[{"role":"VARCHAR","content":"VARCHAR"}]') AS m, NULL AS raw, true AS sure
    FROM (SELECT json_extract(CAST(unnest(string_split(decode($1), chr(10))) AS JSON), '$.messages') AS one))`,
  { line: "NULL", converts: false },
);

/** The facts of JSON lines, in order. */
export async function lineFacts(engine: Engine, lines: readonly Uint8Array[]): Promise<RowFact[]> {
  if (lines.length === 0) return [];
  const parameter = Buffer.concat(lines.flatMap((line) => [line, lineFeed]).slice(0, -1));
  const chunks = await engine.run(factsOfLines, parameter);
  return chunks.flatMap((chunk) => {
    const { fact } = readChunk(chunk);
    return Array.from({ length: chunk.rowCount }, (_, row) => fact(row));
  });
}

async function withFacts(engine: Engine, lines: Line[]): Promise<Array<Line & { fact: RowFact }>> {
  const missing = lines.filter(({ fact }) => !fact);
  const facts = await lineFacts(
    engine,
    missing.map(({ text }) => text),
  );
  missing.forEach((line, index) => (line.fact = facts[index]));
  return lines as Array<Line & { fact: RowFact }>;
}

/** Tokens of the messages' texts of a written line. */
export function tokensOf(line: Uint8Array, { count }: TokenCounter): number {
  const { messages } = JSON.parse(Buffer.from(line).toString()) as Row;
  const list = Array.isArray(messages) ? (messages as Array<{ content?: unknown } | null>) : [];
  return list.reduce((sum, one) => sum + (typeof one?.content === "string" ? count(one.content) : 0), 0);
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
