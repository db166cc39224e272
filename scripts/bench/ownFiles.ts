import { rmSync } from "node:fs";
import * as path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { literal } from "../../dataset/duckdb";
import { projectRoot } from "../lib/localStack";
import { median } from "./measure";
import { measure, measureNode, type Measured } from "./programs";

const rows = 30_000;
const runs = 3;

/** How Python's datasets reads each file. It checks no rows. */
const theirs = `
import sys, os, json, resource, datasets
datasets.disable_progress_bars()
kind, file, out = sys.argv[1:4]
datasets.load_dataset(kind, data_files=file, split="train").to_json(out)
used = resource.getrusage(resource.RUSAGE_SELF)
json.dump({"cpuSeconds": used.ru_utime + used.ru_stime, "peakBytes": used.ru_maxrss * 1024}, open(os.environ["BENCH_USAGE"], "w"))
`;

/** Measures your own files in each form: the first 30,000 rows of a JSON-lines file, checked and written again. */
export async function benchOwnFiles(
  source: string,
  work: string,
  python: string | undefined,
  report: (what: string, one: Measured) => void,
  logLine: (line: string) => void,
): Promise<void> {
  const file = (name: string): string => path.join(work, name);
  // Without the data step's memory limit, in which the conversion to one row group does not fit.
  const instance = await DuckDBInstance.create(":memory:");
  const engine = await instance.connect();
  const from = `(SELECT * FROM read_json(${literal(source)}, format = 'newline_delimited') LIMIT ${rows})`;
  const pairs = `(SELECT prompt, array_to_string(list_transform(messages[2:], lambda x: x.content), ' ') AS completion FROM ${from})`;
  for (const [what, name, how] of [
    [from, "own.jsonl", "json"],
    [from, "own.json", "json, ARRAY true"],
    [pairs, "own.csv", "csv, HEADER"],
    [from, "own.parquet", "parquet, ROW_GROUP_SIZE 122880"],
  ])
    await engine.run(`COPY ${what} TO ${literal(file(name ?? ""))} (FORMAT ${how})`);
  engine.closeSync();
  instance.closeSync();
  const script = path.join(projectRoot, "dist", "scripts", "download-dataset.js");
  for (const [name, kind] of [
    ["own.csv", "csv"],
    ["own.jsonl", "json"],
    ["own.json", "json"],
    ["own.parquet", "parquet"],
  ] as const) {
    const args = [
      "--files",
      `train=${file(name)}`,
      "--download_dir",
      file(`out-${name}`),
      "--checks",
      "off",
      "--force",
    ];
    const env = { HF_HOME: file("hf"), HF_HUB_OFFLINE: "1" };
    const own: Measured[] = [];
    const other: Measured[] = [];
    // Both sides in turn, so that other work on the machine affects both.
    for (let run = 0; run < runs; run++) {
      own.push(await measureNode(script, args, {}, work));
      rmSync(file("hf"), { recursive: true, force: true });
      if (python)
        other.push(
          await measure(python, ["-c", theirs, kind, file(name), file(`theirs-${name}`)], env, work),
        );
    }
    report(`${name}: this step`, middle(own));
    if (!python) continue;
    report(`${name}: datasets`, middle(other));
    const ratio = (of: (one: Measured) => number): number =>
      median(own.map((one, run) => of(one) / of(other[run] as Measured)));
    logLine(
      `  ${`  ${name}: ratio`.padEnd(44)}wall ${ratio(({ seconds }) => seconds).toFixed(2)}, cpu ${ratio(({ cpuSeconds }) => cpuSeconds).toFixed(2)}`,
    );
  }
}

/** The medians of several runs; the largest peak. */
function middle(runs: readonly Measured[]): Measured {
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    peakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
    stdout: "",
  };
}
