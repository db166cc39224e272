import { mappingKeys } from "./columns";
import {
  checkLevels,
  checkNames,
  formats,
  requestDefaults,
  type DatasetRequestInput,
  type RequestField,
} from "./request";
import { chatRoles } from "./rowCheck";
import type { RowPolicy } from "./rowsShown";

/** How one field of a request is written on the command line. */
export interface RequestOption<Value = unknown> {
  /** The option's name. The options of the notebook's script keep its spelling. */
  flag: `--${string}`;
  /** Name of its value in `--help`; a switch has none. */
  value?: string;
  /** True when the option can be given several times. */
  repeats?: boolean;
  help: string;
  /** What is allowed, for messages about the option and about the field in `--request`. */
  allowed: string;
  allowedInJson?: string;
  /** The words of the command line for a value that is set. */
  write(value: Value): string[];
  /** The value of the option's text; `before` is the value of an earlier text. Parts without the required form go to `refuse`. */
  read(text: string, refuse: (part: string) => void, before?: unknown): unknown;
}

type RequestOptions = {
  [Field in RequestField]-?: RequestOption<NonNullable<DatasetRequestInput[Field]>>;
};

/** The words of an option with a value. A value that looks like an option is attached to the flag. */
const words = (flag: string, value: string): string[] =>
  value.startsWith("-") ? [`${flag}=${value}`] : [flag, value];

const text = (flag: `--${string}`) => ({
  flag,
  write: (value: string) => words(flag, value),
  read: (given: string) => given,
});

const number = (flag: `--${string}`) => ({
  flag,
  write: (value: number) => words(flag, String(value)),
  read: (given: string) => (/^\d+$/.test(given) ? Number(given) : given),
});

const pairs = (flag: `--${string}`) => ({
  flag,
  write: (value: object) => {
    const entries = Object.entries(value) as Array<[string, string]>;
    if (entries.length === 0) return [];
    // A list cannot contain these characters; JSON can.
    const isList = entries.every(([name, meaning]) => !/[=,\n]/.test(name) && !/[,\n]|^\s|\s$/.test(meaning));
    const list = entries.map(([name, meaning]) => `${name}=${meaning}`).join(",");
    return words(flag, isList ? list : JSON.stringify(value));
  },
  read: (given: string, refuse: (part: string) => void): unknown => {
    if (!given.startsWith('{"'))
      return Object.fromEntries(given.split(",").flatMap((word) => readPair(word, refuse)));
    try {
      return JSON.parse(given);
    } catch {
      refuse(given);
      return {};
    }
  },
});

/** An option that is left out of the command of a stack when it has its default. */
const choice = (flag: `--${string}`, ownDefault: string) => ({
  flag,
  write: (value: string) => (value === ownDefault ? [] : words(flag, value)),
  read: (given: string) => given,
});

/** `NAME=VALUE`, both trimmed and not empty. */
function readPair(word: string, refuse: (part: string) => void): Array<[string, string]> {
  const [, name = "", value = ""] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(word) ?? [];
  if (name !== "" && value !== "") return [[name, value]];
  refuse(word);
  return [];
}

/** The options of the command line by field, in the order in which `commandLine` writes them. */
export const requestOptions: RequestOptions = {
  name: {
    ...text("--dataset"),
    value: "NAMESPACE/NAME",
    help: `data set on the hub (default ${requestDefaults.name}), or the name of your own data`,
    allowed: "NAMESPACE/NAME of a data set on the hub",
  },
  subset: {
    ...text("--dataset_subset"),
    value: "NAME",
    help: "subset of the data set (default: its default subset)",
    allowed: "the name of a subset",
  },
  revision: {
    ...text("--revision"),
    value: "REVISION",
    help: `branch, tag or commit (default ${requestDefaults.revision})`,
    allowed: "a branch, tag or commit",
  },
  files: {
    flag: "--files",
    value: "SPLIT=PATH",
    repeats: true,
    help: "your own file instead of the hub's: .jsonl, .json, .csv, .tsv (also .gz or .zst) or .parquet; repeat it for each file",
    allowed: "SPLIT=PATH, such as train=data/train.jsonl",
    allowedInJson: 'paths by split, such as {"train": ["data/train.jsonl"]}',
    // A shell would remove backslashes; Windows accepts both.
    write: (files) =>
      Object.entries(files).flatMap(([split, paths]) =>
        paths.flatMap((path) => ["--files", `${split}=${path.replaceAll("\\", "/")}`]),
      ),
    read(given, refuse, before = {}) {
      const files = before as Record<string, string[]>;
      const [, split = "", path = ""] = /^([^=]*)=(.*)$/s.exec(given) ?? [];
      if (split === "" || path.trim() === "") refuse(given);
      else (files[split] ??= []).push(path);
      return files;
    },
  },
  columns: {
    ...pairs("--columns"),
    value: "FIELD=COLUMN,...",
    help: `which column contains which field: ${mappingKeys.join(", ")}; or one JSON object. Texts can be templates: prompt={instruction} {input}`,
    allowed: `FIELD=COLUMN with one of ${mappingKeys.join(", ")}`,
    allowedInJson: `columns by field, with fields of ${mappingKeys.join(", ")}`,
  },
  roles: {
    ...pairs("--roles"),
    value: "NAME=ROLE,...",
    help: "the chat schema's role by the data's own name for it, such as human=user,gpt=assistant",
    allowed: `NAME=ROLE with one of ${chatRoles.join(", ")}, such as human=user`,
    allowedInJson: `one of ${chatRoles.join(", ")} by name, such as {"human": "user"}`,
  },
  directory: {
    ...text("--download_dir"),
    value: "DIRECTORY",
    help: "where the files are written (default .data/<name of the data set>)",
    allowed: "a directory",
  },
  splitPercent: {
    ...number("--dataset_split_pc"),
    value: "NUMBER",
    help: `percentage of each split (default ${requestDefaults.splitPercent.hub}; with --files ${requestDefaults.splitPercent.files})`,
    allowed: "a whole number from 1 to 100",
  },
  sampleSeed: {
    ...number("--seed"),
    value: "NUMBER",
    help: `seed of --shuffle: another seed gives another sample (default ${requestDefaults.sampleSeed})`,
    allowed: "a whole number from 0 to 2147483647",
    write: (seed) => ["--shuffle", "--seed", String(seed)],
  },
  tokenizer: {
    ...text("--tokenizer"),
    value: "NAME",
    help: "counts tokens with it: a tokenizer.json, its directory, or a model on the hub",
    allowed: "a path or the name of a model",
  },
  onBadRow: {
    // The default is left out, so that the command in the states of version 0.1.0 does not change.
    ...choice("--on-bad-row", requestDefaults.onBadRow),
    value: "POLICY",
    help: "fail (default), skip, or report rows that do not fit the chat schema",
    allowed: "fail, skip or report",
  },
  maxBadRows: {
    flag: "--max-bad-rows",
    value: "PERCENT",
    help: `percentage of rows that --on-bad-row skip may leave out (default ${requestDefaults.maxBadRows})`,
    allowed: "a number from 0 to 100",
    write: (percent) => (percent === requestDefaults.maxBadRows ? [] : ["--max-bad-rows", String(percent)]),
    read: (given) => (/^\d+(\.\d+)?$/.test(given) ? Number(given) : given),
  },
  format: {
    ...text("--format"),
    value: "FORMAT",
    help: `form of the rows of your own files: ${formats.join(", ")} (default: recognized)`,
    allowed: `one of ${formats.join(", ")}`,
  },
  encoding: {
    ...text("--encoding"),
    value: "NAME",
    help: "encoding of your own text files (default: UTF-8, or what a byte order mark states)",
    allowed: "an encoding, such as windows-1252, utf-16le or shift_jis",
  },
  toolTurns: {
    ...choice("--tool-turns", requestDefaults.toolTurns),
    value: "POLICY",
    help: "fail (default), or drop the turns of tools and their calls in your own files",
    allowed: "fail or drop",
  },
  onLongRow: {
    ...choice("--on-long-row", requestDefaults.onLongRow),
    value: "POLICY",
    help: "cut (default: the training cuts them), drop, or fail at rows over the context length; requires --tokenizer",
    allowed: "cut, drop or fail",
  },
  checks: {
    flag: "--checks",
    value: "NAME=LEVEL,...",
    help: `what a check does: ${checkLevels.join(", ")}; checks: ${checkNames.join(", ")}; off: no checks`,
    allowed: `off, or NAME=LEVEL with one of ${checkNames.join(", ")} and one of ${checkLevels.join(", ")}`,
    allowedInJson: `"off", or one of ${checkLevels.join(", ")} by check, such as {"overlap": "warn"}`,
    write: (checks) => (checks === "off" ? ["--checks", "off"] : pairs("--checks").write(checks)),
    read: (given, refuse) => (given.trim() === "off" ? "off" : pairs("--checks").read(given, refuse)),
  },
  split: {
    ...pairs("--split"),
    value: "PART=PERCENT,...",
    help: "divides one split by a hash of each conversation, such as train=90,validation=5,test=5,seed=42",
    allowed:
      "train, test and optionally validation as whole percentages that add up to 100, and optionally seed",
    read: (given, refuse) => {
      const read = pairs("--split").read(given, refuse) as Record<string, string>;
      const entries = Object.entries(read).map(([name, value]) => [name, number("--split").read(value)]);
      return Object.fromEntries(entries) as unknown;
    },
  },
  trainSplit: {
    ...text("--train-split"),
    value: "NAME",
    help: "split that trains (default: those whose name begins with train, otherwise the first): others must not share its rows",
    allowed: "the name of a split",
    // The default is left out, so that the command of existing stacks does not change.
    write: (name) => (name.startsWith("train") ? [] : words("--train-split", name)),
  },
  splits: {
    flag: "--splits",
    value: "NAME,NAME",
    help: "prepare only these splits (default: all)",
    allowed: "names of splits, separated by commas",
    allowedInJson: "a list of names of splits",
    write: (splits) => ["--splits", splits.join(",")],
    read: (given) => given.split(",").map((name) => name.trim()),
  },
  force: {
    flag: "--force",
    help: "fetch and write again even if nothing changed",
    allowed: "true or false",
    write: (force) => (force ? ["--force"] : []),
    read: () => true,
  },
};

/** The options of a request, as the words of a command line. Fields that are not set are left out. */
export function requestWords(request: DatasetRequestInput): string[] {
  return Object.entries(requestOptions).flatMap(([field, option]) => {
    const value = request[field as RequestField];
    return value === undefined ? [] : (option as RequestOption).write(value);
  });
}

/** What the shell command prints. */
interface CommandOutput {
  /** Where rows appear (`--rows`). Default: in everything, for a public data set on the hub. */
  rows?: RowPolicy;
}

/**
 * The shell command that prepares the data of a request and prints the manifest as its last line.
 *
 * `@pulumi/command` stores this text in the state and runs the command again when it changes. Therefore the text for a configuration must
 * stay byte for byte what it was in version 0.1.0.
 */
export function commandLine(request: DatasetRequestInput, { rows }: CommandOutput = {}): string {
  const words = [...requestWords(request).map(shellWord), ...(rows ? ["--rows", rows] : []), "--json"];
  return ["node dist/scripts/download-dataset.js", ...words].join(" ");
}

function shellWord(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
