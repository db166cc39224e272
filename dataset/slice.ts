import { DatasetError } from "./errors";
import { interrupted } from "./http";
import type { JsonlWriter } from "./jsonl";
import type { Limiter } from "./limiter";
import type { BadRowPolicy } from "./manifest";
import { decodeRows, planFetches, rowToJson, type Fetch, type Footer } from "./parquet";
import type { RangeReader } from "./remoteFile";
import { rowProblem, type Row } from "./rowCheck";

/** One parquet file of a split, opened. */
export interface OpenShard {
  file: RangeReader;
  footer: Footer;
}

/** What writing a slice needs. */
export interface SliceOptions {
  split: string;
  /** Rows of the slice: the first ones of the split. */
  rows: number;
  onBadRow: BadRowPolicy;
  /** Bytes of fetched row groups that all splits together may hold. */
  memory: Limiter;
  /** Requests under way at once. */
  requests: Limiter;
  /** Target size of one range in bytes. */
  fetchBytes: number;
  signal: AbortSignal;
  onRows: (written: number) => void;
  warn: (text: string) => void;
}

/** Row groups of one split that are fetched ahead of the one being decoded. */
const lookAhead = 3;
const badRowsShown = 10;

/** A column `messages` must be there; everything else of the schema is checked row by row. */
export function checkColumns(split: string, { file, footer }: OpenShard): void {
  if (footer.columns.includes("messages")) return;
  throw new DatasetError(
    "SchemaMismatch",
    `split ${split} is not a chat split: ${file.name} has no column "messages" (it has ${footer.columns.join(", ")})`,
    "Choose a data set whose rows are {prompt, prompt_id, messages: [{role, content}]}.",
  );
}

interface Step extends Fetch {
  shard: OpenShard;
  /** Row of the split at which the shard begins. */
  shardStart: number;
}

/**
 * Writes the first rows of a split: fetches the row groups that hold them (a few ahead, never more than the memory budget), decodes one at a
 * time, checks every row and appends it. Starts where the writer's file stopped.
 */
export async function writeSlice(
  shards: OpenShard[],
  writer: JsonlWriter,
  options: SliceOptions,
): Promise<number> {
  const { split, rows, onBadRow } = options;
  let bad = 0;
  for await (const { step, bytes } of fetched(planSteps(shards, writer.resumedAt, options), options)) {
    const { file, footer } = step.shard;
    for (const group of step.groups) {
      if (options.signal.aborted) throw interrupted();
      const from = Math.max(group.firstRow, writer.resumedAt - step.shardStart);
      const to = Math.min(group.firstRow + group.rows, rows - step.shardStart);
      const decoded = await decodeRows(file, footer, group, bytes, step.start, from, to);
      const first = step.shardStart + from;
      const problems = findProblems(decoded, first);
      if (problems.length > 0) bad += reportProblems(problems, split, options);
      const skipped = new Set(onBadRow === "skip" ? problems.map(({ row }) => row - first) : []);
      const kept = skipped.size === 0 ? decoded : decoded.filter((_, index) => !skipped.has(index));
      await writer.append(kept.map(rowToJson), step.shardStart + to);
      options.onRows(step.shardStart + to);
    }
  }
  return bad;
}

function planSteps(shards: OpenShard[], fromRow: number, { rows, fetchBytes }: SliceOptions): Step[] {
  const steps: Step[] = [];
  let shardStart = 0;
  for (const shard of shards) {
    for (const fetch of planFetches(shard.footer, fromRow - shardStart, rows - shardStart, fetchBytes)) {
      steps.push({ ...fetch, shard, shardStart });
    }
    shardStart += shard.footer.rows;
  }
  return steps;
}

/** The bytes of each step in order, the next few being fetched meanwhile. Room in memory is taken in order and given back after use. */
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
        pending.catch(() => undefined); // Its turn to be awaited comes below; until then it must not count as unhandled.
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

interface Problem {
  row: number;
  text: string;
}

function findProblems(rows: Row[], first: number): Problem[] {
  const problems: Problem[] = [];
  rows.forEach((row, index) => {
    const text = rowProblem(row);
    if (text) problems.push({ row: first + index, text });
  });
  return problems;
}

function reportProblems(problems: Problem[], split: string, { onBadRow, warn }: SliceOptions): number {
  const lines = problems.slice(0, badRowsShown).map(({ row, text }) => `${split}, row ${row}: ${text}`);
  if (problems.length > badRowsShown)
    lines.push(`and ${problems.length - badRowsShown} more in the same row group`);
  if (onBadRow === "fail") {
    throw new DatasetError(
      "BadRow",
      `${problems.length} bad row${problems.length === 1 ? "" : "s"} (counted from 0)\n  ${lines.join("\n  ")}`,
      "Correct the data set, or leave such rows out with --on-bad-row skip (or keep them with --on-bad-row report); in a stack: dataset.onBadRow.",
    );
  }
  for (const line of lines) warn(`${onBadRow === "skip" ? "skipped" : "kept bad row"}: ${line}`);
  return problems.length;
}
