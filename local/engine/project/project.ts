import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { EngineError, systemCode } from "../errors";
import { readYaml } from "./yaml";

export type ConfigType = {
  type?: "string" | "boolean" | "integer" | "number" | "array" | "object";
  items?: ConfigType;
  default?: unknown;
  value?: unknown;
  secret?: boolean;
  description?: string;
};

const configType: z.ZodType<ConfigType> = z.looseObject({
  type: z.enum(["string", "boolean", "integer", "number", "array", "object"]).optional(),
  items: z.lazy(() => configType).optional(),
  default: z.unknown().optional(),
  value: z.unknown().optional(),
  secret: z.boolean().optional(),
  description: z.string().optional(),
});
/** A key may be declared, or have its value directly. */
const declared = z.preprocess(
  (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? value : { default: value },
  configType,
);
const text = z.string().min(1);
const schema = z.looseObject({
  name: text,
  runtime: z.union(
    [
      text.transform((name) => ({ name, options: {} })),
      z.looseObject({ name: text, options: z.looseObject({}).nullish() }),
    ],
    { error: "expected nodejs, or a mapping with name and options" },
  ),
  main: text.nullish(),
  config: z.union([text, z.record(z.string(), declared)]).nullish(),
  backend: z.looseObject({ url: text.nullish() }).nullish(),
  stackConfigDir: text.nullish(),
  plugins: z
    .looseObject({ providers: z.array(z.looseObject({ name: text, path: text.nullish() })).nullish() })
    .nullish(),
  options: z.looseObject({ refresh: z.string().nullish() }).nullish(),
});

export type Project = {
  name: string;
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

function fileIn(directory: string, base: string): string | undefined {
  return [`${base}.yaml`, `${base}.yml`]
    .map((name) => join(directory, name))
    .find((path) => existsSync(path));
}

/** Pulumi.yaml at `cwd` or above. Errors: project, with line and column; also for other runtimes. */
export async function readProject(cwd: string): Promise<Project> {
  let root = resolve(cwd);
  while (!fileIn(root, "Pulumi") && dirname(root) !== root) root = dirname(root);
  const path = fileIn(root, "Pulumi");
  if (!path) throw new EngineError("project", `no Pulumi.yaml in ${resolve(cwd)} or a directory above it`);
  const { value: file } = await readYaml(path, schema, "project");
  const { name: runtime, options } = file.runtime;
  if (runtime !== "nodejs") {
    throw new EngineError(
      "project",
      `${path}: runtime "${runtime}" is not supported by the embedded engine, which runs nodejs programs`,
    );
  }
  const main = resolve(root, file.main ?? ".");
  if (!existsSync(main)) throw new EngineError("project", `${path}: main "${file.main}" does not exist`);
  const isFile = statSync(main).isFile();
  const providers = file.plugins?.providers ?? [];
  return {
    name: file.name,
    root,
    programDirectory: isFile ? dirname(main) : main,
    entry: isFile ? basename(main) : ".",
    runtimeOptions: options ?? {},
    config: typeof file.config === "object" ? (file.config ?? {}) : {},
    backendUrl: file.backend?.url ?? undefined,
    stackConfigDirectory: resolve(
      root,
      file.stackConfigDir ?? (typeof file.config === "string" ? file.config : "."),
    ),
    pluginPaths: Object.fromEntries(
      providers.flatMap(({ name, path: place }) => (place ? [[name, resolve(root, place)]] : [])),
    ),
    alwaysRefresh: file.options?.refresh === "always",
  };
}

/** The path of a stack's file, which may not exist. */
export function stackFile(project: Project, stack: string): string {
  const base = `Pulumi.${stack}`;
  return fileIn(project.stackConfigDirectory, base) ?? join(project.stackConfigDirectory, `${base}.yaml`);
}

export async function listStackFiles(project: Project): Promise<string[]> {
  try {
    const names = await readdir(project.stackConfigDirectory);
    return names.flatMap((name) => /^Pulumi\.(.+)\.ya?ml$/.exec(name)?.[1] ?? []).sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
