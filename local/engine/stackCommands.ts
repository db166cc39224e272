import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { find, print, printJson, printTable, usage, type Action, type Options } from "./commands";
import { EngineError, exitCodes, messageOf } from "./errors";
import { openStackSecrets } from "./open";
import { fullKey, listConfig, readStackSettings, resolveConfig } from "./project/config";
import { getConfig, removeConfig, setConfig } from "./project/edit";
import { stackGraph } from "./graph";
import { readState } from "./state/backend";
import { exportState, importState } from "./state/exchange";
import { findPassphrase } from "./state/secrets";

/** A stack with its secrets. Neither its state nor its configuration has to be valid. */
async function openSecretsOf(options: Options) {
  const found = await find(options);
  const settings = await readStackSettings(found.project, found.stack);
  return { ...found, settings, crypter: await openStackSecrets(found, settings, options.env) };
}

async function openConfig(options: Options) {
  const { project, stack, settings, crypter } = await openSecretsOf(options);
  return { project, stack, config: resolveConfig(project, stack, settings, crypter) };
}

/** A value in the form of `pulumi config --json`. */
const asJson = (value: string, { secret, object }: { secret: boolean; object: boolean }) => ({
  ...{ value, ...(object ? { objectValue: JSON.parse(value) as unknown } : {}) },
  secret,
});

/** The text of a file, or of stdin. Errors: usage. */
async function textOf(file: string | undefined): Promise<string> {
  try {
    return file === undefined ? readFileSync(0, "utf8") : await readFile(file, "utf8");
  } catch (error) {
    throw new EngineError("usage", `${file ?? "stdin"} cannot be read: ${messageOf(error)}`, error);
  }
}

export const configList: Action = async (options) => {
  const { project, config } = await openConfig(options);
  const lines = listConfig(project, config, options.showSecrets);
  const entries = lines.map(({ key, value, ...kind }) => {
    const isHidden = kind.secret && !options.showSecrets;
    return [fullKey(project, key), isHidden ? { secret: true } : asJson(value, kind)];
  });
  if (options.json) printJson(Object.fromEntries(entries));
  else printTable([["KEY", "VALUE"], ...lines.map(({ key, value }) => [key, value] as const)]);
  return exitCodes.ok;
};

/** config get <key>: one value, in plain text even if it is a secret. */
export const configGet: Action = async (options, key = "") => {
  const { project, stack, config } = await openConfig(options);
  const value = getConfig(project, config, key, options.path);
  if (!value) throw missing(key, stack);
  if (options.json) printJson(asJson(value.text, value));
  else print(value.text);
  return exitCodes.ok;
};

const missing = (key: string, stack: string): EngineError =>
  new EngineError("config", `configuration key '${key}' not found for stack '${stack}'`);

/** Without a value it comes from stdin, which keeps a secret off the command line. */
export const configSet: Action = async (options, key = "", given) => {
  if (options.secret && options.plaintext) throw usage("--secret and --plaintext exclude each other");
  if (given === undefined && process.stdin.isTTY)
    throw usage(`no value for "${key}": pass it after the key, or on stdin`);
  const value = given ?? (await textOf(undefined)).replace(/\r?\n$/, "");
  const { project, stack } = await find(options);
  const secret = options.secret ? { crypter: (await openSecretsOf(options)).crypter } : {};
  await setConfig(project, stack, key, value, { path: options.path === true, ...secret });
  return exitCodes.ok;
};

export const configRemove: Action = async (options, key = "") => {
  const { project, stack } = await find(options);
  if (!(await removeConfig(project, stack, key, options.path))) throw missing(key, stack);
  return exitCodes.ok;
};

/** stack export: the state in the format of `pulumi stack import`, secrets encrypted unless requested. */
export const stackExport: Action = async (options) => {
  const { project, backend, stack } = await find(options);
  const unlocked = options.showSecrets
    ? { crypter: (await openSecretsOf(options)).crypter, passphrase: await findPassphrase(options.env) }
    : undefined;
  const text = await exportState({ backend, project: project.name, stack }, unlocked);
  if (options.file === undefined) process.stdout.write(text);
  else await writeFile(options.file, text, { mode: 0o600 });
  return exitCodes.ok;
};

export const stackImport: Action = async (options) => {
  const text = await textOf(options.file);
  const { project, backend, stack, crypter } = await openSecretsOf(options);
  const backup = await importState(text, {
    place: { backend, project: project.name, stack },
    crypter,
    passphrase: await findPassphrase(options.env),
    force: options.force === true,
    notice: (message) => void process.stderr.write(`warning: ${message}\n`),
  });
  print(`Import complete.${existsSync(backup) ? ` The previous state is in ${backup}` : ""}`);
  return exitCodes.ok;
};

/** stack graph <file>: the resources and their dependencies as DOT. */
export const stackGraphAction: Action = async (options, file = "") => {
  const { project, backend, stack } = await find(options);
  const found = await readState(backend, project.name, stack);
  if (!found) throw new EngineError("stack-not-found", `unable to find snapshot for stack "${stack}"`);
  await writeFile(file, stackGraph(found.resources, options));
  print(`Wrote stack dependency graph to \`${file}\``);
  return exitCodes.ok;
};
