import { spawn } from "node:child_process";
import * as path from "node:path";
import { hasFileBackend } from "../engines/embedded";
import { localStack, projectRoot } from "../localStack";

/** A finished command of an engine. */
export interface EngineResult {
  code: number;
  stdout: string;
  /** The end of what it printed on standard error. */
  tail: string;
}

export type EngineOperation = "preview" | "up" | "refresh" | "destroy";

/**
 * Runs an operation on a stack with the engine that keeps it: the Pulumi CLI, or the embedded engine for states in files.
 * Standard error is printed as it comes. It never creates a stack.
 * @param json reads the result as JSON: standard output is collected and not printed.
 */
export async function runStack(
  operation: EngineOperation,
  stack: string,
  options: readonly string[],
  { json = false, env = process.env }: { json?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<EngineResult> {
  const isEmbedded = stack === localStack || (await hasFileBackend(projectRoot, env));
  const common = [...options, "--stack", stack, ...(json ? ["--json"] : [])];
  if (isEmbedded) {
    const script = path.join(projectRoot, "dist", "scripts", "stack.js");
    return run(process.execPath, [script, operation, ...common], json, env);
  }
  // The embedded engine's JSON always has the unchanged resources.
  const shown = json ? ["--show-sames"] : ["--color", "never"];
  return run("pulumi", [operation, "--non-interactive", ...shown, ...common], json, env);
}

function run(
  command: string,
  argv: readonly string[],
  collect: boolean,
  env: NodeJS.ProcessEnv,
): Promise<EngineResult> {
  const child = spawn(command, argv, { cwd: projectRoot, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, tail] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
    if (!collect) process.stdout.write(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    tail = (tail + chunk.toString("utf8")).slice(-6000);
    process.stderr.write(chunk);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (cause) =>
      reject(
        new Error(`\`${command}\` cannot be started (${cause.message}). Install the Pulumi CLI.`, { cause }),
      ),
    );
    child.on("close", (code) =>
      resolve({ code: code ?? 1, stdout, tail: (tail || stdout).trim().slice(-6000) }),
    );
  });
}
