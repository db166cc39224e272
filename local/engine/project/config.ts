import { existsSync } from "node:fs";
import { z } from "zod";
import { EngineError, messageOf } from "../errors";
import type { Crypter } from "../state/secrets";
import { anyInside, isObject, rewrite, type Properties, type Value } from "../values/values";
import { stackFile, type ConfigType, type Project } from "./project";
import { readYaml } from "./yaml";

/** One configuration value as programs receive it: text, structured values as JSON text. */
export type ConfigValue = { text: string; secret: boolean; object: boolean };
export type Config = Map<string, ConfigValue>;

/** Pulumi.<stack>.yaml as written; `salt` is its `encryptionsalt`. */
export type StackSettings = { path: string; salt: string | undefined; values: Record<string, unknown> };

export const stackFileSchema = z.looseObject({
  encryptionsalt: z.string().nullish(),
  secretsprovider: z.string().nullish(),
  environment: z.unknown().optional(),
  config: z.looseObject({}, "expected a mapping of keys to values").nullish(),
});

/**
 * A stack without a file has no settings. Errors: config; unsupported (ESC, other secrets providers).
 * @param configFile another file than the stack's own, which must exist.
 */
export async function readStackSettings(
  project: Project,
  stack: string,
  configFile?: string,
): Promise<StackSettings> {
  if (configFile !== undefined && !existsSync(configFile))
    throw new EngineError("config", `there is no file ${configFile}, which --config-file names`);
  const path = configFile ?? stackFile(project, stack);
  const { value: file } = await readYaml(path, stackFileSchema, "config");
  const refuse = (what: string): never => {
    throw new EngineError("unsupported", `${path}: ${what}; use the Pulumi CLI for this stack`);
  };
  if (file.environment !== undefined) refuse("ESC environments are not supported by the embedded engine");
  if (!["passphrase", "default"].includes(file.secretsprovider ?? "default")) {
    refuse(
      `secrets provider "${file.secretsprovider}" is not supported by the embedded engine (only passphrase is)`,
    );
  }
  return { path, salt: file.encryptionsalt ?? undefined, values: file.config ?? {} };
}

/** `name` belongs to the project, `ns:config:name` is an old form of `ns:name`. Errors: config. */
export function fullKey(project: Project, key: string): string {
  const [, namespace = project.name, name] = /^(?:([^:]+):(?:config:)?)?([^:]+)$/.exec(key) ?? [];
  if (name) return `${namespace}:${name}`;
  throw new EngineError(
    "config",
    `"${key}" is not a configuration key; expected <name> or <namespace>:<name>`,
  );
}

/**
 * The file's values, then the defaults of the project's `config:`, checked against the declared types.
 * Errors: config, one message that lists every problem.
 */
export function resolveConfig(
  project: Project,
  stack: string,
  settings: StackSettings,
  crypter: Crypter | undefined,
): Config {
  const config: Config = new Map();
  const problems: string[] = [];
  for (const [key, raw] of Object.entries(settings.values)) {
    const name = fullKey(project, key);
    if (["pulumi:autonaming", "pulumi:disable-default-providers"].includes(name)) {
      throw new EngineError(
        "unsupported",
        `${name} is not supported by the embedded engine; use the Pulumi CLI`,
      );
    }
    // One secret leaf makes the whole value secret.
    let isSecret = false;
    const value = rewrite(raw as Value, (leaf) => {
      if (!isSecure(leaf)) return leaf;
      isSecret = true;
      try {
        if (!crypter) throw new Error("the stack's secrets are not open");
        return crypter.decrypt(String(leaf.secure));
      } catch (error) {
        problems.push(`${name}: its secure value cannot be decrypted (${messageOf(error)})`);
        return null;
      }
    });
    config.set(name, toConfigValue(value, isSecret));
  }
  for (const [key, declared] of Object.entries(project.config)) {
    const name = fullKey(project, key);
    const value = config.get(name);
    const fallback = declared.value ?? declared.default;
    if (value && declared.secret && !value.secret) {
      problems.push(`${name} is declared secret, but not encrypted; use \`config set --secret ${key}\``);
    }
    if (value) problems.push(...typeProblems(name, declared, parseAs(declared, value), value.secret));
    else if (fallback !== undefined) {
      config.set(name, toConfigValue(fallback, declared.secret === true));
      problems.push(...typeProblems(name, declared, fallback, declared.secret === true));
    } else if (declared.type) {
      const hint = declared.description ? ` (${declared.description})` : "";
      problems.push(`${name} is missing${hint}; set it in ${settings.path}`);
    }
  }
  if (problems.length > 0) {
    throw new EngineError(
      "config",
      `configuration of stack "${stack}" is not valid:\n  ${problems.join("\n  ")}`,
    );
  }
  return new Map([...config].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isSecure(value: Value): value is Properties {
  return isObject(value) && typeof value.secure === "string" && Object.keys(value).length === 1;
}

/** True if a value in the stack's file is encrypted, wholly or in part. */
export function hasSecretValues(settings: StackSettings): boolean {
  return anyInside(settings.values as Value, isSecure);
}

function toConfigValue(value: unknown, secret: boolean): ConfigValue {
  const object = typeof value === "object" && value !== null;
  return { text: object ? JSON.stringify(value) : scalarText(value), secret, object };
}

/** Text of a scalar as the Go CLI prints it: numbers with an exponent below 1e-4 and from 1e21 on. */
function scalarText(value: unknown): string {
  if (typeof value !== "number" || Number.isInteger(value)) return value === null ? "" : String(value);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -4 && exponent < 21) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

function parseAs(declared: ConfigType, value: ConfigValue): unknown {
  if (declared.type === "string" && !value.object) return value.text;
  try {
    return JSON.parse(value.text);
  } catch {
    return Number.isFinite(Number(value.text)) && value.text.trim() !== "" ? Number(value.text) : value.text;
  }
}

const matches: Record<NonNullable<ConfigType["type"]>, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

function typeProblems(name: string, { type, items }: ConfigType, value: unknown, hidden: boolean): string[] {
  if (!type) return [];
  if (!matches[type](value)) {
    const seen = hidden ? "[secret]" : JSON.stringify(value);
    return [`${name}: expected ${/^[aeiou]/.test(type) ? "an" : "a"} ${type}, got ${seen}`];
  }
  if (!Array.isArray(value) || !items) return [];
  return value.flatMap((item, index) => typeProblems(`${name}[${index}]`, items, item, hidden));
}

type ConfigLine = { key: string; value: string; secret: boolean; object: boolean };

/** The configuration for people to read; the project's own keys lose their namespace. */
export function listConfig(project: Project, config: Config, showSecrets = false): ConfigLine[] {
  return [...config].map(([key, { text, secret, object }]) => ({
    key: key.startsWith(`${project.name}:`) ? key.slice(project.name.length + 1) : key,
    value: secret && !showSecrets ? "[secret]" : text,
    ...{ secret, object },
  }));
}
