import {
  listStates,
  openBackend,
  organization,
  prepareBackend,
  readState,
  type Backend,
} from "./state/backend";
import { decryptCheckpoint } from "./state/checkpoint";
import { findPassphrase, openSecrets } from "./state/secrets";
import type { Snapshot } from "./state/state";
import { EngineError } from "./errors";
import { readStackSettings, resolveConfig, writeSalt, type Config } from "./project/config";
import { listStackFiles, readProject, type Project } from "./project/project";
import { stackType } from "./values/urn";
import type { Properties } from "./values/values";

export type OpenStack = {
  project: Project;
  backend: Backend;
  config: Config;
  crypter: Awaited<ReturnType<typeof openSecrets>>;
  settings: Awaited<ReturnType<typeof readStackSettings>>;
  snapshot: Snapshot;
  env: NodeJS.ProcessEnv;
};

export type FoundStack = { project: Project; backend: Backend; stack: string };

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
 * Reads everything a stack consists of, without writing anything.
 * Errors: stack-not-found (names those there are), project, config, passphrase, state-damaged.
 */
export async function openStack(cwd: string, stack: string, env: NodeJS.ProcessEnv): Promise<OpenStack> {
  const { project, backend } = await findStack(cwd, stack, env);
  const raw = await readState(backend, project.name, stack);
  const settings = await readStackSettings(project, stack);
  const crypter = await openSecrets(settings.salt ?? raw?.salt, await findPassphrase(env));
  const stateCrypter =
    raw?.salt && raw.salt !== crypter.salt ? await openSecrets(raw.salt, await findPassphrase(env)) : crypter;
  const snapshot = raw ? decryptCheckpoint(raw, stateCrypter) : { resources: [], pending: [] };
  return {
    project,
    backend,
    config: resolveConfig(project, stack, settings, crypter),
    crypter,
    settings,
    snapshot,
    env,
  };
}

/** Reads the state again under the lock: it may have changed while another process held it. */
export async function reopenState(opened: OpenStack, stack: string): Promise<Snapshot> {
  await prepareBackend(opened.backend);
  const raw = await readState(opened.backend, opened.project.name, stack);
  if (opened.crypter.fresh) await writeSalt(opened.settings, opened.crypter.salt);
  return raw ? decryptCheckpoint(raw, opened.crypter) : opened.snapshot;
}

/** The outputs of the stack itself, secrets marked. */
export function stackOutputsOf(snapshot: Snapshot): Properties {
  const stack = snapshot.resources.find((resource) => resource.type === stackType && !resource.delete);
  return stack?.outputs ?? {};
}
