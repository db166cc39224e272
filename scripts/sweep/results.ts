import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { CaseResult } from "./cases";

/** A result with the route of its request. */
export type RoutedResult = CaseResult & { route: string };

/** A file of results, one JSON line each. An interrupted sweep continues with it. */
export interface ResultFile {
  /** What it contains, without failed cases of an earlier sweep; of several results of a case, the last one. */
  readonly known: ReadonlyMap<string, RoutedResult>;
  add(result: RoutedResult): void;
}

/**
 * Opens the file of a sweep.
 * @param keep continues it; otherwise it starts empty.
 */
export function openResults(file: string, keep: boolean): ResultFile {
  mkdirSync(dirname(file), { recursive: true });
  if (!keep) rmSync(file, { force: true });
  const known = new Map<string, RoutedResult>();
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  // A last line that a kill has cut off ends without a newline.
  const lines = text.split("\n").slice(0, -1);
  for (const line of lines) {
    const result = JSON.parse(line) as RoutedResult;
    if (result.problems.length === 0) known.set(result.id, result);
    else known.delete(result.id);
  }
  return {
    known,
    add: (result) => {
      known.set(result.id, result);
      appendFileSync(file, `${JSON.stringify(result)}\n`);
    },
  };
}
