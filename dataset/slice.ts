import { mapColumns, type ColumnMapping, type MappedColumns } from "./columns";
import { countOf, type Decoded } from "./decode";
import type { Decoders } from "./decoders";
import { DatasetError } from "./errors";
import type { RowFacts } from "./facts";
import { interrupted } from "./httpErrors";
import type { JsonlWriter } from "./jsonl";
import type { Limiter } from "./limiter";
import type { BadRowPolicy } from "./request";
import { metadataOf, planFetches, type Fetch, type Footer, type RowGroup } from "./parquet";
import type { RangeReader } from "./remoteFile";
import type { Selection } from "./selection";

/** One parquet file of a split, opened. */
export interface OpenShard {
  file: RangeReader;
  footer: Footer;
  /** Set when the rows must be mapped to the chat schema. */
  mapped: MappedColumns | undefined;
}

/** Options of `writeSlice`. */
interface SliceOptions {
  split: string;
  selection: Selection;
  onBadRow: BadRowPolicy;
  /** Whether messages about bad rows may contain values of the row. */
  values: boolean;
  decoders: Decoders;
  /** Limits the bytes of fetched row groups of all splits. */
  memory: Limiter;
  /** Limits concurrent requests. */
  requests: Limiter;
  /** Target size of one range request in bytes. */
  fetchBytes: number;
  signal: AbortSignal;
  /** Called with the number of rows done and of bytes written. */
  onRows: (rows: number, bytes: number) => void;
  warn: (text: string) => void;
}

/** Row groups of one split that are fetched ahead of decoding. */
const lookAhead = 3;
const badRowsShown = 10;

/**
 * The columns to read. Without a mapping all columns are read, and `messages` must be one of them. Errors:
 * SchemaMismatch.
 */
export function neededColumns(
  split: string,
  file: string,
  present: string[],
  mapping: ColumnMapping | undefined,
): MappedColumns | undefined {
  const mapped = mapping && mapColumns(mapping, present);
  const problem =
    mapped && "problem" in mapped
      ? mapped.problem
      : !mapping && !present.includes("messages")
        ? `no column "messages" (it has ${present.join(", ")})`
        : undefined;
  if (problem === undefined) return mapped as MappedColumns | undefined;
  throw new DatasetError(
    "SchemaMismatch",
    `split ${split} is not a chat split: ${file} has ${problem}`,
    "Choose a data set whose rows are {prompt, prompt_id, messages: [{role, content}]}, or map its columns with --columns (in a stack: dataset.columns).",
  );
}

interface Step extends Fetch {
  shard: OpenShard;
  /** First row of the shard in the split. */
  shardStart: number;
}

/** Result of `writeSlice`: facts of the written rows, in order. */
export interface SliceResult {
  facts: RowFacts[];
  /** Number of rows that do not fit the schema. */
  bad: number;
}

/**
 * Writes the selected rows of a split. It fetches the row groups that contain them (a few ahead, within the
 * memory budget), decodes and checks several concurrently, and appends them in order. It continues where the
 * writer's file stopped.
 */
export async function writeSlice(
  shards: OpenShard[],
  writer: JsonlWriter,
  options: SliceOptions,
): Promise<SliceResult> {
  const result: SliceResult = { facts: [], bad: 0 };
  let done = writer.resumedAt === 0 ? 0 : countOf(options.selection.within(0, writer.resumedAt));
  const underWay: Job[] = [];
  const finish = async (job: Job): Promise<void> => {
    const { lines, facts, problems } = await job.decoded;
    if (options.signal.aborted) throw interrupted();
    if (problems.length > 0) result.bad += reportProblems(problems, job.firstRow, options);
    await writer.append(lines, facts.rows, job.endRow);
    options.decoders.reuse(lines);
    result.facts.push(facts);
    done += job.rows;
    options.onRows(done, writer.bytes);
  };
  const steps = planSteps(shards, writer.resumedAt, options);
  const ended = options.decoders.expect(steps.reduce((sum, step) => sum + step.end - step.start, 0));
  try {
    for await (const { step, bytes } of fetched(steps, options)) {
      for (const group of step.groups) {
        if (options.signal.aborted) throw interrupted();
        underWay.push(decode(step, group, bytes, writer.resumedAt, options));
        if (underWay.length >= options.decoders.width) await finish(underWay.shift() as Job);
      }
    }
    for (const job of underWay) await finish(job);
    return result;
  } finally {
    ended();
  }
}

/** A row group that is being decoded: its rows in the split, and how many of them are written. */
interface Job {
  firstRow: number;
  endRow: number;
  rows: number;
  decoded: Promise<Decoded>;
}

function decode(
  step: Step,
  group: RowGroup,
  bytes: Uint8Array,
  resumedAt: number,
  { selection, onBadRow, values, decoders }: SliceOptions,
): Job {
  const { file, footer, mapped } = step.shard;
  const firstRow = step.shardStart + group.firstRow;
  const endRow = firstRow + group.rows;
  const skip = Math.max(0, resumedAt - firstRow);
  const rows = shifted(selection.within(firstRow + skip, endRow), skip);
  const own =
    step.groups.length === 1 ? bytes : bytes.slice(group.start - step.start, group.end - step.start);
  const decoded = decoders.decode({
    file: file.name,
    fileBytes: file.size,
    metadata: metadataOf(footer, group),
    group: { index: group.index, firstRow: group.firstRow, rows: group.rows },
    bytes: own,
    offset: group.start,
    rows,
    onBadRow,
    values,
    mapped,
  });
  decoded.catch(() => undefined); // It is awaited later; until then it must not count as an unhandled rejection.
  return { firstRow, endRow, rows: countOf(rows), decoded };
}

/** Positions relative to a row that is `by` rows earlier. */
function shifted(
  rows: { from: number; to: number } | Uint32Array,
  by: number,
): { from: number; to: number } | Uint32Array {
  if (by === 0) return rows;
  return rows instanceof Uint32Array
    ? rows.map((row) => row + by)
    : { from: rows.from + by, to: rows.to + by };
}

function planSteps(shards: OpenShard[], fromRow: number, { selection, fetchBytes }: SliceOptions): Step[] {
  const steps: Step[] = [];
  let shardStart = 0;
  for (const shard of shards) {
    const isNeeded = (group: RowGroup): boolean => {
      const end = shardStart + group.firstRow + group.rows;
      const first = Math.max(fromRow, shardStart + group.firstRow);
      return first < end && countOf(selection.within(first, end)) > 0;
    };
    for (const fetch of planFetches(shard.footer, isNeeded, fetchBytes))
      steps.push({ ...fetch, shard, shardStart });
    shardStart += shard.footer.rows;
  }
  return steps;
}

/**
 * Yields the bytes of each step in order and fetches the next steps meanwhile. Memory is reserved in order
 * and released after use.
 */
async function* fetched(
  steps: Step[],
  { memory, requests }: SliceOptions,
): AsyncGenerator<{ step: Step; bytes: Uint8Array }> {
  const ahead: Array<Promise<{ step: Step; bytes: Uint8Array; release: () => void }>> = [];
  let next = 0;
  let stopped = false;
  const start = async (step: Step): Promise<{ step: Step; bytes: Uint8Array; release: () => void }> => {
    const release = await memory.acquire(step.end - step.start);
    try {
      if (stopped) throw new Error("no longer needed");
      const bytes = await requests.run(1, () => step.shard.file.read(step.start, step.end));
      return { step, bytes, release };
    } catch (error) {
      release();
      throw error;
    }
  };
  try {
    for (;;) {
      while (next < steps.length && ahead.length < lookAhead) {
        const pending = start(steps[next++] as Step);
        pending.catch(() => undefined); // It is awaited below; until then it must not count as an unhandled rejection.
        ahead.push(pending);
      }
      const current = ahead.shift();
      if (!current) return;
      const { step, bytes, release } = await current;
      try {
        yield { step, bytes };
      } finally {
        release();
      }
    }
  } finally {
    stopped = true;
    for (const pending of ahead) pending.then(({ release }) => release()).catch(() => undefined);
  }
}

/**
 * Prints the bad rows of a batch whose first row is `firstRow` of the split, or throws BadRow when `onBadRow`
 * is "fail".
 */
export function reportProblems(
  problems: Decoded["problems"],
  firstRow: number,
  { split, onBadRow, warn }: Pick<SliceOptions, "split" | "onBadRow" | "warn">,
): number {
  const lines = problems
    .slice(0, badRowsShown)
    .map(({ row, text }) => `${split}, row ${firstRow + row}: ${text}`);
  if (problems.length > badRowsShown)
    lines.push(`and ${problems.length - badRowsShown} more in the same row group`);
  if (onBadRow === "fail") {
    throw new DatasetError(
      "BadRow",
      `${problems.length} bad row${problems.length === 1 ? "" : "s"} (counted from 0)\n  ${lines.join("\n  ")}`,
      "Correct the data set, or skip such rows with --on-bad-row skip (or keep them with --on-bad-row report); in a stack: dataset.onBadRow.",
    );
  }
  for (const line of lines) warn(`${onBadRow === "skip" ? "skipped" : "kept bad row"}: ${line}`);
  return problems.length;
}
