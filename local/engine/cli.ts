import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { breakLocks } from "./state/lock";
import { listStates, openBackend } from "./state/backend";
import { EngineError, exitCodes, messageOf } from "./errors";
import { help, isOperation, refusal, type CommandName } from "./help";
import { listStackFiles, readProject } from "./project/project";
import { openStack, stackOutputsOf } from "./open";
import { runOperation, type OperationName, type RunOptions } from "./run";
import { isSecret, rewriteAll, withoutSecrets, type Properties } from "./values/values";
import { valueText } from "./display/text";

const optionTypes = {
  stack: { type: "string", short: "s" },
  cwd: { type: "string", short: "C" },
  yes: { type: "boolean", short: "y" },
  diff: { type: "boolean" },
  json: { type: "boolean", short: "j" },
  "expect-no-changes": { type: "boolean" },
  parallel: { type: "string", short: "p" },
  refresh: { type: "boolean", short: "r" },
  message: { type: "string", short: "m" },
  "skip-preview": { type: "boolean", short: "f" },
  "show-secrets": { type: "boolean" },
  "clear-pending-creates": { type: "boolean" },
  "non-interactive": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Options = {
  -readonly [K in keyof typeof optionTypes]?: (typeof optionTypes)[K]["type"] extends "boolean"
    ? boolean
    : string;
};

/**
 * The command line of the embedded engine. Returns the exit code (those of the Pulumi CLI) and prints errors as their
 * message alone.
 */
export async function main(argv: string[]): Promise<number> {
  try {
    const { command, options, rest } = readArguments(argv);
    if (!command || options.help) {
      process.stdout.write(help(command));
      return exitCodes.ok;
    }
    return await runCommand(command, options, rest);
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    if (error instanceof EngineError) return error.exitCode;
    if (process.env.PULUMI_DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    return exitCodes.internal;
  }
}

/**
 * Checks a command line without running it, for callers that have something to prepare first.
 * Errors: usage and unsupported, as `main` would print them.
 */
export function checkArguments(argv: string[]): void {
  readArguments(argv);
}

function readArguments(argv: string[]): {
  command: CommandName | undefined;
  options: Options;
  rest: string[];
} {
  const refused = argv.map(refusal).find(Boolean);
  if (refused) throw new EngineError("unsupported", refused);
  let parsed;
  try {
    parsed = parseArgs({ args: argv, options: optionTypes, allowPositionals: true });
  } catch (error) {
    throw new EngineError("usage", `${messageOf(error).split(". To")[0]}; see --help`, error);
  }
  const [name, ...rest] = parsed.positionals;
  if (name === undefined || name === "help")
    return { command: isOperation(rest[0]) ? rest[0] : undefined, options: {}, rest };
  if (!isOperation(name)) throw new EngineError("usage", `unknown command "${name}"; see --help`);
  return { command: name, options: parsed.values as Options, rest };
}

async function runCommand(command: CommandName, options: Options, rest: string[]): Promise<number> {
  const cwd = options.cwd ?? process.cwd();
  if (rest.length > (command === "outputs" ? 1 : 0)) {
    throw new EngineError("usage", `unexpected argument "${rest.at(-1)}"; see ${command} --help`);
  }
  if (!options.stack)
    throw new EngineError(
      "usage",
      `name the stack with --stack (there are: ${(await stacksOf(cwd)).join(", ") || "none"})`,
    );
  if (command === "outputs") return printOutputs(cwd, options.stack, options, rest[0]);
  if (command === "cancel") return cancel(cwd, options.stack, options);
  return operate(command, cwd, options.stack, options);
}

async function stacksOf(cwd: string): Promise<string[]> {
  const project = await readProject(cwd);
  const backend = openBackend(process.env, project.backendUrl, project.root);
  return [
    ...new Set([...(await listStackFiles(project)), ...(await listStates(backend, project.name))]),
  ].sort();
}

async function operate(
  operation: OperationName,
  cwd: string,
  stack: string,
  options: Options,
): Promise<number> {
  const parallel = options.parallel === undefined ? undefined : Number(options.parallel);
  if (parallel !== undefined && (!Number.isInteger(parallel) || parallel < 1)) {
    throw new EngineError(
      "usage",
      `--parallel is "${options.parallel}"; expected a whole number of at least 1`,
    );
  }
  const run: RunOptions = {
    operation,
    stack,
    cwd,
    display: options.json ? "json" : "auto",
    diff: options.diff === true,
    refresh: options.refresh === true,
    expectNoChanges: options["expect-no-changes"] === true,
    clearPendingCreates: options["clear-pending-creates"] === true,
    ...(parallel === undefined ? {} : { parallel }),
    ...(options.message === undefined ? {} : { message: options.message }),
  };
  if (operation !== "preview" && !options.yes && !(operation === "up" && options["skip-preview"])) {
    const declined = await confirm(run, options);
    if (declined !== undefined) return declined;
  }
  return (await runOperation(run)).exitCode;
}

/** Asks before something changes; undefined means go on. Errors: usage, if there is nobody to ask. */
async function confirm(run: RunOptions, options: Options): Promise<number | undefined> {
  const interactive = process.stdin.isTTY && process.stdout.isTTY && !options["non-interactive"];
  if (!interactive)
    throw new EngineError("usage", "--yes must be passed in to proceed when running in non-interactive mode");
  if (run.operation === "up" && !options["skip-preview"]) {
    const preview = await runOperation({ ...run, operation: "preview", expectNoChanges: false });
    if (preview.exitCode !== exitCodes.ok) return preview.exitCode;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const question = `\nDo you want to perform this ${run.operation} on stack ${run.stack}? (yes/no) `;
  const answer = (await prompt.question(question)).trim().toLowerCase();
  prompt.close();
  if (answer === "yes" || answer === "y") return undefined;
  process.stdout.write("confirmation declined, nothing was changed\n");
  return exitCodes.cancelled;
}

async function cancel(cwd: string, stack: string, options: Options): Promise<number> {
  if (!options.yes)
    throw new EngineError(
      "usage",
      "--yes must be passed in: cancel removes the lock another process may rely on",
    );
  const project = await readProject(cwd);
  const removed = await breakLocks(
    openBackend(process.env, project.backendUrl, project.root),
    project.name,
    stack,
  );
  process.stdout.write(
    removed > 0
      ? `The currently running update for '${stack}' has been canceled (${removed} lock(s) removed)\n`
      : `Stack '${stack}' was not locked\n`,
  );
  return exitCodes.ok;
}

async function printOutputs(
  cwd: string,
  stack: string,
  options: Options,
  name: string | undefined,
): Promise<number> {
  const opened = await openStack(cwd, stack, process.env);
  const outputs = stackOutputsOf(opened.snapshot);
  const shown: Properties = options["show-secrets"]
    ? rewriteAll(outputs, withoutSecrets)
    : rewriteAll(outputs, (value) => (isSecret(value) ? "[secret]" : value));
  const text = (value: unknown): string =>
    options.json
      ? JSON.stringify(value, null, 2)
      : typeof value === "string"
        ? value
        : valueText(value as never, Infinity);
  if (name !== undefined) {
    if (!(name in shown))
      throw new EngineError(
        "usage",
        `stack '${stack}' has no output "${name}" (there are: ${Object.keys(shown).join(", ") || "none"})`,
      );
    process.stdout.write(`${text(shown[name])}\n`);
  } else if (options.json) process.stdout.write(`${text(shown)}\n`);
  else {
    const width = Math.max(6, ...Object.keys(shown).map((key) => key.length));
    process.stdout.write(`Current stack outputs (${Object.keys(shown).length}):\n`);
    for (const [key, value] of Object.entries(shown))
      process.stdout.write(`    ${key.padEnd(width)}  ${text(value)}\n`);
  }
  return exitCodes.ok;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
