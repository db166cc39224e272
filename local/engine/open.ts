import { EngineError } from "./errors";
import { readStackSettings, resolveConfig, type Config, type StackSettings } from "./project/config";
import { writeSalt } from "./project/edit";
import { listStackFiles, readProject, type Project } from "./project/project";
import {
  listStates,
  openBackend,
  openState,
  organization,
  prepareBackend,
  readState,
  type Backend,
} from "./state/backend";
import { findPassphrase, openSecrets, type Crypter } from "./state/secrets";
import type { Snapshot } from "./state/state";
import { stackType } from "./values/urn";
import type { Properties } from "./values/values";

export type FoundStack = { project: Project; backend: Backend; stack: string };

export type OpenStack = FoundStack & {
  settings: StackSettings;
  config: Config;
  crypter: Crypter;
  snapshot: Snapshot;
  env: NodeJS.ProcessEnv;
};

/** Names of the project's stacks: those that have a file, and those that have a state in its backend. */
export async function listStacks(project: Project, env: NodeJS.ProcessEnv): Promise<string[]> {
  const files = await listStackFiles(project);
  if (!env.PULUMI_BACKEND_URL && !project.backendUrl) return files;
  const backend = openBackend(env, project.backendUrl, project.root);
  return [...new Set([...files, ...(await listStates(backend, project.name))])].sort();
}

/**
 * Finds a stack of the project that `cwd` is in, by its name or its long name (organization/<project>/<stack>).
 * Errors: project; usage (no name), stack-not-found, both naming the stacks there are.
 */
export async function findStack(
  cwd: string,
  name: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<FoundStack> {
  const project = await readProject(cwd);
  const stack = name?.replace(`${organization}/${project.name}/`, "");
  const known = await listStacks(project, env);
  if (stack === undefined)
    throw new EngineError("usage", `name the stack with --stack (there are: ${known.join(", ") || "none"})`);
  if (!known.includes(stack)) {
    const there =
      known.length > 0
        ? `stacks of project "${project.name}": ${known.join(", ")}`
        : `project "${project.name}" has no stacks yet`;
    throw new EngineError(
      "stack-not-found",
      `no stack named '${stack}' found; ${there}. To make it, create Pulumi.${stack}.yaml`,
    );
  }
  return { project, backend: openBackend(env, project.backendUrl, project.root), stack };
}

/**
 * The secrets of a stack: of its file's salt, else of its state's, else new ones.
 * Errors: passphrase; state-damaged, where the state has to be asked.
 */
export async function openStackSecrets(
  { backend, project, stack }: FoundStack,
  settings: StackSettings,
  env: NodeJS.ProcessEnv,
): Promise<Crypter> {
  const salt = settings.salt ?? (await readState(backend, project.name, stack))?.salt;
  return openSecrets(salt, await findPassphrase(env));
}

/**
 * Reads everything a stack consists of, without writing anything.
 * Errors: those of `findStack`, passphrase, config, state-damaged.
 */
export async function openStack(cwd: string, name: string, env: NodeJS.ProcessEnv): Promise<OpenStack> {
  const found = await findStack(cwd, name, env);
  const settings = await readStackSettings(found.project, found.stack);
  const crypter = await openStackSecrets(found, settings, env);
  const config = resolveConfig(found.project, found.stack, settings, crypter);
  const parts = { ...found, settings, crypter, config, env };
  return { ...parts, snapshot: await readSnapshot(parts) };
}

/** Reads the state again under the lock: it may have changed while another process held it. */
export async function reopenState(opened: OpenStack): Promise<Snapshot> {
  await prepareBackend(opened.backend);
  if (opened.crypter.fresh) await writeSalt(opened.settings, opened.crypter.salt);
  return readSnapshot(opened);
}

async function readSnapshot(from: Omit<OpenStack, "snapshot">): Promise<Snapshot> {
  const file = await readState(from.backend, from.project.name, from.stack);
  if (!file) return { resources: [], pending: [] };
  return openState(file, from.crypter, await findPassphrase(from.env));
}

/** The outputs of the stack itself, secrets marked. */
export function stackOutputsOf(snapshot: Snapshot): Properties {
  const stack = snapshot.resources.find((resource) => resource.type === stackType && !resource.delete);
  return stack?.outputs ?? {};
}
