import { setFlagsFromString } from "node:v8";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import type { Emit } from "./display/events";
import { cancel, operate, outputs, stackList, type Action, type Options } from "./commands";
import { tolerateClosedPipe } from "./display/display";
import { EngineError, exitCodes, messageOf } from "./errors";
import {
  configGet,
  configList,
  configRemove,
  configSet,
  stackExport,
  stackGraphAction,
  stackImport,
} from "./stackCommands";
import { refuse, refused } from "./refusals";

type OptionRow = [flags: string, about: string, parse?: (text: string, before: unknown) => unknown];

const wholeNumber = (text: string): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError("Expected a whole number of at least 1.");
};
const collect = (text: string, before: unknown): string[] => [...((before as string[]) ?? []), text];

const optionRows: Record<string, OptionRow> = {
  stack: ["-s, --stack <name>", "the stack (required)"],
  cwd: ["-C, --cwd <dir>", "run as if started there"],
  yes: ["-y, --yes", "do it without asking"],
  ask: ["--non-interactive", "never ask"],
  skip: ["-f, --skip-preview", "apply at once, without preview or question"],
  only: ["--preview-only", "show what would change, and change nothing"],
  diff: ["--diff", "show what changes, property by property"],
  json: ["-j, --json", "print one JSON document instead"],
  parallel: ["-p, --parallel <n>", "steps that may run at once (default: 4 × CPUs)", wholeNumber],
  configFile: ["--config-file <path>", "read the stack's settings from this file instead of its own"],
  message: ["-m, --message <text>", "text for the history"],
  refresh: ["-r, --refresh", "refresh first"],
  expect: ["--expect-no-changes", "exit 7 if anything changes"],
  target: ["-t, --target <urn>", "change only this resource (repeatable; * and ** match)", collect],
  dependents: ["--target-dependents", "let resources that depend on the targets change too"],
  replace: ["--replace <urn>", "replace this resource (repeatable; * and ** match)", collect],
  continueOnError: [
    "--continue-on-error",
    "after a failure, continue with resources that do not depend on it",
  ],
  clear: ["--clear-pending-creates", "forget creations that an earlier run did not finish"],
  pack: ["--policy-pack <dir>", "check the stack with this policy pack (repeatable)", collect],
  packConfig: ["--policy-pack-config <file>", "JSON configuration of the pack at the same position", collect],
  secrets: ["--show-secrets", "print secrets in plain text"],
  secret: ["--secret", "store it encrypted"],
  plaintext: ["--plaintext", "store it as plain text (the default)"],
  path: ["--path", "the key is a path into a structured value: a.b[0]"],
  file: ["--file <path>", "read or write this file instead of stdin or stdout"],
  noParents: ["--ignore-parent-edges", "without the edges from resources to their parents"],
  noDependencies: ["--ignore-dependency-edges", "without the edges to resources that depend on others"],
  short: ["--short-node-name", "names instead of URNs"],
  force: ["-f, --force", "continue although the state does not fit the stack"],
};

const everywhere = "stack cwd ask";
const running = "diff json parallel configFile message target dependents continueOnError expect";
const changing = `skip yes only ${running}`;

const commandRows: [usage: string, about: string, options: string, action: Action][] = [
  [
    "preview|pre",
    "show what up would do; writes nothing",
    `${running} replace refresh pack packConfig`,
    operate("preview"),
  ],
  [
    "up|update",
    "change the stack to match the program",
    `${changing} replace refresh pack packConfig`,
    operate("up"),
  ],
  ["refresh", "update the state to match what exists", `${changing} clear`, operate("refresh")],
  ["destroy|down", "delete everything in the stack", `${changing} refresh`, operate("destroy")],
  ["outputs [name]", "print the stack's outputs (one, if named)", "json secrets", outputs],
  ["cancel", "remove the stack's lock, if its process is gone for good", "yes", cancel],
  ["stack ls", "list the project's stacks", "json", stackList],
  ["stack output [name]", "the same as outputs", "json secrets", outputs],
  ["stack export", "print the whole state, secrets encrypted", "file secrets", stackExport],
  ["stack import", "replace the stack's state with an exported one", "file force", stackImport],
  [
    "stack graph <file>",
    "write the resources and their dependencies as DOT",
    "noParents noDependencies short",
    stackGraphAction,
  ],
  ["config ls", "print the whole configuration", "json secrets", configList],
  ["config get <key>", "print one value, a secret in plain text", "json path", configGet],
  [
    "config set <key> [value]",
    "set a value, from the argument or from stdin",
    "secret plaintext path",
    configSet,
  ],
  ["config rm <key>", "remove a value", "path", configRemove],
];

const groups: Record<string, string> = {
  stack: "outputs, graph, export and import of a stack; list of the stacks",
  config: "read and change the stack's configuration",
};

const examples = `
preview --diff --stack dev
preview --policy-pack policy
up --yes --target '**::endpoint' --target-dependents
refresh --yes --clear-pending-creates
destroy --yes --target 'urn:pulumi:dev::shop::*::old'
outputs endpointName
cancel --yes
stack output --json --show-secrets
stack export --file state.json
stack import --file state.json
stack graph graph.dot --short-node-name
config ls --json
config get --path dataset.splitPercent
config set --path dataset.splitPercent 10
config set --secret apiKey < key.txt
config rm apiKey`;

const environment = `Environment:
  PULUMI_BACKEND_URL        file://<directory> that contains the state
  PULUMI_CONFIG_PASSPHRASE  passphrase of the stack's secrets (or PULUMI_CONFIG_PASSPHRASE_FILE)
  PULUMI_HOME               directory of installed plugins, searched after PATH

For everything else, use the Pulumi CLI on the same state.`;

const invocation = "npm run engine --";

function addOptions(command: Command, names: string): void {
  for (const name of names.split(" ")) {
    const [flags, about, parse] = optionRows[name] as OptionRow;
    if (parse) command.option(flags, about, parse);
    else command.option(flags, about);
  }
}

/** The command line; `chosen` receives the function that runs the command. */
function buildCommand(
  env: NodeJS.ProcessEnv,
  chosen: (work: () => Promise<number>) => void,
  onEvent?: Emit,
): Command {
  const program = new Command(invocation).exitOverride();
  program.configureOutput({ writeErr: () => undefined }).configureHelp({ showGlobalOptions: true });
  program.description("The embedded deployment engine: Pulumi's protocol and state, without the Pulumi CLI.");
  program.addHelpText("afterAll", environment);
  addOptions(program, everywhere);
  for (const [name, about] of Object.entries(groups)) program.command(name).description(about);
  const groupOf = (name = ""): Command | undefined =>
    name in groups ? program.commands.find((command) => command.name() === name) : undefined;
  for (const [usage, about, options, action] of commandRows) {
    const words = usage.split(" ");
    const group = groupOf(words[0]);
    if (group) words.shift();
    const [name = "", alias] = (words.shift() ?? "").split("|");
    const isDefault = group?.name() === "config" && name === "ls";
    const command = (group ?? program).command([name, ...words].join(" "), { isDefault }).description(about);
    if (alias) command.alias(alias);
    addOptions(command, options);
    const shown = examples
      .split("\n")
      .filter((line) => line.startsWith(`${group?.name() ?? ""} ${name}`.trim()));
    const lines = shown.map((line) => `  ${invocation} ${line}`);
    command.addHelpText("after", lines.length > 0 ? `\nExamples:\n${lines.join("\n")}` : "");
    command.action((...given: unknown[]) => {
      const values = given.slice(0, words.length) as (string | undefined)[];
      const options = { ...command.optsWithGlobals<Options>(), env, ...(onEvent ? { onEvent } : {}) };
      chosen(() => action(options, ...values));
    });
  }
  for (const name of Object.keys(refused).filter((name) => !name.startsWith("-"))) {
    const [first = "", second = first] = name.split(" ");
    const command = (groupOf(first) ?? program).command(second, { hidden: true }).helpOption(false);
    command.allowUnknownOption().allowExcessArguments();
    command.action(() => refuse(name));
  }
  return program;
}

/** Undefined if the arguments asked for help, which is printed. Errors: usage, unsupported. */
function readArguments(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  onEvent?: Emit,
): (() => Promise<number>) | undefined {
  tolerateClosedPipe();
  let work: (() => Promise<number>) | undefined;
  try {
    buildCommand(env, (chosen) => (work = chosen), onEvent).parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    if (error.code === "commander.help") return readArguments([...argv, "--help"], env, onEvent);
    if (error.code === "commander.unknownOption") refuse(/'(--?[\w-]+)/.exec(error.message)?.[1]);
    const text = error.message.replace(/^error: /, "").replaceAll("'", '"');
    throw new EngineError("usage", `${text}\nSee ${invocation} --help`, error);
  }
  return work;
}

/**
 * Runs a command line with the exit codes of the Pulumi CLI. Of an error it prints only the message.
 * @param onEvent receives the events of an operation in addition to the display.
 */
export async function main(
  argv: string[],
  env: NodeJS.ProcessEnv = process.env,
  onEvent?: Emit,
): Promise<number> {
  // The engine mostly waits. Growing the heap in small steps keeps it below 150 MB at 1,000 resources.
  setFlagsFromString("--heap-growing-percent=30");
  try {
    const work = readArguments(argv, env, onEvent);
    return work ? await work() : exitCodes.ok;
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    if (error instanceof EngineError) return error.exitCode;
    if (process.env.PULUMI_DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    return exitCodes.internal;
  }
}

/** Checks a command line without running it; false if it asked for help. Errors: as `main` prints them. */
export function checkArguments(argv: string[]): boolean {
  return readArguments(argv) !== undefined;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
