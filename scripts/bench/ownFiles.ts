import * as path from "node:path";
import { literal, openEngine } from "../../dataset/duckdb";
import { projectRoot } from "../lib/localStack";
import { measure, measureNode, type Measured } from "./programs";

const rows = 30_000;

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
): Promise<void> {
  const file = (name: string): string => path.join(work, name);
  const engine = await openEngine(work);
  const from = `(SELECT * FROM read_json(${literal(source)}, format = 'newline_delimited') LIMIT ${rows})`;
  const pairs = `(SELECT prompt, array_to_string(list_transform(messages[2:], lambda x: x.content), ' ') AS completion FROM ${from})`;
  for (const [what, name, how] of [
    [from, "own.jsonl", "json"],
    [from, "own.json", "json, ARRAY true"],
    [pairs, "own.csv", "csv, HEADER"],
    [from, "own.parquet", "parquet, ROW_GROUP_SIZE 122880"],
  ])
    await engine.rows(`COPY ${what} TO ${literal(file(name ?? ""))} (FORMAT ${how})`);
  engine.close();
  const script = path.join(projectRoot, "dist", "scripts", "download-dataset.js");
  for (const [name, kind] of [
    ["own.csv", "csv"],
    ["own.jsonl", "json"],
    ["own.json", "json"],
    ["own.parquet", "parquet"],
  ] as const) {
    const args = ["--files", `train=${file(name)}`, "--download_dir", file(`out-${name}`), "--checks", "off"];
    report(`${name}: this step`, await measureNode(script, args, {}, work));
    if (!python) continue;
    const env = { HF_HOME: file("hf"), HF_HUB_OFFLINE: "1" };
    report(
      `${name}: datasets`,
      await measure(python, ["-c", theirs, kind, file(name), file(`theirs-${name}`)], env, work),
    );
  }
}
