import { createInterface } from "node:readline/promises";
import { breakLocks } from "./state/lock";
import { listStates, openBackend } from "./state/backend";
import { EngineError, exitCodes } from "./errors";
import { listStackFiles, readProject } from "./project/project";
import { openStack, stackOutputsOf } from "./open";
import { runOperation, type OperationName, type RunOptions } from "./run";
import { isSecret, rewriteAll, withoutSecrets, type Value } from "./values/values";

/** What was given on the command line, under the names of RunOptions where it is one of them. */
export type Options = Partial<RunOptions> & {
  target?: string[];
  file?: string;
} & Partial<
    Record<
      | "yes"
      | "json"
      | "skipPreview"
      | "nonInteractive"
      | "showSecrets"
      | "secret"
      | "plaintext"
      | "path"
      | "force",
      boolean
    >
  >;

/** A command: runs and tells the exit code. Errors: EngineError. */
export type Action = (options: Options, ...words: (string | undefined)[]) => Promise<number>;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const usage = (message: string): EngineError => new EngineError("usage", message);
const cwdOf = (options: Options): string => options.cwd ?? process.cwd();

async function stacksOf(cwd: string): Promise<string[]> {
  const project = await readProject(cwd);
  const backend = openBackend(process.env, project.backendUrl, project.root);
  const names = [...(await listStackFiles(project)), ...(await listStates(backend, project.name))];
  return [...new Set(names)].sort();
}

async function stackOf(options: Options): Promise<string> {
  if (options.stack) return options.stack;
  const known = (await stacksOf(cwdOf(options))).join(", ") || "none";
  throw usage(`name the stack with --stack (there are: ${known})`);
}

/** preview, up, refresh, destroy. */
export function operate(operation: OperationName): Action {
  return async (options) => {
    const { target, yes, json, skipPreview, nonInteractive, ...rest } = options;
    const run: RunOptions = {
      ...rest,
      operation,
      stack: await stackOf(options),
      display: json ? "json" : "auto",
      ...(target ? { targets: target } : {}),
    };
    const ask = operation !== "preview" && !yes && !(operation === "up" && skipPreview);
    const isPerson = process.stdin.isTTY && process.stdout.isTTY && !nonInteractive && !json;
    if (ask && !isPerson)
      throw usage("--yes must be passed in to proceed when running in non-interactive mode");
    const declined = ask ? await confirm(run) : undefined;
    return declined ?? (await runOperation(run)).exitCode;
  };
}

/** Shows what would happen and asks; undefined means go on. */
async function confirm(run: RunOptions): Promise<number | undefined> {
  if (run.operation === "up") {
    const preview = await runOperation({ ...run, operation: "preview", expectNoChanges: false });
    if (preview.exitCode !== exitCodes.ok) return preview.exitCode;
  }
  if (run.operation === "destroy") {
    const { snapshot } = await openStack(run.cwd ?? process.cwd(), run.stack, process.env);
    print(
      `Stack ${run.stack} has ${snapshot.resources.length} resources; destroy deletes ${run.targets ? "those that are targets" : "all of them"}.`,
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const question = `\nDo you want to perform this ${run.operation} on stack ${run.stack}? (yes/no) `;
  const answer = (await prompt.question(question)).trim().toLowerCase();
  prompt.close();
  if (answer === "yes" || answer === "y") return undefined;
  print("confirmation declined, nothing was changed");
  return exitCodes.cancelled;
}

/** cancel: removes the stack's locks. */
export const cancel: Action = async (options) => {
  const stack = await stackOf(options);
  if (!options.yes)
    throw usage("--yes must be passed in: cancel removes the lock another process may rely on");
  const project = await readProject(cwdOf(options));
  const backend = openBackend(process.env, project.backendUrl, project.root);
  const removed = await breakLocks(backend, project.name, stack);
  print(
    removed > 0
      ? `The currently running update for '${stack}' has been canceled (${removed} lock(s) removed)`
      : `Stack '${stack}' was not locked`,
  );
  return exitCodes.ok;
};

/** outputs [name], stack output [name]. */
export const outputs: Action = async (options, name) => {
  const stack = await stackOf(options);
  const { snapshot } = await openStack(cwdOf(options), stack, process.env);
  const all = stackOutputsOf(snapshot);
  const shown = options.showSecrets ? rewriteAll(all, withoutSecrets) : rewriteAll(all, hideSecret);
  if (name !== undefined && !(name in shown))
    throw usage(
      `stack '${stack}' has no output "${name}" (there are: ${Object.keys(shown).join(", ") || "none"})`,
    );
  const text = (value: unknown): string =>
    options.json ? JSON.stringify(value, null, 2) : typeof value === "string" ? value : JSON.stringify(value);
  if (name !== undefined) print(text(shown[name]));
  else if (options.json) print(text(shown));
  else printTable(`Current stack outputs (${Object.keys(shown).length}):`, shown, text);
  return exitCodes.ok;
};

const hideSecret = (value: Value): Value => (isSecret(value) ? "[secret]" : value);

function printTable<T>(title: string, rows: Record<string, T>, text: (value: T) => string): void {
  const width = Math.max(6, ...Object.keys(rows).map((key) => key.length));
  print(title);
  for (const [key, value] of Object.entries(rows)) print(`    ${key.padEnd(width)}  ${text(value)}`);
}

/** stack ls: the stacks of the project, from their files and their states. */
export const listStacks: Action = async (options) => {
  const names = await stacksOf(cwdOf(options));
  print(
    options.json
      ? JSON.stringify(
          names.map((name) => ({ name })),
          null,
          2,
        )
      : names.join("\n"),
  );
  return exitCodes.ok;
};
