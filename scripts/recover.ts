import { azureOptions } from "../azureml/clients/clouds";
import { type AzureSession, openSession } from "../azureml/clients/session";
import { recoverStack } from "../operations/recovery/recover";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { embeddedEngine, hasFileBackend } from "./lib/engines/embedded";
import { pulumiCli } from "./lib/engines/pulumiCli";
import { stackSettings } from "./lib/engines/stackSettings";
import { environmentOf, localStack, projectRoot, runChild } from "./lib/localStack";

/** Set by the parent process below: Node reads the local cloud's certificate authority only when a process starts. */
const inner = "AZUREML_RECOVER_INNER";

interface Options {
  stack: string;
  planned: boolean;
  quiet?: boolean;
}

/**
 * `npm run recover -- --stack dev`: takes resources into the state that an interrupted run has created and not recorded.
 * `npm run up`, `refresh` and `destroy` do it by themselves; with the Pulumi CLI, run it before them.
 */
async function main(): Promise<number> {
  const command = createCommand("npm run recover --", "Takes into the state what an interrupted run created.")
    .option("-s, --stack <name>", "the stack", localStack)
    .option("--no-planned", "look only for creations that the state records as begun")
    .option("--quiet", "print nothing if there is nothing to take over")
    .parse();
  const { stack, planned, quiet } = command.opts<Options>();
  if (process.env[inner] !== "1") {
    const env = { ...(await environmentOf(stack)), [inner]: "1" };
    return runChild("scripts/recover.js", process.argv.slice(2), env);
  }
  const azure = await openAzure(stack).catch((error: unknown) => {
    if (!quiet) throw error;
    return undefined;
  });
  // The operation that follows needs the same login, and reports all mistakes of the configuration at once.
  if (!azure) return 0;
  const open = (await hasFileBackend(projectRoot, process.env)) ? embeddedEngine : pulumiCli;
  const count = await recoverStack({
    ...azure,
    engine: open(projectRoot, stack, process.env),
    includePlanned: planned,
    log: (line) => process.stdout.write(`${line}\n`),
  });
  if (count === 0 && !quiet) process.stdout.write("Nothing to take over.\n");
  return 0;
}

/** The stack's cloud, with a login that works. */
async function openAzure(stack: string): Promise<{ session: AzureSession; subscriptionId: string }> {
  const options = azureOptions(await stackSettings(projectRoot, stack, process.env));
  const subscriptionId = options.settings.subscriptionId?.value;
  if (!subscriptionId) {
    throw new Error(
      `stack "${stack}" names no subscription: set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID`,
    );
  }
  const session = await openSession(options);
  await session.credential.report(session.cloud.armScope);
  return { session, subscriptionId };
}

runMain(main);
