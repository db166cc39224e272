import { createInterface } from "node:readline";
import { breakLocks } from "./state/lock";
import { createDisplay } from "./display/display";
import type { EngineEvent } from "./display/events";
import { cutTo } from "./display/text";
import { EngineError, exitCodes } from "./errors";
import type { GraphOptions } from "./graph";
import { readProject } from "./project/project";
import type { PackOptions } from "./policy/pack";
import { findStack, listStacks, openStack, stackOutputsOf, type FoundStack } from "./open";
import { runOperation, type OperationName, type RunOptions } from "./run";
import { hiddenSecrets, rewriteAll, withoutSecrets } from "./values/values";

type Flag = "yes" | "json" | "skipPreview" | "previewOnly" | "nonInteractive" | "showSecrets";
type StackFlag = "secret" | "plaintext" | "path" | "force" | keyof GraphOptions;

export type Options = Partial<RunOptions> &
  Partial<Record<Flag | StackFlag, boolean>> & {
    env: NodeJS.ProcessEnv;
    target?: string[];
    policyPack?: string[];
    policyPackConfig?: string[];
    file?: string;
  };

export type Action = (options: Options, ...words: (string | undefined)[]) => Promise<number>;

export const print = (text: string): void => void process.stdout.write(`${text}\n`);
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

export function printTable(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([key]) => key.length));
  for (const [key, value] of rows) print(`${key.padEnd(width)}  ${value}`);
}

export const usage = (message: string): EngineError => new EngineError("usage", message);

export const find = (options: Options): Promise<FoundStack> =>
  findStack(options.cwd ?? process.cwd(), options.stack, options.env);

export function operate(operation: OperationName): Action {
  return async (options) => {
    const { target, yes, json, skipPreview, previewOnly, nonInteractive, ...given } = options;
    const { policyPack, policyPackConfig, ...rest } = given;
    const policyPacks = packsOf(policyPack, policyPackConfig);
    const run: RunOptions = {
      ...rest,
      operation,
      stack: (await find(options)).stack,
      display: json ? "json" : "auto",
      dryRun: operation === "preview" || previewOnly === true,
      ...(target ? { targets: target } : {}),
      ...(policyPacks ? { policyPacks } : {}),
    };
    if (!run.dryRun && !yes && !skipPreview) {
      if (!process.stdin.isTTY || !process.stdout.isTTY || nonInteractive || json)
        throw usage("--yes must be passed in to proceed when running in non-interactive mode");
      const declined = await confirm(run);
      if (declined !== undefined) return declined;
    } else if (operation === "up" && !run.dryRun && !skipPreview) {
      const refused = await refusedByPolicy(run);
      if (refused !== undefined) return refused;
    }
    return (await runOperation(run)).exitCode;
  };
}

/** Shows a preview and asks for confirmation. Undefined means confirmed; otherwise the exit code. */
async function confirm(run: RunOptions): Promise<number | undefined> {
  const preview = await runOperation({ ...run, dryRun: true, expectNoChanges: false });
  if (preview.exitCode !== exitCodes.ok) return preview.exitCode;
  const what = run.operation === "up" ? "update" : run.operation;
  const answer = await ask(`\nDo you want to perform this ${what} on stack ${run.stack}? (yes/no) `);
  if (/^y(es)?$/i.test(answer.trim())) return undefined;
  print("confirmation declined, nothing was changed");
  return exitCodes.cancelled;
}

/** The packs and their configuration files, by position. Errors: usage. */
function packsOf(directories: string[] | undefined, configs: string[] = []): PackOptions[] | undefined {
  if (configs.length > 0 && configs.length !== directories?.length)
    throw usage('the number of "--policy-pack-config" flags must match the number of "--policy-pack" flags');
  return directories?.map((directory, index) => ({ directory, config: configs[index] }));
}

/**
 * With policy packs an update begins with a preview, as the CLI's always does: a violation must be found before anything is created. The
 * preview prints only if it fails. Its exit code; undefined if it succeeds.
 */
export async function refusedByPolicy(run: RunOptions): Promise<number | undefined> {
  if (!run.policyPacks?.length) return undefined;
  const events: EngineEvent[] = [];
  const preview = await runOperation({
    ...run,
    dryRun: true,
    expectNoChanges: false,
    display: "silent",
    onEvent: (event) => events.push(event),
  });
  if (preview.exitCode === exitCodes.ok) return undefined;
  const display = createDisplay(run.display ?? "auto", { diff: run.diff === true });
  for (const event of events) {
    display.show(event);
    run.onEvent?.(event);
  }
  display.close();
  return preview.exitCode;
}

/** Asks a question on the terminal; the answer is empty after Ctrl-C or Ctrl-D. */
function ask(question: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise<string>((resolve) => {
    prompt.once("close", () => resolve(""));
    prompt.question(question, resolve);
  }).finally(() => prompt.close());
}

export const cancel: Action = async (options) => {
  const { project, backend, stack } = await find(options);
  if (!options.yes)
    throw usage("--yes must be passed in: cancel removes the lock that another process may still hold");
  const removed = await breakLocks(backend, project.name, stack);
  print(
    removed > 0
      ? `The currently running update for '${stack}' has been canceled (${removed} lock(s) removed)`
      : `Stack '${stack}' was not locked`,
  );
  return exitCodes.ok;
};

/** The table cuts values to one line each; one value or JSON is complete. */
export const outputs: Action = async (options, name) => {
  const { project, stack } = await find(options);
  const all = stackOutputsOf((await openStack(project.root, stack, options.env)).snapshot);
  const shown = options.showSecrets ? rewriteAll(all, withoutSecrets) : hiddenSecrets(all);
  const names = Object.keys(shown);
  if (name !== undefined && !names.includes(name))
    throw usage(`stack '${stack}' has no output "${name}" (there are: ${names.join(", ") || "none"})`);
  const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const short = (value: unknown, room: number): string => cutTo(room, text(value).replace(/\s+/g, " "));
  if (options.json) printJson(name === undefined ? shown : shown[name]);
  else if (name !== undefined) print(text(shown[name]));
  else {
    print(`Current stack outputs (${names.length}):`);
    const longest = Math.max(0, ...names.map((key) => key.length));
    const room = Math.max(20, (process.stdout.columns ?? 100) - longest - 7);
    printTable(names.map((key) => [`    ${key}`, short(shown[key], room)]));
    if (JSON.stringify(shown) !== JSON.stringify(rewriteAll(all, withoutSecrets)))
      print("Secrets are hidden. --show-secrets prints them.");
  }
  return exitCodes.ok;
};

export const stackList: Action = async (options) => {
  const names = await listStacks(await readProject(options.cwd ?? process.cwd()), options.env);
  if (options.json) printJson(names.map((name) => ({ name })));
  else print(names.join("\n"));
  return exitCodes.ok;
};
