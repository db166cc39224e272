import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { EngineError } from "../errors";
import type { Project } from "../project/project";

/** How to start a provider plugin: a command line, or the port of one that is already running. */
export type PluginSource = { command: string; args: string[] } | { port: number };

export const dynamicPackage = "pulumi-nodejs";

/** The compiled preload.ts. Tests run the sources and take it from dist/. */
const preload = __filename.endsWith(".js")
  ? join(__dirname, "preload.js")
  : resolve(__dirname, "../../../dist/local/engine/plugin/preload.js");

/**
 * For processes that run Pulumi's own code: the project's `nodeargs`, split like a shell does, and the
 * preload.
 */
export function nodeOptions({ runtimeOptions }: Pick<Project, "runtimeOptions">): string[] {
  const { nodeargs } = runtimeOptions;
  const words = typeof nodeargs === "string" ? nodeargs.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) : null;
  const given = (words ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
  // One word, because Pulumi's runner takes the two words `--require x` for a loader of the program.
  return [...given, `--require=${preload}`];
}

/**
 * Searches as the Pulumi CLI does: PULUMI_DEBUG_PROVIDERS, the plugins section of Pulumi.yaml, PATH (unless
 * PULUMI_IGNORE_AMBIENT_PLUGINS is set), PULUMI_HOME/plugins. Errors: plugin, with the places searched.
 */
export function findPlugin(
  project: Project,
  pkg: string,
  version: string,
  env: NodeJS.ProcessEnv,
): PluginSource {
  const attached = attachedPort(pkg, env.PULUMI_DEBUG_PROVIDERS ?? "");
  if (attached !== undefined) return { port: attached };
  if (pkg === dynamicPackage) {
    return {
      command: process.execPath,
      args: [...nodeOptions(project), resolveSdk(project, "cmd/dynamic-provider")],
    };
  }
  const file = `pulumi-resource-${pkg}`;
  const stated = project.pluginPaths[pkg];
  const home = join(env.PULUMI_HOME || join(homedir(), ".pulumi"), "plugins");
  const onPath = env.PULUMI_IGNORE_AMBIENT_PLUGINS ? [] : (env.PATH ?? "").split(delimiter);
  const candidates = stated
    ? [stated, join(stated, file)]
    : [...onPath.map((directory) => join(directory || ".", file)), ...installed(home, pkg, version, file)];
  const found = candidates.find(isExecutable);
  if (found) return { command: found, args: [] };
  const what = `the resource plugin of package "${pkg}" (${file}${version && `, version ${version}`}) was not found`;
  throw new EngineError(
    "plugin",
    stated
      ? `${what}: Pulumi.yaml names ${stated} as its location, but neither that nor ${file} in it is an executable file. ` +
          `Correct plugins.providers in Pulumi.yaml.`
      : `${what}. Searched: Pulumi.yaml (plugins.providers has no "${pkg}"), PATH${onPath.length ? "" : " (ignored because PULUMI_IGNORE_AMBIENT_PLUGINS is set)"} and ${home} ` +
          `(${inHome(home, pkg)}). The embedded engine downloads nothing: put the plugin on PATH, name its folder in Pulumi.yaml, or use the Pulumi CLI.`,
  );
}

/** From the program's own @pulumi/pulumi. Errors: project, if it is not installed. */
export function resolveSdk({ programDirectory }: Pick<Project, "programDirectory">, file: string): string {
  try {
    return createRequire(join(programDirectory, "noop.js")).resolve(`@pulumi/pulumi/${file}`);
  } catch (error) {
    throw new EngineError(
      "project",
      `@pulumi/pulumi is not installed for the program in ${programDirectory}; run npm ci there`,
      error,
    );
  }
}

/** Of a provider under a debugger: PULUMI_DEBUG_PROVIDERS=name:port,name:port. */
function attachedPort(pkg: string, list: string): number | undefined {
  const text = list
    .split(",")
    .map((entry) => entry.trim().split(":"))
    .find(([name]) => name === pkg)?.[1];
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new EngineError(
    "plugin",
    `PULUMI_DEBUG_PROVIDERS gives "${text}" as the port of "${pkg}"; expected ${pkg}:<port>`,
  );
}

/** Where the Pulumi CLI would have installed the plugin: exactly the requested version, or the newest one. */
function installed(home: string, pkg: string, version: string, file: string): string[] {
  const newest = (a: string, b: string): number => b.localeCompare(a, "en", { numeric: true });
  const wanted = version.replace(/^v/, "");
  const versions = installedVersions(home, pkg).filter((name) => wanted === "" || name === wanted);
  return versions.sort(newest).map((name) => join(home, `resource-${pkg}-v${name}`, file));
}

function installedVersions(home: string, pkg: string): string[] {
  const prefix = `resource-${pkg}-v`;
  const names = existsSync(home) ? readdirSync(home).filter((name) => name.startsWith(prefix)) : [];
  return names
    .map((name) => name.slice(prefix.length))
    .filter((name) => /^\d[^/]*(?<!\.lock|\.partial)$/.test(name));
}

function inHome(home: string, pkg: string): string {
  const versions = installedVersions(home, pkg);
  return versions.length > 0 ? `there: ${versions.join(", ")}` : "no version of this package there";
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
