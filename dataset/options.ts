import { Command } from "commander";
import type { z } from "zod";
import { nearest } from "../azureml/suggestion";
import { mappingKeys } from "./columns";
import { DatasetError, errorLike } from "./errors";
import { datasetRequest, type DatasetRequest } from "./request";
import { requestOptions, type RequestField, type RequestOption } from "./requestOptions";
import { requestDefaults } from "./requestValues";
import { rowPolicies, type RowPolicy } from "./rowsShown";

/** The parsed command line. */
export interface Options {
  request: DatasetRequest;
  /** Print the manifest as the last line of stdout, and everything else on stderr. */
  json: boolean;
  /** Where rows may appear; undefined: see `rowsShown`. */
  rows: RowPolicy | undefined;
}

const notes = `
Environment: HF_ENDPOINT (default https://huggingface.co), HF_TOKEN, HF_HOME, HF_HUB_OFFLINE, HTTPS_PROXY, HTTP_PROXY, NO_PROXY.
Exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted (the next run resumes).`;

/** The texts of the options that are given, in order. A switch has one, which is empty. */
type Texts = Map<RequestField, string[]>;

/** Parses and checks the command line. All mistakes in it are reported at once, as one `Usage` error. */
export function parseOptions(argv: readonly string[]): Options | { help: string } {
  const texts: Texts = new Map();
  const command = createCommand(texts);
  const incomplete = withoutValue(argv, command);
  if (incomplete.length > 0) throw badCommandLine(incomplete);
  const { operands, unknown } = command.parseOptions([...argv]);
  const given = command.opts<Record<string, unknown>>();
  if (given.help) return { help: `${command.helpInformation()}${notes}\n` };
  const problems = [
    ...unknown.filter((word) => word.startsWith("-")).map((word) => unknownOption(word, command)),
    ...operands.map((word) => `unexpected argument ${word}`),
  ];
  const isShuffled = given.shuffle === true;
  const request =
    typeof given.request === "string"
      ? requestFromJson(given.request, texts.size > 0 || isShuffled, problems)
      : requestFromOptions(texts, isShuffled, problems);
  const rows = rowPolicies.find((policy) => policy === given.rows);
  if (given.rows !== undefined && !rows)
    problems.push(`--rows is ${JSON.stringify(given.rows)}, must be one of ${rowPolicies.join(", ")}`);
  if (problems.length > 0 || !request) throw badCommandLine(problems);
  return { request, json: given.json === true, rows };
}

function createCommand(texts: Texts): Command {
  const command = new Command("node dist/scripts/download-dataset.js")
    .description(
      "Prepares a part of each split of a chat data set as <download_dir>/<split>.jsonl. Every row is checked.",
    )
    .usage("[options]")
    .helpOption(false)
    .exitOverride();
  for (const [field, { flag, value, help }] of Object.entries<RequestOption>(requestOptions)) {
    if (field === "sampleSeed")
      command.option("--shuffle", "a reproducible sample from the whole split instead of its first rows");
    command.option(value ? `${flag} <${value}>` : flag, help);
    command.on(`option:${flag.slice(2)}`, (text: string | null) => {
      const name = field as RequestField;
      texts.set(name, [...(texts.get(name) ?? []), text ?? ""]);
    });
  }
  return command
    .option("--request <JSON>", "the whole request as one JSON object, instead of the options above")
    .option("--json", "print the manifest as the last line of stdout, and everything else on stderr")
    .option(
      "--rows <WHERE>",
      `where rows appear: ${rowPolicies.join(", ")} (default all; with --json, none unless the data set is public)`,
    )
    .option("-h, --help", "print this text");
}

function requestFromOptions(
  texts: Texts,
  isShuffled: boolean,
  problems: string[],
): DatasetRequest | undefined {
  const request: Partial<Record<RequestField, unknown>> = {};
  for (const [field, given] of texts) {
    const { flag, allowed, read } = optionOf(field);
    const refuse = (part: string): void =>
      void problems.push(`${flag} has ${JSON.stringify(part)}, must be ${allowed}`);
    for (const text of given) request[field] = read(text, refuse, request[field]);
  }
  if (isShuffled) request.sampleSeed ??= requestDefaults.sampleSeed;
  else if (texts.has("sampleSeed")) problems.push("--seed requires --shuffle");
  return checked(request, problems, (issue) => {
    const [field, name] = issue.path as [RequestField, (string | number)?];
    const { flag, allowed } = optionOf(field);
    const pair = (key: string): string =>
      `${flag} has ${JSON.stringify(`${key}=${textAt(request, [field, key])}`)}`;
    if (issue.code === "custom") return [`${flag} ${issue.message}`];
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => `${pair(key)}, must be ${allowed}${didYouMean(key, mappingKeys)}`);
    if (typeof name === "string") return [`${pair(name)}, must be ${allowed}`];
    return [`${flag} is ${JSON.stringify(texts.get(field)?.at(-1))}, must be ${allowed}`];
  });
}

function requestFromJson(text: string, hasOptions: boolean, problems: string[]): DatasetRequest | undefined {
  if (hasOptions) problems.push("--request contains the whole request: give it no option beside --json");
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch (error) {
    problems.push(`--request is not JSON: ${errorLike(error)?.message}`);
    return undefined;
  }
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    problems.push("--request must be a JSON object");
    return undefined;
  }
  return checked(request, problems, (issue) => {
    const [field] = issue.path as [RequestField?];
    if (issue.code === "custom") return [`--request: ${field} ${issue.message}`];
    if (issue.code === "unrecognized_keys") {
      const known = field === undefined ? Object.keys(requestOptions) : mappingKeys;
      return issue.keys.map(
        (key) => `--request: there is no field ${[...issue.path, key].join(".")}${didYouMean(key, known)}`,
      );
    }
    const { allowed, allowedInJson = allowed } = optionOf(field as RequestField);
    return [`--request: ${issue.path.join(".")} is ${textAt(request, issue.path)}, must be ${allowedInJson}`];
  });
}

/** Checks a request and adds its defaults. Mistakes are described in `problems`, equal ones once. */
function checked(
  request: object,
  problems: string[],
  describe: (issue: z.core.$ZodIssue) => string[],
): DatasetRequest | undefined {
  const result = datasetRequest.safeParse(request);
  if (!result.success) problems.push(...new Set(result.error.issues.flatMap(describe)));
  return result.data;
}

const optionOf = (field: RequestField): RequestOption => requestOptions[field];

/** The value at a path: a text as it is, a list or a map as JSON. */
function textAt(value: unknown, path: readonly PropertyKey[]): string {
  const found = path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  return typeof found === "string" ? found : JSON.stringify(found);
}

function didYouMean(name: string, known: readonly string[], prefix = ""): string {
  const guess = nearest(name, known);
  return guess ? `, did you mean ${prefix}${guess}?` : "";
}

/** Options that require a value and stand last, or before another option. (Commander takes that option as the value.) */
function withoutValue(argv: readonly string[], { options }: Command): string[] {
  const flags = new Set(options.filter(({ required }) => required).map(({ long }) => long));
  return argv
    .filter((word, index) => flags.has(word) && (argv[index + 1]?.startsWith("--") ?? true))
    .map((word) => `${word} needs a value`);
}

function unknownOption(word: string, { options }: Command): string {
  const [name = word] = word.split("=");
  if (options.some(({ long }) => long === name)) return `${name} takes no value`;
  const known = options.flatMap(({ long }) => long?.slice(2) ?? []);
  return `unknown option ${name}${didYouMean(name.replace(/^-+/, ""), known, "--")}`;
}

function badCommandLine(problems: string[]): DatasetError {
  return new DatasetError("Usage", problems.join("\n  "), "See --help for the options.");
}
