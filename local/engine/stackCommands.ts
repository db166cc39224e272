import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { find, print, usage, type Action, type Options } from "./commands";
import { EngineError, exitCodes, messageOf } from "./errors";
import { openStackSecrets, type FoundStack } from "./open";
import {
  fullKey,
  listConfig,
  readStackSettings,
  resolveConfig,
  type Config,
  type StackSettings,
} from "./project/config";
import { getConfig, removeConfig, setConfig } from "./project/edit";
import { exportState, importState } from "./state/exchange";
import { findPassphrase, type Crypter } from "./state/secrets";

type Opened = FoundStack & { settings: StackSettings; crypter: Crypter };

/** A stack with its secrets; neither its state nor its configuration has to be sound. */
async function openSecretsOf(options: Options): Promise<Opened> {
  const found = await find(options);
  const settings = await readStackSettings(found.project, found.stack);
  return { ...found, settings, crypter: await openStackSecrets(found, settings, process.env) };
}

async function openConfig(options: Options): Promise<Opened & { config: Config }> {
  const opened = await openSecretsOf(options);
  const { project, stack, settings, crypter } = opened;
  return { ...opened, config: resolveConfig(project, stack, settings, crypter) };
}

/** The text of a file, or of stdin. Errors: usage. */
async function textOf(file: string | undefined): Promise<string> {
  try {
    return file === undefined ? readFileSync(0, "utf8") : await readFile(file, "utf8");
  } catch (error) {
    throw new EngineError("usage", `${file ?? "stdin"} cannot be read: ${messageOf(error)}`, error);
  }
}

/** config: all values, or as the JSON of `pulumi config --json`. */
export const configList: Action = async (options) => {
  const { project, config } = await openConfig(options);
  const lines = listConfig(project, config, options.showSecrets);
  if (options.json) {
    const entries = lines.map(({ key, value, secret, object }) => {
      const shown = secret && !options.showSecrets ? {} : { value };
      const structured = object && "value" in shown ? { objectValue: JSON.parse(value) as unknown } : {};
      return [fullKey(project, key), { ...shown, ...structured, secret }];
    });
    print(JSON.stringify(Object.fromEntries(entries), null, 2));
  } else {
    const width = Math.max(3, ...lines.map(({ key }) => key.length));
    for (const { key, value } of [{ key: "KEY", value: "VALUE" }, ...lines])
      print(`${key.padEnd(width)}  ${value}`);
  }
  return exitCodes.ok;
};

/** config get <key>: one value, in plain text even if it is a secret. */
export const configGet: Action = async (options, key = "") => {
  const { project, stack, config } = await openConfig(options);
  const value = getConfig(project, config, key, options.path);
  if (!value) throw missing(key, stack);
  const structured = value.object ? { objectValue: JSON.parse(value.text) as unknown } : {};
  const document = { value: value.text, ...structured, secret: value.secret };
  print(options.json ? JSON.stringify(document, null, 2) : value.text);
  return exitCodes.ok;
};

const missing = (key: string, stack: string): EngineError =>
  new EngineError("config", `configuration key '${key}' not found for stack '${stack}'`);

/** config set <key> [value]: the value comes from stdin if it is not given, which keeps a secret off the command line. */
export const configSet: Action = async (options, key = "", given) => {
  if (options.secret && options.plaintext) throw usage("--secret and --plaintext exclude each other");
  if (given === undefined && process.stdin.isTTY)
    throw usage(`no value for "${key}": give it after the key, or on stdin`);
  const value = given ?? (await textOf(undefined)).replace(/\r?\n$/, "");
  const { project, stack } = await find(options);
  const secret = options.secret ? { crypter: (await openSecretsOf(options)).crypter } : {};
  await setConfig(project, stack, key, value, { path: options.path === true, ...secret });
  return exitCodes.ok;
};

/** config rm <key>. */
export const configRemove: Action = async (options, key = "") => {
  const { project, stack } = await find(options);
  if (!(await removeConfig(project, stack, key, options.path))) throw missing(key, stack);
  return exitCodes.ok;
};

/** stack export: the state as `pulumi stack import` takes it, secrets encrypted unless asked for. */
export const stackExport: Action = async (options) => {
  const { project, backend, stack } = await find(options);
  const crypter = options.showSecrets ? (await openSecretsOf(options)).crypter : undefined;
  const text = await exportState({ backend, project: project.name, stack }, crypter);
  if (options.file === undefined) process.stdout.write(text);
  else await writeFile(options.file, text, { mode: 0o600 });
  return exitCodes.ok;
};

/** stack import: puts an export in the place of the state, which is backed up. */
export const stackImport: Action = async (options) => {
  const text = await textOf(options.file);
  const { project, backend, stack, crypter } = await openSecretsOf(options);
  const backup = await importState(text, {
    place: { backend, project: project.name, stack },
    crypter,
    passphrase: await findPassphrase(process.env),
    force: options.force === true,
    notice: (message) => void process.stderr.write(`warning: ${message}\n`),
  });
  print(`Import complete.${existsSync(backup) ? ` What was there is in ${backup}` : ""}`);
  return exitCodes.ok;
};
