import { findPassphrase } from "../../../local/engine/state/secrets";
import { findStack, openStackSecrets, prepareStack } from "../../../local/engine/open";
import { readStackSettings } from "../../../local/engine/project/config";
import { readProject } from "../../../local/engine/project/project";
import { runOperation, type RunOptions } from "../../../local/engine/run";
import { exportState, importState } from "../../../local/engine/state/exchange";
import { isSecret, rewriteAll } from "../../../local/engine/values/values";
import { exportedState, type StateResource } from "../../../operations/recovery/deployment";
import type { StackEngine } from "../../../operations/recovery/recover";

/**
 * The embedded engine as the recovery sees it.
 * @param cwd the project's directory.
 * @param run runs the engine; default: in this process, with plugins in their own.
 */
export function embeddedEngine(
  cwd: string,
  stack: string,
  env: NodeJS.ProcessEnv,
  run: (options: RunOptions & { operation: "preview" }) => Promise<unknown> = runOperation,
): StackEngine {
  const place = async () => {
    const { project, backend, stack: name } = await findStack(cwd, stack, env);
    return { backend, project: project.name, stack: name };
  };
  return {
    exportState: async () => exportedState.parse(JSON.parse(await exportState(await place()))),
    importState: async (state) => {
      const found = await findStack(cwd, stack, env);
      const settings = await readStackSettings(found.project, found.stack);
      await importState(JSON.stringify(state), {
        place: await place(),
        crypter: await openStackSecrets(found, settings, env),
        passphrase: await findPassphrase(env),
        force: false,
        notice: (message) => {
          // The creations that it forgets are those that were examined.
          if (!message.startsWith("removing pending operation"))
            process.stderr.write(`warning: ${message}\n`);
        },
      });
    },
    plannedCreations: async () => {
      const created: StateResource[] = [];
      await run({
        operation: "preview",
        stack,
        cwd,
        env,
        display: "silent",
        onEvent: (event) => {
          if (event.kind !== "step-done" || !event.step.operation.startsWith("create")) return;
          const { next } = event.step;
          if (!next?.type.startsWith("azure-native:")) return;
          // As `pulumi preview --json` prints it.
          const inputs = rewriteAll(next.inputs ?? {}, (value) => (isSecret(value) ? "[secret]" : value));
          created.push({ ...next, inputs, dependencies: next.dependencies ?? [] } as StateResource);
        },
      });
      return created;
    },
  };
}

/** The stack's settings, by their full key. */
export async function embeddedConfig(
  cwd: string,
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<(key: string) => string | undefined> {
  const { config } = await prepareStack(cwd, stack, env);
  return (key) => config.get(key)?.text;
}

/** Whether the stacks are kept in files, which the embedded engine can read and write. */
export async function hasFileBackend(cwd: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { backendUrl } = await readProject(cwd);
  return (env.PULUMI_BACKEND_URL || backendUrl || "").startsWith("file://");
}
