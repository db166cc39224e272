import { isUtf8 } from "node:buffer";
import type { FileMetaData } from "hyparquet" with { "resolution-mode": "import" };
import { mapRow, type MappedColumns } from "./columns";
import { DatasetError } from "./errors";
import { factCollector, type RowFacts, type TokenCounter } from "./facts";
import { jsonBytes, type JsonBytes } from "./jsonBytes";
import type { BadRowPolicy } from "./request";
import { rowProblem, type Row } from "./rowCheck";

/** One row group to convert to checked JSON lines. Plain data, so that it can be sent to a thread. */
export interface DecodeTask {
  /** Name of the parquet file in the data set, for messages. */
  file: string;
  fileBytes: number;
  /** The file's metadata with this row group only. */
  metadata: FileMetaData;
  group: { index: number; firstRow: number; rows: number };
  /** The bytes of the row group; they start at `offset` in the file. */
  bytes: Uint8Array;
  offset: number;
  /** Rows of the group to write: ascending positions in the group, or a range whose end is exclusive. */
  rows: { from: number; to: number } | Uint32Array;
  onBadRow: BadRowPolicy;
  /** Whether the problem of a bad row may contain values of the row. */
  values: boolean;
  /** Set when the rows must be mapped to the chat schema. */
  mapped?: MappedColumns;
  /**
   * Memory of lines that are already written, for reuse. Allocating several megabytes for each row group
   * costs zeroing, page faults and garbage collection.
   */
  memory?: ArrayBuffer;
}

/** Result of a `DecodeTask`. */
export interface Decoded {
  /** JSON lines, UTF-8. */
  lines: Uint8Array<ArrayBuffer>;
  facts: RowFacts;
  /**
   * Rows (positions in the group) that do not fit the schema. `onBadRow` decides whether their lines are
   * written.
   */
  problems: Array<{ row: number; text: string }>;
}

/**
 * Decodes a row group, checks every row, and writes the selected rows as JSON lines. Errors: CorruptParquet.
 */
export async function decodeGroup(task: DecodeTask, tokenizer?: TokenCounter): Promise<Decoded> {
  const { mapped, metadata, group, rows: chosen } = task;
  const rows = await readRows(task);
  const columns = metadata.row_groups[0]?.columns ?? [];
  const bytes = columns.reduce(
    (sum, { meta_data: one }) => sum + Number(one?.total_uncompressed_size ?? 0),
    0,
  );
  const expected = Math.ceil((1.2 * bytes * countOf(chosen)) / Math.max(1, group.rows)) + 4096;
  const sources = rows.map((row) => ({ row: mapped ? mapRow(row, mapped) : row }));
  return checkedLines(sources, chosen, task, tokenizer, expected, task.memory);
}

/** A row in the chat schema, or a row that could not be read (`problem`). */
export interface Source {
  row: Row;
  problem?: string;
  /** Details of the problem that contain values of the row. */
  values?: string;
  /** Position of the row in its file, added to the message about it. */
  place?: string;
}

type Rules = Pick<DecodeTask, "onBadRow" | "values">;

/** Checks the selected rows and writes them as JSON lines. */
export function checkedLines(
  sources: readonly Source[],
  chosen: DecodeTask["rows"],
  rules: Rules,
  tokenizer?: TokenCounter,
  expectedBytes = 0,
  memory?: ArrayBuffer,
): Decoded {
  const whole = write(sources, chosen, rules, tokenizer, jsonBytes(expectedBytes, memory), (row) => row);
  if (isUtf8(whole.lines)) return whole;
  // Invalid UTF-8 is rare, so the row is searched only after the whole was found invalid.
  return write(sources, chosen, rules, tokenizer, jsonBytes(expectedBytes), repaired);
}

function write(
  sources: readonly Source[],
  chosen: DecodeTask["rows"],
  { onBadRow, values }: Rules,
  tokenizer: TokenCounter | undefined,
  out: JsonBytes,
  repair: (row: Row) => Row,
): Decoded {
  const facts = factCollector(countOf(chosen), tokenizer);
  const problems: Decoded["problems"] = [];
  const positions = chosen instanceof Uint32Array ? chosen : range(chosen.from, chosen.to);
  for (const position of positions) {
    const source = sources[position] as Source;
    const row = repair(source.row);
    const unreadable = source.problem && source.problem + (values ? (source.values ?? "") : "");
    const problem =
      unreadable ?? (row === source.row ? rowProblem(row, values) : "a text in it is not valid UTF-8");
    if (problem) {
      problems.push({ row: position, text: source.place ? `${problem} (${source.place})` : problem });
      // A row that could not be read cannot be kept either.
      if (onBadRow === "skip" || source.problem) continue;
    }
    out.line(row);
    facts.add(row);
  }
  return { lines: out.take(), facts: facts.facts(), problems };
}

function* range(from: number, to: number): Generator<number> {
  for (let position = from; position < to; position++) yield position;
}

/** Number of rows in a selection. */
export function countOf(rows: DecodeTask["rows"]): number {
  return rows instanceof Uint32Array ? rows.length : rows.to - rows.from;
}

/** The row with every text as valid UTF-8; the same object if all texts were valid. */
function repaired(row: Row): Row {
  let isSound = true;
  const repair = (value: unknown): unknown => {
    if (value instanceof Uint8Array) {
      if (isUtf8(value)) return value;
      isSound = false;
      return Buffer.from(Buffer.from(value).toString());
    }
    if (Array.isArray(value)) return value.map(repair);
    if (typeof value !== "object" || value === null || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, repair(one)]));
  };
  const repaired = repair(row) as Row;
  return isSound ? row : repaired;
}

/** Reads the whole group. Texts stay bytes. */
async function readRows({
  file,
  fileBytes,
  metadata,
  group,
  bytes,
  offset,
  mapped,
}: DecodeTask): Promise<Row[]> {
  const [{ parquetReadObjects }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const slice = (start: number, end = fileBytes): ArrayBuffer => {
    const from = start - offset;
    if (from < 0 || end - offset > bytes.length)
      throw new RangeError(`bytes ${start} to ${end} are outside of the row group`);
    return bytes.slice(from, end - offset).buffer as ArrayBuffer;
  };
  const place = `row group ${group.index} (rows ${group.firstRow} to ${group.firstRow + group.rows - 1})`;
  let rows: Row[];
  try {
    rows = await parquetReadObjects({
      file: { byteLength: fileBytes, slice },
      metadata,
      compressors,
      columns: mapped?.columns,
      // hyparquet would convert them to strings; the output needs the bytes.
      parsers: { stringFromBytes: (text: Uint8Array) => text } as never,
    });
  } catch (error) {
    throw corrupt(file, `${place} cannot be read`, error);
  }
  if (rows.length !== group.rows) throw corrupt(file, `${place} gave ${rows.length} of ${group.rows} rows`);
  return rows;
}

/** The error for a damaged parquet file. */
export function corrupt(file: string, what: string, cause?: unknown): DatasetError {
  return new DatasetError(
    "CorruptParquet",
    `${file} is not a valid parquet file: ${what}`,
    "Run again; if the error persists, the file is damaged on the hub: choose another --revision or data set.",
    { cause },
  );
}
