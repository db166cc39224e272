import { z } from "zod";
import { mappingKeys } from "./columns";
import {
  badRowPolicies,
  checkLevels,
  checkNames,
  checksSchema,
  divisionSchema,
  formats,
  isEncoding,
  largestSeed,
  longRowPolicies,
  requestDefaults,
  toolPolicies,
} from "./requestValues";
import { chatRoles } from "./rowCheck";

type Flag = `--${string}`;

/** One field of a request: its values, and how it is written on the command line. */
export interface RequestOption<Schema extends z.ZodType = z.ZodType> {
  /** The option's name. The options of the notebook's script keep its spelling. */
  flag: Flag;
  schema: Schema;
  /** Name of its value in `--help`; a switch has none. */
  value?: string;
  help: string;
  /** What is allowed, for messages about the option and about the field in `--request`. */
  allowed: string;
  allowedInJson?: string;
  /** The words of the command line for a value that is set. */
  write(value: z.input<Schema>): string[];
  /** The value of the option's text; `before` is the value of an earlier text. Parts without the required form go to `refuse`. */
  read(text: string, refuse: (part: string) => void, before?: unknown): unknown;
}

const option = <Schema extends z.ZodType>(given: RequestOption<Schema>): RequestOption<Schema> => given;

/** The words of an option with a value. A value that looks like an option is attached to the flag. */
const words = (flag: Flag, value: string): string[] =>
  value.startsWith("-") ? [`${flag}=${value}`] : [flag, value];

const text = <Schema extends z.ZodType<string>>(flag: Flag, schema: Schema) => ({
  flag,
  schema,
  write: (value: string) => words(flag, value),
  read: (given: string) => given,
});

const number = (flag: Flag, least: number, most: number) => ({
  flag,
  schema: z.int().min(least).max(most),
  value: "NUMBER",
  allowed: `a whole number from ${least} to ${most}`,
  write: (value: number) => words(flag, String(value)),
  read: readNumber,
});

const pairs = <Schema extends z.ZodType>(flag: Flag, schema: Schema) => ({
  flag,
  schema,
  write: (value: object) => {
    const entries = Object.entries(value) as Array<[string, string]>;
    if (entries.length === 0) return [];
    // A list cannot contain these characters; JSON can.
    const isList = entries.every(
      ([name, meaning]) => !/[=,\n]|^\s|\s$|^\{"/.test(name) && !/[,\n]|^\s|\s$/.test(meaning),
    );
    const list = entries.map(([name, meaning]) => `${name}=${meaning}`).join(",");
    return words(flag, isList ? list : JSON.stringify(value));
  },
  read: readPairs,
});

/** An option that is left out of the command of a stack when it has its default. The states of version 0.1.0 lack it. */
const choice = <Value extends string>(flag: Flag, values: readonly Value[], ownDefault: Value) => ({
  flag,
  schema: z.enum(values),
  value: "POLICY",
  allowed: `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`,
  write: (value: string) => (value === ownDefault ? [] : words(flag, value)),
  read: (given: string) => given,
});

function readNumber(given: string): unknown {
  return /^\d+$/.test(given) ? Number(given) : given;
}

function readPairs(given: string, refuse: (part: string) => void): object {
  if (!given.startsWith('{"'))
    return Object.fromEntries(given.split(",").flatMap((word) => readPair(word, refuse)));
  try {
    return JSON.parse(given) as object;
  } catch {
    refuse(given);
    return {};
  }
}

/** `NAME=VALUE`, both trimmed and not empty. */
function readPair(word: string, refuse: (part: string) => void): Array<[string, string]> {
  const [, name = "", value = ""] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(word) ?? [];
  if (name !== "" && value !== "") return [[name, value]];
  refuse(word);
  return [];
}

const nonEmpty = z.string().regex(/\S/);
const splitName = z.string().regex(/^\w[\w.]*$/);
type ColumnFields = Record<(typeof mappingKeys)[number], z.ZodOptional<typeof nonEmpty>>;

/** The fields of a request, in the order in which a command line contains them. */
export const requestOptions = {
  name: {
    ...text("--dataset", z.string().regex(/^(?!\.\.?(\/|$))[\w.-]+(\/(?!\.\.?$)[\w.-]+)?$/)),
    value: "NAMESPACE/NAME",
    help: `data set on the hub (default ${requestDefaults.name}), or the name of your own data`,
    allowed: "NAMESPACE/NAME of a data set on the hub",
  },
  subset: {
    ...text("--dataset_subset", nonEmpty),
    value: "NAME",
    help: "subset of the data set (default: its default subset)",
    allowed: "the name of a subset",
  },
  revision: {
    ...text("--revision", nonEmpty),
    value: "REVISION",
    help: `branch, tag or commit (default ${requestDefaults.revision})`,
    allowed: "a branch, tag or commit",
  },
  files: option({
    flag: "--files",
    schema: z.record(splitName, z.array(nonEmpty).min(1).readonly()),
    value: "SPLIT=PATH",
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
  }),
  columns: {
    ...pairs(
      "--columns",
      z.strictObject(
        Object.fromEntries(mappingKeys.map((key) => [key, nonEmpty.optional()])) as ColumnFields,
      ),
    ),
    value: "FIELD=COLUMN,...",
    help: `which column contains which field: ${mappingKeys.join(", ")}; or one JSON object. Texts can be templates: prompt={instruction} {input}`,
    allowed: `FIELD=COLUMN with one of ${mappingKeys.join(", ")}`,
    allowedInJson: `columns by field, with fields of ${mappingKeys.join(", ")}`,
  },
  roles: {
    ...pairs("--roles", z.record(nonEmpty, z.enum(chatRoles))),
    value: "NAME=ROLE,...",
    help: "the chat schema's role by the data's own name for it, such as human=user,gpt=assistant",
    allowed: `NAME=ROLE with one of ${chatRoles.join(", ")}, such as human=user`,
    allowedInJson: `one of ${chatRoles.join(", ")} by name, such as {"human": "user"}`,
  },
  directory: {
    ...text("--download_dir", nonEmpty),
    value: "DIRECTORY",
    help: "where the files are written (default .data/<name of the data set>)",
    allowed: "a directory",
  },
  splitPercent: {
    ...number("--dataset_split_pc", 1, 100),
    help: `percentage of each split (default ${requestDefaults.splitPercent.hub}; with --files ${requestDefaults.splitPercent.files})`,
  },
  sampleSeed: {
    ...number("--seed", 0, largestSeed),
    help: `seed of --shuffle: another seed gives another sample (default ${requestDefaults.sampleSeed})`,
    write: (seed: number) => ["--shuffle", "--seed", String(seed)],
  },
  tokenizer: {
    ...text("--tokenizer", nonEmpty),
    value: "NAME",
    help: "counts tokens with it: a tokenizer.json, its directory, or a model on the hub",
    allowed: "a path or the name of a model",
  },
  onBadRow: {
    ...choice("--on-bad-row", badRowPolicies, requestDefaults.onBadRow),
    help: "fail (default), skip, or report rows that do not fit the chat schema",
  },
  maxBadRows: option({
    flag: "--max-bad-rows",
    schema: z.number().min(0).max(100),
    value: "PERCENT",
    help: `percentage of rows that --on-bad-row skip may leave out (default ${requestDefaults.maxBadRows})`,
    allowed: "a number from 0 to 100",
    write: (percent) => (percent === requestDefaults.maxBadRows ? [] : ["--max-bad-rows", String(percent)]),
    read: (given) => (/^\d+(\.\d+)?$/.test(given) ? Number(given) : given),
  }),
  format: {
    ...text("--format", z.enum(formats)),
    value: "FORMAT",
    help: `form of the rows of your own files: ${formats.join(", ")} (default: recognized)`,
    allowed: `one of ${formats.join(", ")}`,
  },
  encoding: {
    ...text("--encoding", z.stringFormat("encoding", isEncoding)),
    value: "NAME",
    help: "encoding of your own text files (default: UTF-8, or what a byte order mark states)",
    allowed: "an encoding, such as windows-1252, utf-16le or shift_jis",
  },
  toolTurns: {
    ...choice("--tool-turns", toolPolicies, requestDefaults.toolTurns),
    help: "fail (default), or drop the turns of tools and their calls in your own files",
  },
  onLongRow: {
    ...choice("--on-long-row", longRowPolicies, requestDefaults.onLongRow),
    help: "cut (default: the training cuts them), drop, or fail at rows over the context length; requires --tokenizer",
  },
  checks: option({
    ...pairs("--checks", checksSchema),
    value: "NAME=LEVEL,...",
    help: `what a check does: ${checkLevels.join(", ")}; checks: ${checkNames.join(", ")}; off: no checks`,
    allowed: `off, or NAME=LEVEL with one of ${checkNames.join(", ")} and one of ${checkLevels.join(", ")}`,
    allowedInJson: `"off", or one of ${checkLevels.join(", ")} by check, such as {"overlap": "warn"}`,
    write: (checks) =>
      checks === "off" ? ["--checks", "off"] : pairs("--checks", checksSchema).write(checks),
    read: (given, refuse) => (given.trim() === "off" ? "off" : readPairs(given, refuse)),
  }),
  split: option({
    ...pairs("--split", divisionSchema),
    value: "PART=PERCENT,...",
    help: "divides one split by a hash of each conversation, such as train=90,validation=5,test=5,seed=42",
    allowed:
      "train, test and optionally validation as whole percentages that add up to 100, and optionally seed",
    read: (given, refuse) =>
      Object.fromEntries(
        Object.entries(readPairs(given, refuse)).map(([name, value]) => [name, readNumber(String(value))]),
      ),
  }),
  trainSplit: {
    ...text("--train-split", splitName),
    value: "NAME",
    help: "split that trains (default: those whose name begins with train, otherwise the first): others must not share its rows",
    allowed: "the name of a split",
    // The default is left out, so that the command of existing stacks does not change.
    write: (name: string) => (name.startsWith("train") ? [] : words("--train-split", name)),
  },
  splits: option({
    flag: "--splits",
    schema: z.array(splitName).min(1).readonly(),
    value: "NAME,NAME",
    help: "prepare only these splits (default: all)",
    allowed: "names of splits, separated by commas",
    allowedInJson: "a list of names of splits",
    write: (splits) => ["--splits", splits.join(",")],
    read: (given) => given.split(",").map((name) => name.trim()),
  }),
  force: option({
    flag: "--force",
    schema: z.boolean(),
    help: "fetch and write again even if nothing changed",
    allowed: "true or false",
    write: (force) => (force ? ["--force"] : []),
    read: () => true,
  }),
} satisfies Record<string, RequestOption>;

export type RequestField = keyof typeof requestOptions;
