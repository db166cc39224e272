import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { createRequire } from "node:module";
import { EngineError } from "../errors";
import type { Project } from "../project/project";

/** How to start a provider plugin: a command line, or the port of one that runs already. */
export type PluginSource = { command: string; args: string[] } | { port: number };

export const dynamicPackage = "pulumi-nodejs";

/**
 * Finds the plugin of a package where the Pulumi CLI would: PULUMI_DEBUG_PROVIDERS, Pulumi.yaml's plugins section,
 * PATH, PULUMI_HOME/plugins. The provider of dynamic resources comes with the program's own @pulumi/pulumi.
 * Errors: plugin, naming the package, the version and the places searched.
 */
export function findPlugin(
  project: Project,
  pkg: string,
  version: string,
  env: NodeJS.ProcessEnv,
): PluginSource {
  const attached = (env.PULUMI_DEBUG_PROVIDERS ?? "").split(",").map((entry) => entry.split(":"));
  const port = attached.find(([name]) => name === pkg)?.[1];
  if (port) return { port: Number(port) };
  if (pkg === dynamicPackage) {
    return { command: process.execPath, args: [resolveSdk(project, "cmd/dynamic-provider")] };
  }
  const file = `pulumi-resource-${pkg}`;
  const stated = project.pluginPaths[pkg];
  if (stated) {
    const path = isExecutable(stated) && !isDirectory(stated) ? stated : join(stated, file);
    if (isExecutable(path)) return { command: path, args: [] };
    throw new EngineError(
      "plugin",
      `Pulumi.yaml names ${stated} as the plugin of "${pkg}", but ${path} is no executable file`,
    );
  }
  for (const directory of (env.PATH ?? "").split(delimiter)) {
    const path = join(directory || ".", file);
    if (isExecutable(path)) return { command: path, args: [] };
  }
  const home = env.PULUMI_HOME || join(homedir(), ".pulumi");
  const installed = installedVersion(join(home, "plugins"), pkg, version);
  if (installed) return { command: join(installed, file), args: [] };
  throw new EngineError(
    "plugin",
    `no resource plugin "${file}"${version ? ` (version ${version})` : ""} found: ` +
      `searched Pulumi.yaml, PATH and ${join(home, "plugins")}. The embedded engine downloads nothing: ` +
      `put the plugin on PATH, or use the Pulumi CLI.`,
  );
}

/** Resolves a file of the @pulumi/pulumi package the program itself uses. */
export function resolveSdk(project: Project, file: string): string {
  try {
    return createRequire(join(project.programDirectory, "noop.js")).resolve(`@pulumi/pulumi/${file}`);
  } catch (error) {
    throw new EngineError(
      "project",
      `@pulumi/pulumi is not installed for the program in ${project.programDirectory}; run npm ci there`,
      error,
    );
  }
}

function installedVersion(folder: string, pkg: string, version: string): string | undefined {
  const prefix = `resource-${pkg}-v`;
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(prefix)) : [];
  const versions = names
    .map((name) => name.slice(prefix.length))
    .filter((name) => /^\d/.test(name) && !name.includes(".lock"));
  const wanted = version.replace(/^v/, "");
  const chosen = wanted ? versions.find((name) => name === wanted) : versions.sort(compareVersions).at(-1);
  return chosen === undefined ? undefined : join(folder, prefix + chosen);
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/[.+-]/).map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function isDirectory(path: string): boolean {
  return existsSync(join(path, "."));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
