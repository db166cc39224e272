import { z } from "zod";
import { openStack, stackOutputsOf } from "../../local/engine/open";
import { lastUpdateFailed } from "../../local/engine/state/backend";
import type { SourceStack } from "../../operations/promotion/sharedVersion";
import { hasFileBackend } from "./engines/embedded";
import { pulumiOutput } from "./engines/pulumiCli";

const interrupted = "an operation was interrupted";
const failed = "its last update failed";

/** The outputs of a stack, and whether its last update succeeded, from whatever engine keeps its state. Writes nothing. */
export async function readSourceStack(
  cwd: string,
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<SourceStack> {
  return (await hasFileBackend(cwd, env)) ? fromFiles(cwd, stack, env) : fromCli(cwd, stack, env);
}

async function fromFiles(cwd: string, stack: string, env: NodeJS.ProcessEnv): Promise<SourceStack> {
  const { snapshot, backend, project, stack: name } = await openStack(cwd, stack, env);
  const behind =
    snapshot.pending.length > 0
      ? interrupted
      : (await lastUpdateFailed(backend, project.name, name))
        ? failed
        : undefined;
  return { name, outputs: stackOutputsOf(snapshot), ...(behind ? { behind } : {}) };
}

/** `pulumi stack history --json`: the newest first; `result` is succeeded, failed or in-progress (pulumi/pulumi, pkg/backend/display). */
const historySchema = z.array(z.looseObject({ result: z.string() }));

const exportSchema = z.looseObject({
  deployment: z.looseObject({ pending_operations: z.array(z.unknown()).nullish() }),
});

async function fromCli(cwd: string, stack: string, env: NodeJS.ProcessEnv): Promise<SourceStack> {
  const run = async (...words: string[]): Promise<unknown> =>
    JSON.parse(await pulumiOutput([...words, "--stack", stack, "--non-interactive"], cwd, env));
  const [outputs, history, state] = await Promise.all([
    run("stack", "output", "--json"),
    run("stack", "history", "--json", "--page-size", "1", "--page", "1"),
    run("stack", "export"),
  ]);
  const [last] = historySchema.parse(history ?? []);
  const pending = exportSchema.parse(state).deployment.pending_operations ?? [];
  const behind =
    pending.length > 0
      ? interrupted
      : last && last.result !== "succeeded"
        ? last.result === "failed"
          ? failed
          : `its last update is ${last.result}`
        : undefined;
  return { name: stack, outputs: outputs as Record<string, unknown>, ...(behind ? { behind } : {}) };
}
