import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

/** The reports in a directory, at any depth, in the order of their names. Errors: none is there. */
export function readReports<T>(directory: string, parse: (value: unknown) => T): T[] {
  const files = existsSync(directory)
    ? readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"))
    : [];
  if (files.length === 0)
    throw new Error(`no report in ${directory}: the jobs before this one wrote none, see their logs`);
  return files.sort().map((name) => parse(JSON.parse(readFileSync(path.join(directory, name), "utf8"))));
}
