import { spawn } from "node:child_process";
import * as path from "node:path";
import { hasFileBackend } from "../engines/embedded";
import { projectRoot } from "../localStack";
import { noReport } from "../stackOperation";
import { isOnLocalCloud } from "../stackPlace";

/** A finished command of an engine. */
export interface EngineResult {
  code: number;
  stdout: string;
  /** The end of what it printed on standard error. */
  tail: string;
}

export type EngineOperation = "preview" | "up" | "refresh" | "destroy";

/** Whether the embedded engine keeps the stack: on the local cloud, or with a state in files. */
export async function isEmbedded(stack: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  return (await isOnLocalCloud(projectRoot, stack)) || hasFileBackend(projectRoot, env);
}

/** The project's own rules, which a preview and an update must meet (docs/policy.md). */
const policyPack = "policy";

/**
 * Runs an operation on a stack with the engine that keeps it: the Pulumi CLI, or the embedded engine for states in files. Preview
 * and update check the policy pack. Standard error is printed as it comes. It never creates a stack.
 * @param json reads the result as JSON: standard output is collected and not printed.
 */
export async function runStack(
  operation: EngineOperation,
  stack: string,
  options: readonly string[],
  { json = false, env = process.env }: { json?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<EngineResult> {
  const packs = /^(preview|up)$/.test(operation) ? ["--policy-pack", policyPack] : [];
  const common = [...options, ...packs, "--stack", stack, ...(json ? ["--json"] : [])];
  if (await isEmbedded(stack, env)) {
    const script = path.join(projectRoot, "dist", "scripts", "stack.js");
    // A pipeline writes the run report in a step of its own.
    const own = operation === "up" ? [noReport] : [];
    return run(process.execPath, [script, operation, ...common, ...own], json, env);
  }
  // The embedded engine's JSON always has the unchanged resources.
  const shown = json ? ["--show-sames"] : ["--color", "never"];
  return run("pulumi", [operation, "--non-interactive", ...shown, ...common], json, env);
}

/** Runs the operation again and returns the end of what it prints for people: JSON lacks the violations of policies. */
export async function failureText(operation: EngineOperation, stack: string, tail: string): Promise<string> {
  if (await isEmbedded(stack)) return tail;
  return (await runStack(operation, stack, [])).tail;
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
