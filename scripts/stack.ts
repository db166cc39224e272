import { checkArguments } from "../local/engine/cli";
import { localEnvironment } from "../local/cloud/client/environment";
import { environmentOf, localStack, projectRoot, runChild, stackOf } from "./lib/localStack";
import { runMain } from "./lib/failure";

/** Operations that ask before they change something; on the local stack there is nothing real to ask about. */
const asking = /^(up|update|refresh|destroy|down)$/;
/** Commands that look at files only, and need no cloud. */
const offline = /^(outputs|config|stack|cancel)$/;

/**
 * `npm run preview | up | refresh | destroy | outputs [-- options]` and `npm run engine -- <command> [options]`: the
 * embedded engine on a stack, `local` unless `--stack` says otherwise. The local stack brings its cloud up first where it is
 * needed, and is not asked for confirmation (`--ask` brings the question back).
 */
async function main(): Promise<number> {
  const given = process.argv.slice(2);
  const options = given.filter((argument) => argument !== "--ask");
  // Before anything is started: a mistyped option should cost nothing, and help neither.
  if (!checkArguments(options)) return 0;
  const [operation = ""] = options;
  const stack = stackOf(options);
  const isOffline = offline.test(operation) && stack === localStack;
  const env = isOffline
    ? { ...localEnvironment(process.env, projectRoot), NODE_EXTRA_CA_CERTS: undefined }
    : await environmentOf(stack);
  const argv = [...options, "--cwd", projectRoot];
  if (stack === localStack) {
    argv.push("--stack", stack);
    if (asking.test(operation) && given.length === options.length) argv.push("--yes");
  }
  return runChild("local/engine/cli.js", argv, env);
}

runMain(main);
