import { runInside } from "./localStack";

/** After a failed update: deletes a new deployment that failed, because it bills and serves nobody, and prints the end of its log. */
export async function tidyAfterFailure(stack: string, env: NodeJS.ProcessEnv): Promise<void> {
  await runInside("scripts/recover.js", ["--stack", stack, "--failed-only", "--quiet"], env);
}
