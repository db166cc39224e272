import type { AzureSession } from "../azureml/clients/session";
import { recoverStack } from "../operations/recovery/recover";
import { findVanished, forgetVanished } from "../operations/recovery/vanished";
import { createCommand } from "./lib/commandLine";
import { removeFailedDeployments } from "./lib/failedDeployments";
import { runMain } from "./lib/failure";
import { embeddedEngine, hasFileBackend } from "./lib/engines/embedded";
import { pulumiCli } from "./lib/engines/pulumiCli";
import { environmentOf, inside, projectRoot } from "./lib/localStack";
import { localStack } from "./lib/stackPlace";
import { openStackSession } from "./lib/stackSession";

interface Options {
  stack: string;
  planned: boolean;
  failedOnly?: boolean;
  vanished?: boolean;
  quiet?: boolean;
}

/**
 * `npm run recover -- --stack dev`: takes resources into the state that an interrupted run has created and not recorded,
 * and removes new deployments that failed.
 * With `--vanished`, before a refresh, also removes what was deleted outside the stack and what the refresh would fail on.
 * `npm run up`, `refresh` and `destroy` do it by themselves; with the Pulumi CLI, run it before them.
 */
async function main(): Promise<number> {
  const command = createCommand("npm run recover --", "Takes into the state what an interrupted run created.")
    .option("-s, --stack <name>", "the stack", localStack)
    .option("--no-planned", "look only for creations that the state records as begun")
    .option("--failed-only", "after a failed update: only remove new deployments that failed")
    .option("--vanished", "before a refresh: remove what was deleted outside the stack and would fail it")
    .option("--quiet", "print nothing if there is nothing to take over")
    .parse();
  const options = command.opts<Options>();
  const environment = (): Promise<NodeJS.ProcessEnv> => environmentOf(options.stack);
  return inside("scripts/recover.js", environment, () => recover(options));
}

async function recover({ stack, planned, failedOnly, vanished, quiet }: Options): Promise<number> {
  const azure = await openAzure(stack).catch((error: unknown) => {
    if (!quiet) throw error;
    return undefined;
  });
  // The operation that follows needs the same login, and reports all mistakes of the configuration at once.
  if (!azure) return 0;
  const open = (await hasFileBackend(projectRoot, process.env)) ? embeddedEngine : pulumiCli;
  const engine = open(projectRoot, stack, process.env);
  const log = (line: string): void => void process.stdout.write(`${line}\n`);
  // First: a failed deployment must not be taken over.
  const removed = await removeFailedDeployments(stack, { ...azure, engine, log });
  if (failedOnly) return reportVanished({ ...azure, engine, log });
  const taken = await recoverStack({ ...azure, engine, includePlanned: planned, log });
  const forgotten = vanished ? await forgetVanished({ ...azure, engine, log }) : 0;
  const count = removed + taken + forgotten;
  if (count === 0 && !quiet) process.stdout.write("Nothing to take over.\n");
  return 0;
}

/** After a failed update: names what the state has and Azure does not, and the commands to run. */
async function reportVanished({
  engine,
  session,
  subscriptionId,
  log,
}: Parameters<typeof forgetVanished>[0]): Promise<number> {
  const found = await findVanished(await engine.exportState(), session, subscriptionId);
  if (found.length === 0) return 0;
  log(`Deleted outside the stack: ${found.map(({ title }) => title).join(", ")}.`);
  log("Run `npm run refresh`, then `npm run up`.");
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
