import { checkArguments, main as runEngine } from "../local/engine/cli";
import { localEnvironment } from "../local/cloud/client/environment";
import { commandSteps } from "./lib/commandSteps";
import { runMain } from "./lib/failure";
import { environmentOf, projectRoot, stackOf } from "./lib/localStack";
import { noPolicy, policyOptions } from "./lib/policyPack";
import { noReport, operateStack, type StackOperation } from "./lib/stackOperation";
import { checkAzureStack, isOnLocalCloud, localStack } from "./lib/stackPlace";

/** Operations that ask for confirmation. On the local cloud nothing real is at risk. */
const confirmed = /^(up|update|refresh|destroy|down)$/;
const kinds: Readonly<Record<string, StackOperation["kind"]>> = {
  up: "up",
  update: "up",
  refresh: "refresh",
  destroy: "destroy",
  down: "destroy",
};
/** Commands that read files only and need no cloud. */
const offline = /^(outputs|config|stack|cancel)$/;

/** Options that no engine has. */
const ownOptions = ["--ask", noPolicy, noReport];
const ownHelp = `
Also:
  --ask                        ask before a change on the local cloud
  ${noPolicy}                  leave out the project's policies
  ${noReport}                  write no run report after an update
`;

/** Whether the operation leaves something out or changes nothing. */
const isPartial = (options: readonly string[]): boolean =>
  options.some((option) => /^(-t|--target|--preview-only|--help|-h)(=|$)/.test(option));

/**
 * `npm run preview | up | refresh | destroy | outputs [-- options]` and `npm run engine -- <command> [options]`: runs the
 * embedded engine on a stack, by default `local`. For a stack on the local cloud it starts the cloud when the command needs it,
 * and skips the confirmation (`--ask` brings it back). A preview and an update are checked with the project's policies; `--no-policy`
 * leaves them out. An update writes the run report, unless `--no-report` is given.
 */
async function main(): Promise<number> {
  const given = process.argv.slice(2);
  const options = given.filter((argument) => !ownOptions.includes(argument));
  // First, so that a mistyped option and help start nothing.
  if (!checkArguments(options)) {
    process.stdout.write(ownHelp);
    return 0;
  }
  const [operation = ""] = options;
  const stack = stackOf(options);
  const isLocal = await isOnLocalCloud(projectRoot, stack);
  if (!isLocal) await checkAzureStack(projectRoot, stack, operation, process.env);
  const isOffline = offline.test(operation) && isLocal;
  // The engine runs in this process: it speaks gRPC only. NODE_EXTRA_CA_CERTS, which Node reads when a process
  // starts, is for the processes that the engine starts.
  const env = isOffline ? localEnvironment(process.env, projectRoot) : await environmentOf(stack);
  const argv = [...options, "--cwd", projectRoot, ...policyOptions(operation, given)];
  if (stack === localStack) argv.push("--stack", stack);
  if (isLocal && confirmed.test(operation) && !given.includes("--ask")) argv.push("--yes");
  // Nothing costs there, so each resource is checked in time before its own step.
  if (isLocal && kinds[operation] === "up" && !given.includes("--ask")) argv.push("--skip-preview");
  const steps = commandSteps({ cwd: projectRoot, stack, env }, (onEvent, isAgain) =>
    runEngine(isAgain ? [...argv, "--yes"] : argv, env, onEvent),
  );
  const isText = !options.some((option) => /^(-j|--json)$/.test(option));
  return operateStack(
    {
      kind: kinds[operation] ?? "other",
      isChange: confirmed.test(operation) && !options.includes("--preview-only"),
      isPartial: isPartial(options),
      isRepeatable: isText,
      isReported: isText && !given.includes(noReport),
    },
    steps,
  );
}

runMain(main);
