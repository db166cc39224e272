import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import * as path from "node:path";
import { ensureCloud } from "../../local/cloud/client/daemon";
import { localEnvironment } from "../../local/cloud/client/environment";

/** The project's root: where the command was called if that holds a project, else where these scripts were built. */
export const projectRoot = existsSync(path.join(process.cwd(), "Pulumi.yaml"))
  ? process.cwd()
  : path.resolve(__dirname, "..", "..", "..");

/** The name of the stack that lives on the local cloud. */
export const localStack = "local";

/** The stack named by `--stack S`, `--stack=S` or `-s S`; default: the local one. */
export function stackOf(argv: readonly string[]): string {
  for (const [index, argument] of argv.entries()) {
    if (argument === "--stack" || argument === "-s") {
      return argv[index + 1] ?? localStack;
    }
    if (argument.startsWith("--stack=")) {
      return argument.slice("--stack=".length);
    }
  }
  return localStack;
}

/**
 * The environment a stack's processes run in. For the local stack: the local cloud is started if need be, and the
 * environment points at it and nowhere else. Any other stack gets the caller's environment unchanged.
 */
export async function environmentOf(stack: string): Promise<NodeJS.ProcessEnv> {
  if (stack !== localStack) {
    return { ...process.env };
  }
  await ensureCloud({ root: projectRoot, onProgress: (line) => process.stderr.write(`${line}\n`) });
  return localEnvironment(process.env, projectRoot);
}

/**
 * Runs one of our compiled scripts as a child with the given environment (a certificate authority in NODE_EXTRA_CA_CERTS is
 * read only when a process starts) and resolves with its exit code. Interrupts are left to the child, which shares
 * the terminal.
 */
export function runChild(script: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(projectRoot, "dist", script), ...argv], {
      cwd: projectRoot,
      env,
      stdio: "inherit",
    });
    const swallow = (): void => undefined;
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on("SIGINT", swallow);
    process.on("SIGTERM", forward);
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      process.off("SIGINT", swallow);
      process.off("SIGTERM", forward);
      resolve(code ?? 128 + (signal ? (constants.signals[signal] ?? 0) : 0));
    });
  });
}
