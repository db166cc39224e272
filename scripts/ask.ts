import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { AskOptions } from "./lib/ask";
import { createCommand, numberFrom, wholeNumber } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { environmentOf, inside, projectRoot } from "./lib/localStack";
import { isOnLocalCloud, localStack } from "./lib/stackPlace";

/** `npm run ask -- "question"`: sends a question to the deployed endpoint, with its scoring URI and its key or token. */
async function main(): Promise<number> {
  const command = createCommand("npm run ask --", "Asks the deployed endpoint a question.")
    .argument("<question...>", "the question; several words need no quotes")
    .option("-s, --stack <name>", "the stack", localStack)
    .option("--subscription <id>", "with the next three: an endpoint without its stack")
    .option("--resource-group <name>", "resource group of its workspace")
    .option("--workspace <name>", "its workspace")
    .option("--endpoint <name>", "the endpoint")
    .option("--max-new-tokens <n>", "longest answer, in tokens", wholeNumber, 200)
    .option("--temperature <t>", "0 takes the most likely token each time", numberFrom(0, 2), 0)
    .option("--json", "print the response as the endpoint sent it")
    .addHelpText("after", '\nExample:\n  npm run ask -- "What is the capital of France?"')
    .parse();
  const options = command.opts<AskOptions>();
  const question = command.args.join(" ").trim();
  if (question === "") throw new Error("the question is empty");
  const environment = (): Promise<NodeJS.ProcessEnv> => environmentFor(options, command);
  return inside("scripts/ask.js", environment, async () => {
    const { ask } = await import("./lib/ask.js");
    return ask(question, options);
  });
}

/** That of the stack; for an endpoint that is named in full, the caller's own. Errors: nothing is deployed yet. */
async function environmentFor({ stack, endpoint }: AskOptions, command: Command): Promise<NodeJS.ProcessEnv> {
  const home = process.env.AZUREML_LOCAL_HOME || `${projectRoot}/.local`;
  if (endpoint === undefined && !existsSync(home) && (await isOnLocalCloud(projectRoot, stack))) {
    const command = stack === localStack ? "npm start" : `npm run up -- --stack ${stack}`;
    throw new Error(`nothing is deployed yet on the local cloud; run \`${command}\` first`);
  }
  const isNamed = endpoint !== undefined && command.getOptionValueSource("stack") === "default";
  return isNamed ? process.env : environmentOf(stack);
}

runMain(main);
