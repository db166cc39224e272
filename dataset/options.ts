import { parseArgs } from "node:util";
import { nearest } from "../azureml/suggestion";
import type { DownloadRequest } from "./download";
import { DatasetError, errnoOf, errorLike } from "./errors";
import type { BadRowPolicy } from "./manifest";

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
  "on-bad-row": { type: "string" },
  force: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const defaultDataset = "HuggingFaceH4/ultrachat_200k";

export const usage = `Usage: node dist/scripts/download-dataset.js [options]

Prepares the first part of each split of a chat data set as <download_dir>/<split>.jsonl.

  --dataset NAMESPACE/NAME   data set on the hub (default ${defaultDataset})
  --dataset_subset NAME      subset of it (default: its default subset)
  --download_dir DIRECTORY   where the files go (default .data/<data set name>)
  --dataset_split_pc NUMBER  percentage of each split, a whole number from 1 to 100 (default 5)
  --splits NAME,NAME         only these splits (default: all)
  --revision REVISION        branch, tag or commit (default main)
  --on-bad-row POLICY        fail (default), skip, or report rows that do not fit the chat schema
  --force                    fetch and write again even if nothing changed
  --json                     print the manifest as the last line of stdout, everything else on stderr
  -h, --help                 this text

Environment: HF_ENDPOINT (default https://huggingface.co), HF_TOKEN, HF_HOME, HF_HUB_OFFLINE.
Exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted (the next run resumes).
`;

/** Parses and checks the command line. All mistakes in it are reported at once, as one `Usage` error. */
export function parseOptions(argv: readonly string[]): Options {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (error) {
    throw badCommandLine([argumentProblem(error)], error);
  }
  const problems: string[] = [];
  const dataset = values.dataset ?? defaultDataset;
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(dataset) || /(^|\/)\.\.?(\/|$)/.test(dataset)) {
    problems.push(`--dataset is ${JSON.stringify(dataset)}, must be NAMESPACE/NAME of a data set on the hub`);
  }
  const percent = values.dataset_split_pc ?? "5";
  if (!/^\d+$/.test(percent) || Number(percent) < 1 || Number(percent) > 100) {
    problems.push(`--dataset_split_pc is ${JSON.stringify(percent)}, must be a whole number from 1 to 100`);
  }
  const splits = values.splits?.split(",").map((name) => name.trim());
  if (splits?.some((name) => !/^\w[\w.]*$/.test(name))) {
    problems.push(
      `--splits is ${JSON.stringify(values.splits)}, must be names of splits, separated by commas`,
    );
  }
  const onBadRow = values["on-bad-row"] ?? "fail";
  if (!["fail", "skip", "report"].includes(onBadRow)) {
    problems.push(`--on-bad-row is ${JSON.stringify(onBadRow)}, must be fail, skip or report`);
  }
  for (const name of ["revision", "download_dir", "dataset_subset"] as const) {
    if (values[name]?.trim() === "") problems.push(`--${name} is empty`);
  }
  if (problems.length > 0) throw badCommandLine(problems);
  return {
    dataset,
    subset: values.dataset_subset,
    directory: values.download_dir ?? `.data/${dataset.slice(dataset.indexOf("/") + 1)}`,
    splitPercent: Number(percent),
    splits,
    revision: values.revision ?? "main",
    onBadRow: onBadRow as BadRowPolicy,
    force: values.force ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
  };
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
