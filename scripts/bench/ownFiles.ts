import { createReadStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { DuckDBInstance } from "@duckdb/node-api";
import { literal } from "../../dataset/duckdb";
import type { Conversation } from "../../local/data/conversations";
import { encodeParquet } from "../../local/data/parquet";
import { projectRoot } from "../lib/localStack";
import { median } from "./measure";
import { measure, measureNode, pythonUsage, type Measured } from "./programs";

const rows = 30_000;
const runs = 3;

/** How Python's datasets reads each file. It checks no rows. With `rows` it writes those of this step from pairs. */
const theirs = `
import sys, hashlib, datasets
datasets.disable_progress_bars()
kind, file, out, what = sys.argv[1:5]
data = datasets.load_dataset(kind, data_files=file, split="train")
def chat(row):
    turns = [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["completion"]}]
    return {"prompt_id": hashlib.sha256(row["prompt"].encode()).hexdigest(), "messages": turns}
if what == "rows":
    data = data.map(chat, remove_columns=["completion"])
data.to_json(out)
${pythonUsage}`;

export interface OwnFilesBench {
  /** JSON lines with conversations. */
  source: string;
  /** Directory for the files. */
  work: string;
  /** Python with datasets; undefined: only this step is measured. */
  python: string | undefined;
  report: (what: string, one: Measured) => void;
  logLine: (line: string) => void;
}

/** Measures your own files in each form: the first 30,000 rows of a JSON-lines file, checked and written again. */
export async function benchOwnFiles({ source, work, python, report, logLine }: OwnFilesBench): Promise<void> {
  const file = (name: string): string => path.join(work, name);
  await writeForms(source, file);
  for (const [name, kind, what] of [
    ["own.csv", "csv", "copy"],
    ["own.csv", "csv", "rows"],
    ["own.jsonl", "json", "copy"],
    ["own.json", "json", "copy"],
    ["own.parquet", "parquet", "copy"],
  ] as const) {
    const title = what === "rows" ? `${name}, same rows` : name;
    const env = { HF_HOME: file("hf"), HF_HUB_OFFLINE: "1" };
    const own: Measured[] = [];
    const other: Measured[] = [];
    // Both sides in turn, so that other work on the machine affects both.
    for (let run = 0; run < runs; run++) {
      own.push(await prepare(name, work));
      await rm(file("hf"), { recursive: true, force: true });
      const args = ["-c", theirs, kind, file(name), file(`theirs-${name}`), what];
      if (python) other.push(await measure(python, args, env, work));
    }
    report(`${title}: this step`, middle(own));
    if (!python) continue;
    report(`${title}: datasets`, middle(other));
    const ratio = (of: (one: Measured) => number): number =>
      median(own.map((one, run) => of(one) / of(other[run] as Measured)));
    logLine(
      `  ${`  ${title}: ratio`.padEnd(44)}wall ${ratio(({ seconds }) => seconds).toFixed(2)}, cpu ${ratio(({ cpuSeconds }) => cpuSeconds).toFixed(2)}`,
    );
  }
  await benchLayouts({ work, report });
}

/** Measures this step with layouts that need memory. */
async function benchLayouts({ work, report }: Pick<OwnFilesBench, "work" | "report">): Promise<void> {
  const file = (name: string): string => path.join(work, name);
  const conversations = await conversationsIn(file("own.jsonl"));
  const four = [...conversations, ...conversations, ...conversations, ...conversations];
  const large = Array.from({ length: 600 }, (_, index) => largeRow(index));
  await writeFile(file("group.parquet"), (await encodeParquet(four, four.length)).bytes);
  await writeFile(file("large.parquet"), (await encodeParquet(large, large.length)).bytes);
  await writeFile(file("large50.parquet"), (await encodeParquet(large, 50)).bytes);
  await writeFile(file("large.jsonl"), large.map((row) => JSON.stringify(row)).join("\n"));
  await writeFile(file("line.jsonl"), [JSON.stringify(large[0]), "\n", Buffer.alloc(560 << 20, "x")]);
  for (const [what, name, ...args] of [
    ["120,000 rows in one row group", "group.parquet"],
    ["the same, 1 %", "group.parquet", "--dataset_split_pc", "1"],
    ["600 rows of 400 kB in one row group", "large.parquet"],
    ["the same, row groups of 50", "large50.parquet"],
    ["JSON lines, 600 rows of 400 kB", "large.jsonl"],
    ["a line of 560 MB", "line.jsonl", "--on-bad-row", "skip", "--max-bad-rows", "50"],
  ] as const)
    report(`${what}: this step`, await prepare(name, work, ...args));
}

/** Runs the data step on a file. */
function prepare(name: string, work: string, ...more: string[]): Promise<Measured> {
  const script = path.join(projectRoot, "dist", "scripts", "download-dataset.js");
  const files = [
    "--files",
    `train=${path.join(work, name)}`,
    "--download_dir",
    path.join(work, `out-${name}`),
  ];
  return measureNode(script, [...files, "--checks", "off", "--force", ...more], {}, work);
}

/** Writes the rows in each form. */
async function writeForms(source: string, file: (name: string) => string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const engine = await instance.connect();
  const from = `(SELECT * FROM read_json(${literal(source)}, format = 'newline_delimited') LIMIT ${rows})`;
  const pairs = `(SELECT prompt, array_to_string(list_transform(messages[2:], lambda x: x.content), ' ') AS completion FROM ${from})`;
  for (const [what, name, how] of [
    [from, "own.jsonl", "json"],
    [from, "own.json", "json, ARRAY true"],
    [pairs, "own.csv", "csv, HEADER"],
  ] as const)
    await engine.run(`COPY ${what} TO ${literal(file(name))} (FORMAT ${how})`);
  engine.closeSync();
  instance.closeSync();
  // Not by DuckDB: its pages hold up to 100 MB, those of other writers about 1 MB.
  const conversations = await conversationsIn(file("own.jsonl"));
  await writeFile(file("own.parquet"), (await encodeParquet(conversations, conversations.length)).bytes);
}

async function conversationsIn(file: string): Promise<Conversation[]> {
  const found: Conversation[] = [];
  for await (const line of createInterface({ input: createReadStream(file) }))
    found.push(JSON.parse(line) as Conversation);
  return found;
}

function largeRow(index: number): Conversation {
  const text = (word: string): string => `${word} ${index} ${"some words ".repeat(18_000)}`;
  return {
    prompt: text("question"),
    prompt_id: String(index),
    messages: [
      { role: "user", content: text("question") },
      { role: "assistant", content: text("answer") },
    ],
  };
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
