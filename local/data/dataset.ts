import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SPLIT_ROWS, generateSplit, type Conversation, type SplitName } from "./conversations";
import { encodeParquet } from "./parquet";

/** Id of the data set that the generated one stands in for. */
export const datasetId = "HuggingFaceH4/ultrachat_200k";

export interface SplitShape {
  name: string;
  rows: Iterable<Conversation>;
  shards: number;
}

/** The original has 1,000; smaller groups give a small set several groups per file. */
export const rowGroupRows = 500;

/** A file of the data set repository, path relative to its root. */
export interface DatasetFile {
  path: string;
  bytes: Buffer;
}

/** The four splits in the original's order and with its number of files. */
function ultrachatSplits(): SplitShape[] {
  const shards: Record<SplitName, number> = { train_sft: 3, test_sft: 1, train_gen: 3, test_gen: 1 };
  const names: SplitName[] = ["train_sft", "test_sft", "train_gen", "test_gen"];
  return names.map((name) => ({ name, rows: generateSplit(name), shards: shards[name] }));
}

/**
 * Parquet shards named like the original's (`data/train_sft-00000-of-00003-<16 hex digits>.parquet`, here
 * digits of the content's hash), then the card.
 */
export async function* datasetFiles(splits: SplitShape[] = ultrachatSplits()): AsyncGenerator<DatasetFile> {
  const written: WrittenSplit[] = [];
  for (const { name, rows, shards } of splits) {
    const all = await collect(rows);
    let bytes = 0;
    for (let shard = 0; shard < shards; shard++) {
      const from = Math.floor((shard * all.length) / shards);
      const to = Math.floor(((shard + 1) * all.length) / shards);
      const file = await encodeParquet(all.slice(from, to), rowGroupRows);
      const number = (value: number): string => String(value).padStart(5, "0");
      const path = `data/${name}-${number(shard)}-of-${number(shards)}-${file.sha256.slice(0, 16)}.parquet`;
      bytes += file.bytes.length;
      yield { path, bytes: file.bytes };
    }
    written.push({ name, rows: all.length, bytes, arrowBytes: arrowBytes(all) });
  }
  yield { path: "README.md", bytes: Buffer.from(card(written)) };
}

/** All rows of a split. Yields to other work in between. */
async function collect(rows: Iterable<Conversation>): Promise<Conversation[]> {
  const all: Conversation[] = [];
  for (const row of rows) {
    all.push(row);
    if (all.length % rowGroupRows === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return all;
}

/** Writes the data set's files below a directory; returns the paths written. */
export async function writeDataset(directory: string, splits?: SplitShape[]): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path, bytes } of datasetFiles(splits)) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
    paths.push(path);
  }
  return paths;
}

export function totalRows(): number {
  return Object.values(SPLIT_ROWS).reduce((sum, rows) => sum + rows, 0);
}

interface WrittenSplit {
  name: string;
  rows: number;
  bytes: number;
  arrowBytes: number;
}

/** Size of rows in Arrow's format: the texts, and an offset of 4 bytes for every text and list. */
function arrowBytes(rows: readonly Conversation[]): number {
  const size = (text: string): number => Buffer.byteLength(text) + 4;
  const messages = (row: Conversation): number =>
    row.messages.reduce((sum, { content, role }) => sum + size(content) + size(role), 4);
  return rows.reduce((sum, row) => sum + size(row.prompt) + size(row.prompt_id) + messages(row), 0);
}

function card(splits: readonly WrittenSplit[]): string {
  const total = (size: (split: WrittenSplit) => number): number =>
    splits.reduce((sum, split) => sum + size(split), 0);
  return [
    "---",
    "language:",
    "- en",
    "license: mit",
    "task_categories:",
    "- text-generation",
    "pretty_name: Generated stand-in for UltraChat 200k",
    "configs:",
    "- config_name: default",
    "  data_files:",
    ...splits.flatMap(({ name }) => [`  - split: ${name}`, `    path: data/${name}-*`]),
    "dataset_info:",
    "  features:",
    "  - name: prompt",
    "    dtype: string",
    "  - name: prompt_id",
    "    dtype: string",
    "  - name: messages",
    "    list:",
    "    - name: content",
    "      dtype: string",
    "    - name: role",
    "      dtype: string",
    "  splits:",
    ...splits.flatMap(({ name, rows, arrowBytes: size }) => [
      `  - name: ${name}`,
      `    num_bytes: ${size}`,
      `    num_examples: ${rows}`,
    ]),
    `  download_size: ${total(({ bytes }) => bytes)}`,
    `  dataset_size: ${total((split) => split.arrowBytes)}`,
    "---",
    "",
    "# Generated chat data set",
    "",
    "Conversations about a small world of facts, in the schema and layout of `HuggingFaceH4/ultrachat_200k`. Written by",
    "`scripts/generate-dataset.ts`; the same on every machine, to the byte. It stands in for the original where there is no internet.",
    "",
  ].join("\n");
}
