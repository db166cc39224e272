import { checkArguments, main as runEngine } from "../local/engine/cli";
import { localEnvironment } from "../local/cloud/client/environment";
import { tidyAfterFailure } from "./lib/afterFailure";
import { runMain } from "./lib/failure";
import { environmentOf, projectRoot, runInside, stackOf } from "./lib/localStack";
import { checkAzureStack, isOnLocalCloud, localStack } from "./lib/stackPlace";
import { watchExisting } from "./lib/existingResources";
import { recoverIfNeeded } from "./lib/recoverIfNeeded";

/** Operations that ask for confirmation. On the local cloud nothing real is at risk. */
const confirmed = /^(up|update|refresh|destroy|down)$/;
/** Commands that read files only and need no cloud. */
const offline = /^(outputs|config|stack|cancel)$/;

/** Whether the operation leaves something out or changes nothing. */
const isPartial = (options: readonly string[]): boolean =>
  options.some((option) => /^(-t|--target|--preview-only|--help|-h)(=|$)/.test(option));

/**
 * `npm run preview | up | refresh | destroy | outputs [-- options]` and `npm run engine -- <command> [options]`: runs the
 * embedded engine on a stack, by default `local`. For a stack on the local cloud it starts the cloud when the command needs it,
 * and skips the confirmation (`--ask` brings it back).
 */
async function main(): Promise<number> {
  const given = process.argv.slice(2);
  const options = given.filter((argument) => argument !== "--ask");
  // First, so that a mistyped option and help start nothing.
  if (!checkArguments(options)) return 0;
  const [operation = ""] = options;
  const stack = stackOf(options);
  const isLocal = await isOnLocalCloud(projectRoot, stack);
  if (!isLocal) await checkAzureStack(projectRoot, stack, operation, process.env);
  const isOffline = offline.test(operation) && isLocal;
  // The engine runs in this process: it speaks gRPC only. NODE_EXTRA_CA_CERTS, which Node reads when a process
  // starts, is for the processes that the engine starts.
  const env = isOffline ? localEnvironment(process.env, projectRoot) : await environmentOf(stack);
  const argv = [...options, "--cwd", projectRoot];
  if (stack === localStack) argv.push("--stack", stack);
  if (isLocal && confirmed.test(operation) && given.length === options.length) argv.push("--yes");
  if (confirmed.test(operation) && !options.includes("--preview-only")) {
    const vanished = operation === "refresh" && !isPartial(options);
    const recovery = await recoverIfNeeded(projectRoot, stack, env, { vanished });
    if (recovery !== 0) return recovery;
  }
  const isRepeatable = !isPartial(options) && !options.some((option) => /^(-j|--json)$/.test(option));
  // A recovery knows the names that a preview knows. With a lost state each one reveals the next: repeat while it helps.
  let code: number;
  for (let [next, before] = [argv, ""]; ; next = [...argv, "--yes"]) {
    const watch = watchExisting();
    code = await runEngine(next, env, watch.onEvent);
    const existing = watch.existing();
    if (!isRepeatable || existing === "" || existing === before) break;
    before = existing;
    process.stdout.write("What exists already can belong to this stack: looking for it in Azure.\n");
    const recovery = await runInside("scripts/recover.js", ["--stack", stack], env);
    if (recovery !== 0) return recovery;
    // The next plan is the confirmed one, with updates where it had creations.
  }
  if (code !== 0 && /^(up|update)$/.test(operation) && !options.includes("--preview-only"))
    await tidyAfterFailure(stack, env);
  if (code !== 0 || !/^(destroy|down)$/.test(operation) || isPartial(options)) return code;
  // A killed `up` can have started something that neither its state nor its deterministic names show.
  return runInside("scripts/orphans.js", ["--stack", stack, "--delete", "--quiet"], env);
}

runMain(main);
