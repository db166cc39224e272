import { parseArgs } from "node:util";
import { nearest } from "../azureml/suggestion";
import { mappingKeys, type ColumnMapping } from "./columns";
import { DatasetError, errnoOf, errorLike } from "./errors";
import type { BadRowPolicy } from "./manifest";
import type { DownloadRequest } from "./request";
import { chatRoles, type ChatRole } from "./rowCheck";

/** The parsed command line. */
export interface Options extends DownloadRequest {
  json: boolean;
  help: boolean;
}

const optionTypes = {
  dataset: { type: "string" },
  dataset_subset: { type: "string" },
  download_dir: { type: "string" },
  dataset_split_pc: { type: "string" },
  splits: { type: "string" },
  revision: { type: "string" },
  shuffle: { type: "boolean" },
  seed: { type: "string" },
  files: { type: "string", multiple: true },
  columns: { type: "string" },
  roles: { type: "string" },
  tokenizer: { type: "string" },
  "on-bad-row": { type: "string" },
  force: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const defaultDataset = "HuggingFaceH4/ultrachat_200k";
const defaultSeed = 42;

export const usage = `Usage: node dist/scripts/download-dataset.js [options]

Prepares a part of each split of a chat data set as <download_dir>/<split>.jsonl, every row checked.

  --dataset NAMESPACE/NAME   data set on the hub (default ${defaultDataset})
  --dataset_subset NAME      subset of it (default: its default subset)
  --download_dir DIRECTORY   where the files go (default .data/<data set name>)
  --dataset_split_pc NUMBER  percentage of each split, a whole number from 1 to 100 (default 5; with --files 100)
  --splits NAME,NAME         only these splits (default: all)
  --revision REVISION        branch, tag or commit (default main)
  --shuffle                  a sample from all over the split instead of its first rows, the same every time
  --seed NUMBER              another sample: a whole number from 0 to 2147483647 (default ${defaultSeed})
  --files SPLIT=PATH         a file of one's own instead of the hub: .jsonl, .csv, .tsv or .parquet; once for each file
  --columns HOLDS=COLUMN,... which column holds what: ${mappingKeys.join(", ")}
  --roles NAME=ROLE,...      what the data's names of roles stand for, such as human=user,gpt=assistant
  --tokenizer NAME           counts tokens: a tokenizer.json, its directory, or a model on the hub
  --on-bad-row POLICY        fail (default), skip, or report rows that do not fit the chat schema
  --force                    fetch and write again even if nothing changed
  --json                     print the manifest as the last line of stdout, everything else on stderr
  -h, --help                 this text

Environment: HF_ENDPOINT (default https://huggingface.co), HF_TOKEN, HF_HOME, HF_HUB_OFFLINE, HTTPS_PROXY, HTTP_PROXY, NO_PROXY.
Exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted (the next run resumes).
`;

const splitName = /^\w[\w.]*$/;

/** Parses and checks the command line. All mistakes in it are reported at once, as one `Usage` error. */
export function parseOptions(argv: readonly string[]): Options {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (error) {
    throw badCommandLine([argumentProblem(error)], error);
  }
  const problems: string[] = [];
  const dataset = values.dataset ?? (values.files ? "own-files" : defaultDataset);
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(dataset) || /(^|\/)\.\.?(\/|$)/.test(dataset)) {
    problems.push(`--dataset is ${JSON.stringify(dataset)}, must be NAMESPACE/NAME of a data set on the hub`);
  }
  const percent = values.dataset_split_pc ?? (values.files ? "100" : "5");
  if (!/^\d+$/.test(percent) || Number(percent) < 1 || Number(percent) > 100) {
    problems.push(`--dataset_split_pc is ${JSON.stringify(percent)}, must be a whole number from 1 to 100`);
  }
  const splits = values.splits?.split(",").map((name) => name.trim());
  if (splits?.some((name) => !splitName.test(name))) {
    problems.push(
      `--splits is ${JSON.stringify(values.splits)}, must be names of splits, separated by commas`,
    );
  }
  const onBadRow = values["on-bad-row"] ?? "fail";
  if (!["fail", "skip", "report"].includes(onBadRow)) {
    problems.push(`--on-bad-row is ${JSON.stringify(onBadRow)}, must be fail, skip or report`);
  }
  for (const name of ["revision", "download_dir", "dataset_subset", "tokenizer"] as const) {
    if (values[name]?.trim() === "") problems.push(`--${name} is empty`);
  }
  for (const name of ["revision", "dataset_subset"] as const) {
    if (values.files && values[name] !== undefined)
      problems.push(`--${name} is of the hub, --files needs none`);
  }
  const seed = readSeed(values, problems);
  const files = readFiles(values.files, problems);
  const columns = readColumns(values.columns, problems);
  const roles = readRoles(values.roles, problems);
  if (problems.length > 0) throw badCommandLine(problems);
  return {
    dataset,
    subset: values.dataset_subset,
    directory: values.download_dir ?? `.data/${dataset.slice(dataset.indexOf("/") + 1)}`,
    splitPercent: Number(percent),
    seed,
    splits,
    files,
    columns: roles ? { ...columns, roles } : columns,
    tokenizer: values.tokenizer,
    revision: values.revision ?? "main",
    onBadRow: onBadRow as BadRowPolicy,
    force: values.force ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function readSeed(
  { shuffle, seed }: Pick<ReturnType<typeof parse>, "shuffle" | "seed">,
  problems: string[],
): number | undefined {
  if (seed === undefined) return shuffle ? defaultSeed : undefined;
  if (!shuffle) problems.push("--seed is of --shuffle, which is not given");
  if (/^\d{1,10}$/.test(seed) && Number(seed) <= 2_147_483_647) return Number(seed);
  problems.push(`--seed is ${JSON.stringify(seed)}, must be a whole number from 0 to 2147483647`);
  return undefined;
}

function readFiles(
  given: readonly string[] | undefined,
  problems: string[],
): Record<string, string[]> | undefined {
  if (!given) return undefined;
  const files: Record<string, string[]> = {};
  for (const one of given) {
    const [, split = "", path = ""] = /^([^=]*)=(.*)$/s.exec(one) ?? [];
    if (splitName.test(split) && path.trim() !== "") (files[split] ??= []).push(path);
    else
      problems.push(`--files is ${JSON.stringify(one)}, must be SPLIT=PATH, such as train=data/train.jsonl`);
  }
  return files;
}

function readColumns(given: string | undefined, problems: string[]): ColumnMapping | undefined {
  if (given === undefined) return undefined;
  const columns: ColumnMapping = {};
  for (const one of given.split(",")) {
    const [, name = "", column = ""] = /^\s*([^=]*?)\s*=(.*)$/s.exec(one) ?? [];
    const key = mappingKeys.find((known) => known === name);
    if (key && column.trim() !== "") columns[key] = column.trim();
    else {
      const near = nearest(name, mappingKeys);
      problems.push(
        `--columns has ${JSON.stringify(one)}, must be HOLDS=COLUMN with one of ${mappingKeys.join(", ")}${near ? `; did you mean ${near}?` : ""}`,
      );
    }
  }
  return columns;
}

function readRoles(given: string | undefined, problems: string[]): ColumnMapping["roles"] {
  if (given === undefined) return undefined;
  const found: Record<string, ChatRole> = {};
  for (const one of given.split(",")) {
    const [, name = "", value = ""] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(one) ?? [];
    const role = chatRoles.find((known) => known === value);
    if (role && name !== "") found[name] = role;
    else
      problems.push(
        `--roles has ${JSON.stringify(one)}, must be NAME=ROLE with one of ${chatRoles.join(", ")}, such as human=user`,
      );
  }
  return found;
}

// The inferred type of the values depends on the option table, so it is left to the compiler.
function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: optionTypes, strict: true, allowPositionals: false }).values;
}

function argumentProblem(error: unknown): string {
  const code = errnoOf(error);
  const message = errorLike(error)?.message ?? String(error);
  const option = /'(-[^' ]*)/.exec(message)?.[1] ?? "";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const near = nearest(option.replace(/^-+/, ""), Object.keys(optionTypes));
    return `unknown option ${option}${near ? `, did you mean --${near}?` : ""}`;
  }
  if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL") {
    return `unexpected argument ${/'([^']*)'/.exec(message)?.[1] ?? ""}`;
  }
  if (/does not take an argument/.test(message)) return `${option} takes no value`;
  return `${option} needs a value`;
}

function badCommandLine(problems: string[], cause?: unknown): DatasetError {
  return new DatasetError("Usage", problems.join("\n  "), "See --help for the options.", { cause });
}
