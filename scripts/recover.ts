import type { AzureSession } from "../azureml/clients/session";
import { recoverStack } from "../operations/recovery/recover";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { embeddedEngine, hasFileBackend } from "./lib/engines/embedded";
import { pulumiCli } from "./lib/engines/pulumiCli";
import { environmentOf, inside, localStack, projectRoot } from "./lib/localStack";
import { openStackSession } from "./lib/stackSession";

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
  const options = command.opts<Options>();
  const environment = (): Promise<NodeJS.ProcessEnv> => environmentOf(options.stack);
  return inside("scripts/recover.js", environment, () => recover(options));
}

async function recover({ stack, planned, quiet }: Options): Promise<number> {
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
  const { session, subscriptionId } = await openStackSession(stack);
  if (!subscriptionId) {
    throw new Error(
      `stack "${stack}" names no subscription: set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID`,
    );
  }
  await session.credential.report(session.cloud.armScope);
  return { session, subscriptionId };
}

runMain(main);
