import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { environmentOf, inside, projectRoot } from "./lib/localStack";
import { orphans, type OrphanRequest } from "./lib/orphans";

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
  const options = command.opts<OrphanRequest>();
  const { stack } = options;
  if (options.delete && !stack)
    throw new Error("--delete needs --stack <name>: it deletes one stack's resources at a time");
  const environment = async (): Promise<NodeJS.ProcessEnv> => (stack ? environmentOf(stack) : process.env);
  return inside("scripts/orphans.js", environment, () => {
    const log = (line: string): void => void process.stdout.write(`${line}\n`);
    return orphans(options, { cwd: projectRoot, env: process.env, log });
  });
}

runMain(main);
