import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { writeAtomically } from "../state/backend";
import { EngineError, messageOf } from "../errors";
import { readYaml, stackFile, type ConfigType, type Project } from "./project";
import type { Crypter } from "../state/secrets";

/** One configuration value as programs get it: text, structured values as JSON text. */
export type ConfigValue = { text: string; secret: boolean; object: boolean };
export type Config = Map<string, ConfigValue>;

/** Pulumi.<stack>.yaml as written. */
export type StackSettings = { path: string; salt: string | undefined; values: Record<string, unknown> };

/**
 * Reads Pulumi.<stack>.yaml; a stack without one has no settings.
 * Errors: config (malformed, with line and column), unsupported (ESC environments, other secrets providers).
 */
export async function readStackSettings(project: Project, stack: string): Promise<StackSettings> {
  const path = stackFile(project, stack);
  if (!existsSync(path)) return { path, salt: undefined, values: {} };
  const file = await readYaml(path, "config");
  const refuse = (what: string): never => {
    throw new EngineError("unsupported", `${path}: ${what}; use the Pulumi CLI for this stack`);
  };
  if (file.environment !== undefined) refuse("ESC environments are not known to the embedded engine");
  if (typeof file.secretsprovider === "string" && !["passphrase", "default"].includes(file.secretsprovider)) {
    refuse(`secrets provider "${file.secretsprovider}" is not known to the embedded engine (passphrase is)`);
  }
  const config = file.config ?? {};
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new EngineError("config", `${path}: "config" is not a mapping of keys to values`);
  }
  const salt = typeof file.encryptionsalt === "string" ? file.encryptionsalt : undefined;
  return { path, salt, values: config as Record<string, unknown> };
}

/** Adds a fresh `encryptionsalt` to the stack file, whose other lines stay as they are. */
export async function writeSalt(settings: StackSettings, salt: string): Promise<void> {
  if (settings.salt !== undefined) return;
  const before = existsSync(settings.path) ? await readFile(settings.path, "utf8") : "";
  await writeAtomically(settings.path, `encryptionsalt: ${salt}\n${before}`);
}

/**
 * The configuration of a stack: its file's values, then the project's `config:` section for what is left out, all
 * checked against the declared types. Bare keys belong to the project's namespace.
 * Errors: config, one message that lists every problem (key, value seen, type expected).
 */
export function resolveConfig(
  project: Project,
  stack: string,
  settings: StackSettings,
  crypter: Crypter,
): Config {
  const config: Config = new Map();
  const problems: string[] = [];
  const qualify = (key: string): string => (key.includes(":") ? key : `${project.name}:${key}`);
  const decrypt = (key: string, text: string): string => {
    try {
      return crypter.decrypt(text);
    } catch (error) {
      problems.push(`${key}: its secure value cannot be decrypted (${messageOf(error)})`);
      return "";
    }
  };
  for (const [key, raw] of Object.entries(settings.values)) {
    const name = qualify(key);
    const opened = openValue(raw, (text) => decrypt(name, text));
    config.set(name, toConfigValue(opened.value, opened.secret));
  }
  for (const [key, declared] of Object.entries(project.config)) {
    const name = qualify(key);
    const fallback = declared.value ?? declared.default;
    if (!config.has(name)) {
      if (fallback !== undefined) config.set(name, toConfigValue(fallback, declared.secret === true));
      else if (declared.type) {
        const hint = declared.description ? ` (${declared.description})` : "";
        problems.push(`${name} is missing${hint}; set it in ${settings.path}`);
      }
    }
    const value = config.get(name);
    if (value && declared.type)
      problems.push(...typeProblems(name, declared, parseAs(declared, value), value.secret));
  }
  if (problems.length > 0) {
    throw new EngineError(
      "config",
      `configuration of stack "${stack}" is not valid:\n  ${problems.join("\n  ")}`,
    );
  }
  return new Map([...config].sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Opened = { value: unknown; secret: boolean };

function openValue(raw: unknown, decrypt: (text: string) => string): Opened {
  if (Array.isArray(raw)) {
    const items = raw.map((item) => openValue(item, decrypt));
    return { value: items.map((item) => item.value), secret: items.some((item) => item.secret) };
  }
  if (typeof raw !== "object" || raw === null) return { value: raw, secret: false };
  const { secure } = raw as { secure?: unknown };
  if (typeof secure === "string" && Object.keys(raw).length === 1)
    return { value: decrypt(secure), secret: true };
  const entries = Object.entries(raw).map(([key, item]) => [key, openValue(item, decrypt)] as const);
  return {
    value: Object.fromEntries(entries.map(([key, item]) => [key, item.value])),
    secret: entries.some(([, item]) => item.secret),
  };
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
  if (declared.type === "string") return value.object ? JSON.parse(value.text) : value.text;
  try {
    return JSON.parse(value.text);
  } catch {
    return Number.isFinite(Number(value.text)) && value.text.trim() !== "" ? Number(value.text) : value.text;
  }
}

function typeProblems(name: string, declared: ConfigType, value: unknown, hidden: boolean): string[] {
  const matches: Record<NonNullable<ConfigType["type"]>, (value: unknown) => boolean> = {
    string: (v) => typeof v === "string",
    boolean: (v) => typeof v === "boolean",
    integer: (v) => Number.isInteger(v),
    number: (v) => typeof v === "number",
    array: Array.isArray,
    object: (v) => typeof v === "object" && v !== null && !Array.isArray(v),
  };
  if (!declared.type) return [];
  if (!matches[declared.type](value)) {
    const seen = hidden ? "[secret]" : JSON.stringify(value);
    return [`${name}: expected ${/^[aeiou]/.test(declared.type) ? "an" : "a"} ${declared.type}, got ${seen}`];
  }
  if (!Array.isArray(value) || !declared.items) return [];
  return value.flatMap((item, index) =>
    typeProblems(`${name}[${index}]`, declared.items as ConfigType, item, hidden),
  );
}
