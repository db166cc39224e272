import { EngineError } from "./errors";
import {
  hasSecretValues,
  readStackSettings,
  resolveConfig,
  type Config,
  type StackSettings,
} from "./project/config";
import { listStackFiles, readProject, type Project } from "./project/project";
import {
  listStates,
  openBackend,
  openState,
  organization,
  readState,
  type Backend,
  type StateFile,
} from "./state/backend";
import { findPassphrase, openSecrets, type Crypter } from "./state/secrets";
import type { Snapshot } from "./state/state";
import { stackType } from "./values/urn";
import type { Properties } from "./values/values";

export type FoundStack = { project: Project; backend: Backend; stack: string };

export type PreparedStack = FoundStack & {
  settings: StackSettings;
  config: Config;
  env: NodeJS.ProcessEnv;
  secrets: Promise<Crypter>;
  mask(text: string): string;
};

type OpenStack = PreparedStack & { crypter: Crypter; snapshot: Snapshot };

/** Names of the project's stacks: those with a file, and those with a state in its backend. */
export async function listStacks(project: Project, env: NodeJS.ProcessEnv): Promise<string[]> {
  const files = await listStackFiles(project);
  if (!env.PULUMI_BACKEND_URL && !project.backendUrl) return files;
  const backend = openBackend(env, project.backendUrl, project.root);
  return [...new Set([...files, ...(await listStates(backend, project.name))])].sort();
}

/**
 * By its name or organization/<project>/<stack>. Errors: project; usage and stack-not-found, with the names.
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
      `no stack named '${stack}' found; ${there}. To create it, create Pulumi.${stack}.yaml`,
    );
  }
  return { project, backend: openBackend(env, project.backendUrl, project.root), stack };
}

/** With the salt of its file, else of its state, else a new one. Errors: passphrase; state-damaged. */
export async function openStackSecrets(
  { backend, project, stack }: FoundStack,
  settings: StackSettings,
  env: NodeJS.ProcessEnv,
): Promise<Crypter> {
  const salt = settings.salt ?? (await readState(backend, project.name, stack))?.salt;
  return openSecrets(salt, await findPassphrase(env));
}

/**
 * Deriving the key takes a third of a second in the background; it is awaited here only if the configuration
 * has secrets. Errors: those of `findStack`, config, passphrase.
 * @param configFile file with the stack's settings; default: the stack's own.
 */
export async function prepareStack(
  cwd: string,
  name: string,
  env: NodeJS.ProcessEnv,
  configFile?: string,
): Promise<PreparedStack> {
  const found = await findStack(cwd, name, env);
  const settings = await readStackSettings(found.project, found.stack, configFile);
  const secrets = openStackSecrets(found, settings, env);
  let crypter: Crypter | undefined;
  const opened = secrets.then((ready) => (crypter = ready));
  if (hasSecretValues(settings)) await opened;
  else opened.catch(() => undefined);
  const config = resolveConfig(found.project, found.stack, settings, crypter);
  return { ...found, settings, config, env, secrets, mask: (text) => crypter?.mask(text) ?? text };
}

/** Writes nothing. Errors: those of `prepareStack`, passphrase, state-damaged. */
export async function openStack(cwd: string, name: string, env: NodeJS.ProcessEnv): Promise<OpenStack> {
  const prepared = await prepareStack(cwd, name, env);
  const file = await readState(prepared.backend, prepared.project.name, prepared.stack);
  const crypter = await prepared.secrets;
  return { ...prepared, crypter, snapshot: await openSnapshot(file, crypter, env) };
}

/** The state in a file, or an empty one if the stack has no file yet. Errors: passphrase, state-damaged. */
export async function openSnapshot(
  file: StateFile | undefined,
  crypter: Crypter,
  env: NodeJS.ProcessEnv,
): Promise<Snapshot> {
  if (!file) return { resources: [], pending: [] };
  return openState(file, crypter, await findPassphrase(env));
}

export function stackOutputsOf(snapshot: Snapshot): Properties {
  const stack = snapshot.resources.find((resource) => resource.type === stackType && !resource.delete);
  return stack?.outputs ?? {};
}
