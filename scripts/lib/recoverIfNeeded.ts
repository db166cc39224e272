import { findStack } from "../../local/engine/open";
import { lastUpdateFailed, readState } from "../../local/engine/state/backend";
import { runInside } from "./localStack";

/**
 * Before an operation that changes something: takes into the state what an earlier run created and did not record. Does
 * nothing, and starts nothing, if the last run ended well.
 * @returns the exit code: 0 to go on with the operation.
 */
export async function recoverIfNeeded(cwd: string, stack: string, env: NodeJS.ProcessEnv): Promise<number> {
  const found = await findStack(cwd, stack, env);
  const state = await readState(found.backend, found.project.name, found.stack);
  if (!state) return 0;
  const isPending = state.pending.some(({ type }) => type === "creating");
  const hasFailed = await lastUpdateFailed(found.backend, found.project.name, found.stack);
  if (!isPending && !hasFailed) return 0;
  const argv = ["--stack", found.stack, "--quiet", ...(hasFailed ? [] : ["--no-planned"])];
  return runInside("scripts/recover.js", argv, env);
}
