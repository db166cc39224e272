import { readProject } from "../local/engine/project/project";
import { type BilledThing, findBilled } from "../operations/orphans/find";
import { removeBilled } from "../operations/orphans/remove";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { environmentOf, inside, projectRoot } from "./lib/localStack";
import { openStackSession } from "./lib/stackSession";

interface Options {
  stack?: string;
  subscription?: string;
  delete?: boolean;
  quiet?: boolean;
}

const examples = `
Examples:
  npm run orphans -- --subscription <id>          of all stacks of this project
  npm run orphans -- --stack dev --delete         cancels and deletes what belongs to dev`;

/**
 * `npm run orphans`: lists what bills in a subscription and belongs to this project, by the owner tags in Azure alone, and
 * deletes it with `--delete`. `destroy` runs it for its own stack at the end.
 */
async function main(): Promise<number> {
  const command = createCommand(
    "npm run orphans --",
    "Lists or deletes what bills and belongs to this project.",
  )
    .option("-s, --stack <name>", "only this stack's (required with --delete)")
    .option("--subscription <id>", "default: the stack's, or ARM_SUBSCRIPTION_ID")
    .option("--delete", "cancel running jobs; delete endpoints, clusters and resource groups")
    .option("--quiet", "print nothing if there is nothing")
    .addHelpText("after", examples)
    .parse();
  const options = command.opts<Options>();
  const { stack } = options;
  if (options.delete && !stack)
    throw new Error("--delete needs --stack <name>: it deletes one stack's resources at a time");
  const environment = async (): Promise<NodeJS.ProcessEnv> => (stack ? environmentOf(stack) : process.env);
  return inside("scripts/orphans.js", environment, () => orphans(options));
}

async function orphans({ stack, subscription, delete: isDeleting, quiet }: Options): Promise<number> {
  const opened = await openStackSession(stack);
  const { session } = opened;
  const subscriptionId = subscription ?? opened.subscriptionId;
  if (!subscriptionId)
    throw new Error("no subscription: pass --subscription <id>, or set ARM_SUBSCRIPTION_ID");
  const log = (line: string): void => void process.stdout.write(`${line}\n`);
  const { name: project } = await readProject(projectRoot);
  const found = await findBilled({ session, subscriptionId, project, ...(stack ? { stack } : {}), log });
  if (found.length === 0) {
    if (!quiet)
      log(`Nothing of project ${project}${stack ? `, stack ${stack},` : ""} bills in this subscription.`);
    return 0;
  }
  for (const thing of found) log(describe(thing));
  if (isDeleting) await removeBilled(session, found, log);
  return 0;
}

const describe = ({ kind, name, stack, detail, id }: BilledThing): string =>
  `${stack}: ${kind} ${name} (${detail})\n  ${id}`;

runMain(main);
