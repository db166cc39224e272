import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import * as path from "node:path";
import { ensureCloud } from "../../local/cloud/client/daemon";
import { localEnvironment } from "../../local/cloud/client/environment";
import { isOnLocalCloud, localStack } from "./stackPlace";

/** The project's root: the working directory if it contains a project, else the checkout of these scripts. */
export const projectRoot = existsSync(path.join(process.cwd(), "Pulumi.yaml"))
  ? process.cwd()
  : path.resolve(__dirname, "..", "..", "..");

/** The stack named by `--stack S`, `--stack=S` or `-s S`. Default: the local one. */
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
 * The environment of a stack's processes. For a stack on the local cloud, starts the cloud if needed and returns
 * an environment that refers to it only. Other stacks get the caller's environment unchanged.
 */
export async function environmentOf(stack: string): Promise<NodeJS.ProcessEnv> {
  if (!(await isOnLocalCloud(projectRoot, stack))) return { ...process.env };
  await ensureCloud({ root: projectRoot, onProgress: (line) => process.stderr.write(`${line}\n`) });
  return localEnvironment(process.env, projectRoot);
}

/** Names the script that runs in a process with its stack's environment. */
const insideVariable = "AZUREML_INSIDE";

/**
 * Runs a script's work in a process with its stack's environment. Node reads the local cloud's certificate authority only when a
 * process starts, so the script starts itself again as a child, unless `runInside` has started it.
 * @param script its compiled file below dist/.
 */
export async function inside(
  script: string,
  environment: () => Promise<NodeJS.ProcessEnv>,
  work: () => Promise<number>,
): Promise<number> {
  if (process.env[insideVariable] === script) return work();
  return runInside(script, process.argv.slice(2), await environment());
}

/** Runs a script that uses `inside` as a child with the environment of its stack. Returns its exit code. */
export function runInside(script: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return runChild(script, argv, { ...env, [insideVariable]: script });
}

/**
 * Runs one of the compiled scripts as a child with the given environment and returns its exit code. Node
 * reads the certificate authority in NODE_EXTRA_CA_CERTS only when a process starts. The child handles
 * interrupts, since it shares the terminal.
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
