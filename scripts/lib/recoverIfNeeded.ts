import { findStack } from "../../local/engine/open";
import { lastUpdateFailed, readState } from "../../local/engine/state/backend";
import { runInside } from "./localStack";

/** What an earlier run has left open: nothing, creations that the state records as begun, or possibly more. */
export async function recoveryNeed(
  cwd: string,
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<"none" | "begun" | "planned"> {
  const found = await findStack(cwd, stack, env);
  const state = await readState(found.backend, found.project.name, found.stack);
  if (!state) return "none";
  if (await lastUpdateFailed(found.backend, found.project.name, found.stack)) return "planned";
  return state.pending.some(({ type }) => /^(creating|updating|deleting)$/.test(type)) ? "begun" : "none";
}

/**
 * Before an operation that changes something: takes into the state what an earlier run created and did not record. Does
 * nothing, and starts nothing, if the last run ended well.
 * @returns the exit code: 0 to go on with the operation.
 */
export async function recoverIfNeeded(cwd: string, stack: string, env: NodeJS.ProcessEnv): Promise<number> {
  const need = await recoveryNeed(cwd, stack, env);
  if (need === "none") return 0;
  const { stack: name } = await findStack(cwd, stack, env);
  const argv = ["--stack", name, "--quiet", ...(need === "planned" ? [] : ["--no-planned"])];
  return runInside("scripts/recover.js", argv, env);
}
