import { existsSync, readdirSync } from "node:fs";
import * as path from "node:path";
import { checkArguments } from "../local/engine/cli";
import { environmentOf, localStack, projectRoot, runChild, stackOf } from "./lib/localStack";
import { runMain } from "./lib/failure";

/** Operations that ask before they change something; on the local stack there is nothing real to ask about. */
const asking = new Set(["up", "refresh", "destroy"]);

/**
 * `npm run preview | up | refresh | destroy | outputs [-- options]`: the embedded engine on a stack, `local` unless `--stack` says
 * otherwise. The local stack brings its cloud up first and is not asked for confirmation (`--ask` brings the question back).
 */
async function main(): Promise<number> {
  const [operation = "help", ...rest] = process.argv.slice(2);
  const options = rest.filter((argument) => argument !== "--ask");
  const stack = stackOf(options);
  if (options.includes("--help") || options.includes("-h") || operation === "help") {
    return runChild("local/engine/cli.js", [operation, ...options], { ...process.env });
  }
  // Before anything is started: a mistyped option or stack should cost nothing.
  checkArguments([operation, ...options]);
  if (!existsSync(path.join(projectRoot, `Pulumi.${stack}.yaml`))) throw new Error(noSuchStack(stack));
  const env = await environmentOf(stack);
  const argv = [operation, "--cwd", projectRoot, ...options];
  if (stack === localStack && !rest.some((argument) => /^(--stack|-s)\b/.test(argument))) {
    argv.push("--stack", stack);
  }
  if (
    stack === localStack &&
    asking.has(operation) &&
    !rest.includes("--ask") &&
    !options.includes("--yes")
  ) {
    argv.push("--yes");
  }
  return runChild("local/engine/cli.js", argv, env);
}

function noSuchStack(stack: string): string {
  const known = readdirSync(projectRoot).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  return `--stack: there is no stack "${stack}" (no file Pulumi.${stack}.yaml). Stacks of this project: ${known.join(", ")}.`;
}

runMain(main);
