import { existsSync, statSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { EngineError, messageOf, systemCode } from "../errors";

export type ConfigType = {
  type?: "string" | "boolean" | "integer" | "number" | "array" | "object";
  items?: ConfigType;
  default?: unknown;
  value?: unknown;
  secret?: boolean;
  description?: string;
};

/** What the engine needs of Pulumi.yaml. */
export type Project = {
  name: string;
  /** Directory of Pulumi.yaml. */
  root: string;
  /** Working directory of program and providers, and the entry point relative to it. */
  programDirectory: string;
  entry: string;
  runtimeOptions: Record<string, unknown>;
  config: Record<string, ConfigType>;
  backendUrl: string | undefined;
  stackConfigDirectory: string;
  pluginPaths: Record<string, string>;
  alwaysRefresh: boolean;
};

/**
 * Parses a YAML file that holds one mapping; an empty file is an empty mapping.
 * Errors: project or config, with file, line and column of what is malformed.
 */
export async function readYaml(path: string, code: "project" | "config"): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new EngineError(code, `${path} cannot be read: ${messageOf(error)}`, error);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const first = document.errors[0];
  if (first) {
    const { line, col } = lines.linePos(first.pos[0]);
    throw new EngineError(code, `${path}:${line}:${col}: malformed YAML: ${first.message}`, first);
  }
  const value: unknown = document.toJS() ?? {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new EngineError(
      code,
      `${path}:1:1: expected a mapping (key: value), found ${JSON.stringify(value).slice(0, 40)}`,
    );
  }
  return value as Record<string, unknown>;
}

function fileIn(directory: string, base: string): string | undefined {
  return [`${base}.yaml`, `${base}.yml`]
    .map((name) => join(directory, name))
    .find((path) => existsSync(path));
}

/**
 * Reads the project that `cwd` is in (Pulumi.yaml there or in a directory above).
 * Errors: project (none found, malformed, no name, a runtime other than nodejs), unsupported (policies the engine lacks).
 */
export async function readProject(cwd: string): Promise<Project> {
  let directory = resolve(cwd);
  let path = fileIn(directory, "Pulumi");
  while (!path && dirname(directory) !== directory) {
    directory = dirname(directory);
    path = fileIn(directory, "Pulumi");
  }
  if (!path) throw new EngineError("project", `no Pulumi.yaml in ${resolve(cwd)} or a directory above it`);
  const file = await readYaml(path, "project");
  const problem = (text: string): EngineError => new EngineError("project", `${path}: ${text}`);
  if (typeof file.name !== "string" || file.name === "") throw problem('"name" is missing');
  const runtime = typeof file.runtime === "string" ? { name: file.runtime } : asRecord(file.runtime);
  if (runtime.name !== "nodejs") {
    throw problem(
      `runtime "${String(runtime.name)}" is not known to the embedded engine; it runs nodejs programs`,
    );
  }
  const main = typeof file.main === "string" ? resolve(directory, file.main) : directory;
  if (typeof file.main === "string" && !existsSync(main)) throw problem(`main "${file.main}" does not exist`);
  const isFile = typeof file.main === "string" && statSync(main).isFile();
  const options = asRecord(runtime.options);
  const refuse = ["transpileOnly"].find((name) => name in options);
  if (refuse) throw problem(`runtime option "${refuse}" is not known`);
  return {
    name: file.name,
    root: directory,
    programDirectory: isFile ? dirname(main) : main,
    entry: isFile ? main.slice(dirname(main).length + 1) : ".",
    runtimeOptions: options,
    config: projectConfig(file.config, problem),
    backendUrl: text(asRecord(file.backend).url),
    stackConfigDirectory: resolve(directory, text(file.stackConfigDir) ?? text(file.config) ?? "."),
    pluginPaths: pluginPaths(file.plugins, directory),
    alwaysRefresh: asRecord(file.options).refresh === "always",
  };
}

function projectConfig(value: unknown, problem: (text: string) => EngineError): Record<string, ConfigType> {
  if (value === undefined || value === null || typeof value === "string") return {};
  if (typeof value !== "object" || Array.isArray(value)) throw problem('"config" is not a mapping');
  const types = ["string", "boolean", "integer", "number", "array", "object"];
  const entries = Object.entries(value).map(([key, entry]): [string, ConfigType] => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
      return [key, key.includes(":") ? { value: entry } : { default: entry }];
    }
    const type = (entry as ConfigType).type;
    if (type !== undefined && !types.includes(type)) {
      throw problem(`config "${key}" has type "${type}"; allowed: ${types.join(", ")}`);
    }
    return [key, entry as ConfigType];
  });
  return Object.fromEntries(entries);
}

function pluginPaths(value: unknown, directory: string): Record<string, string> {
  const providers = asRecord(value).providers;
  const paths: Record<string, string> = {};
  for (const entry of Array.isArray(providers) ? providers : []) {
    const { name, path } = asRecord(entry);
    if (typeof name === "string" && typeof path === "string") paths[name] = resolve(directory, path);
  }
  return paths;
}

export function stackFile(project: Project, stack: string): string {
  return (
    fileIn(project.stackConfigDirectory, `Pulumi.${stack}`) ??
    join(project.stackConfigDirectory, `Pulumi.${stack}.yaml`)
  );
}

/** Names of the stacks that have a Pulumi.<stack>.yaml. */
export async function listStackFiles(project: Project): Promise<string[]> {
  try {
    const names = await readdir(project.stackConfigDirectory);
    return names.flatMap((name) => /^Pulumi\.(.+)\.ya?ml$/.exec(name)?.[1] ?? []).sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
