import { findStack, type FoundStack } from "../../local/engine/open";
import { lastUpdateFailed, readState } from "../../local/engine/state/backend";
import { runInside } from "./localStack";

/** What an earlier run has left open: nothing, creations that the state records as begun, or possibly more. */
export async function recoveryNeed({
  backend,
  project,
  stack,
}: FoundStack): Promise<"none" | "begun" | "planned"> {
  const state = await readState(backend, project.name, stack);
  if (!state) return "none";
  if (await lastUpdateFailed(backend, project.name, stack)) return "planned";
  return state.pending.some(({ type }) => /^(creating|updating|deleting)$/.test(type)) ? "begun" : "none";
}

/**
 * Before an operation that changes something: takes into the state what an earlier run created and did not record. Does
 * nothing, and starts nothing, if the last run ended well and nothing else is asked for.
 * @param vanished before a refresh: also removes what was deleted outside the stack and what the refresh would fail on.
 * @returns the exit code: 0 to go on with the operation.
 */
export async function recoverIfNeeded(
  cwd: string,
  stack: string,
  env: NodeJS.ProcessEnv,
  { vanished = false }: { vanished?: boolean } = {},
): Promise<number> {
  const found = await findStack(cwd, stack, env);
  const need = await recoveryNeed(found);
  if (need === "none" && !vanished) return 0;
  const argv = ["--stack", found.stack, "--quiet"];
  if (need !== "planned") argv.push("--no-planned");
  if (vanished) argv.push("--vanished");
  const code = await runInside("scripts/recover.js", argv, env);
  // A refresh after a run that ended well reports by itself what keeps Azure from answering.
  return need === "none" ? 0 : code;
}
