import { join, relative, sep } from "node:path";
import { DatasetError } from "./errors";
import type { Manifest, Records } from "./manifest";
import type { Row } from "./rowCheck";
import { readLines } from "./writtenRows";

/** Rows shown from the first training split. */
const firstRowsShown = 5;

/**
 * The manifest of the requested splits, with the first five rows of the first training split if they may be shown. Paths are
 * relative to `cwd`.
 */
export async function describeResult(
  { cwd, shown }: { cwd: string; shown: boolean },
  directory: string,
  { splits, quality }: Records,
): Promise<Manifest> {
  const entries = Object.entries(splits);
  const [, first] = entries.find(([split]) => split.startsWith("train")) ?? entries[0] ?? [];
  if (!first)
    throw new DatasetError("SplitNotFound", "the data set has no splits", "Choose another --dataset.");
  const head = await headOf(join(directory, first.file), firstRowsShown);
  const path = (file: string): string => relative(cwd, join(directory, file)).split(sep).join("/");
  return {
    dataset: first.dataset,
    subset: first.subset,
    revision: first.revision,
    splitPercent: first.splitPercent,
    seed: first.seed,
    splits: Object.fromEntries(
      entries.map(([split, { file, rows, totalRows, bytes, sha256, statistics }]) => [
        split,
        { file: path(file), rows, totalRows, bytes, sha256, statistics },
      ]),
    ),
    ...(quality && { quality }),
    isPublic: first.isPublic === true,
    columns: columnsOf(head[0] ?? {}),
    firstRows: shown ? head : [],
  };
}

/** The kind of each column's value: string, number, boolean, list, object or null. */
function columnsOf(row: Row): Record<string, string> {
  const kindOf = (value: unknown): string =>
    value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, kindOf(value)]));
}

/** The first rows of a JSON-lines file. */
async function headOf(path: string, rows: number): Promise<Row[]> {
  const head: Row[] = [];
  for await (const lines of readLines(path)) {
    for (const line of lines.slice(0, rows - head.length)) head.push(JSON.parse(line.toString()) as Row);
    if (head.length === rows) break;
  }
  return head;
}
