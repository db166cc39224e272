import { findStack } from "../../local/engine/open";
import { lastUpdateFailed, readState } from "../../local/engine/state/backend";

/** Nothing, creations that the state records as begun, or possibly more. */
export type RecoveryNeed = "none" | "begun" | "planned";

/** What an earlier run of a stack has left open. Reads its state only. */
export async function recoveryNeed(
  cwd: string,
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<RecoveryNeed> {
  const { backend, project, stack: name } = await findStack(cwd, stack, env);
  const state = await readState(backend, project.name, name);
  if (!state) return "none";
  if (await lastUpdateFailed(backend, project.name, name)) return "planned";
  return state.pending.some(({ type }) => /^(creating|updating|deleting)$/.test(type)) ? "begun" : "none";
}
