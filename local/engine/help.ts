/** Commands of the embedded engine. */
const commands = {
  preview: "show what up would do; writes nothing",
  up: "make the stack what the program says",
  refresh: "take into the state what is really there",
  destroy: "delete everything in the stack",
  outputs: "print the stack's outputs (one, if named)",
  cancel: "remove the stack's lock",
} as const;

export type CommandName = keyof typeof commands;

export function isOperation(name: string | undefined): name is CommandName {
  return name !== undefined && name in commands;
}

const common: [string, string][] = [
  ["-s, --stack <name>", "the stack (required)"],
  ["-C, --cwd <dir>", "run as if started there"],
];
const running: [string, string][] = [
  ["    --diff", "show what changes, property by property"],
  ["-j, --json", "print one JSON document instead of progress"],
  ["-p, --parallel <n>", "steps that may run at once (default: 4 × CPUs)"],
  ["-m, --message <text>", "text for the history"],
];
const asking: [string, string] = ["-y, --yes", "do it without asking"];
const options: Record<CommandName, [string, string][]> = {
  preview: [
    ...running,
    ["-r, --refresh", "refresh first"],
    ["    --expect-no-changes", "exit 7 if anything would change"],
  ],
  up: [
    asking,
    ["-f, --skip-preview", "go straight on, without preview or question"],
    ...running,
    ["-r, --refresh", "refresh first"],
    ["    --expect-no-changes", "exit 7 if anything changed"],
  ],
  refresh: [
    asking,
    ...running,
    ["    --expect-no-changes", "exit 7 if anything changed"],
    ["    --clear-pending-creates", "forget creations that an earlier run did not see through"],
  ],
  destroy: [asking, ...running],
  outputs: [
    ["-j, --json", "print JSON"],
    ["    --show-secrets", "print secrets in plain text"],
  ],
  cancel: [asking],
};

const environment = `Environment:
  PULUMI_BACKEND_URL            file://<directory> that holds the state
  PULUMI_CONFIG_PASSPHRASE      passphrase of the stack's secrets (or PULUMI_CONFIG_PASSPHRASE_FILE)
  PULUMI_HOME                   where installed plugins are looked for after PATH
`;

/** The help text of a command, or of the engine as a whole. */
export function help(command?: CommandName): string {
  const table = (rows: readonly (readonly [string, string])[]): string => {
    const width = Math.max(...rows.map(([name]) => name.length)) + 2;
    return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}\n`).join("");
  };
  if (command) {
    return `${command}: ${commands[command]}\n\nOptions:\n${table([...common, ...options[command]])}\n${environment}`;
  }
  return (
    `The embedded deployment engine: Pulumi's protocol and state format, without the Pulumi CLI.\n\n` +
    `Usage: <command> --stack <name> [options]\n\nCommands:\n${table(Object.entries(commands))}\n${environment}\n` +
    `Help on a command: <command> --help. Whatever else Pulumi can do, the real CLI does on the same state.\n`
  );
}

const refused: Record<string, string> = {
  "--target": "targeting single resources",
  "--replace": "forcing replacements",
  "--exclude": "excluding resources",
  "--policy-pack": "policy packs",
  "--import-pending-creates": "importing pending creations",
  "--run-program": "running the program on refresh or destroy",
  "--continue-on-error": "continuing after errors",
  "--secrets-provider": "secrets providers other than passphrase",
  import: "importing resources",
  watch: "watch mode",
  new: "making projects",
  login: "logging in",
};

/** The sentence with which an argument is refused by name, if it is one the Pulumi CLI knows and this engine does not. */
export function refusal(argument: string): string | undefined {
  const what = refused[argument.split("=")[0] ?? argument];
  return (
    what &&
    `"${argument}": ${what} is not known to the embedded engine; use the Pulumi CLI with the same backend directory`
  );
}
