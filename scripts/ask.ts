import { existsSync } from "node:fs";
import { environmentOf, localStack, projectRoot, runChild, stackOf } from "./lib/localStack";
import { runMain } from "./lib/failure";

const usage = `npm run ask -- [options] "question"

Chats with the deployed endpoint through its real scoring URI and its key or token.

  --stack S           default: local
  --max-new-tokens N  default: the stack's scoring parameters
  --temperature T     0 = greedy, the default
  --json              print the raw response
`;

/** Set by the parent below: the certificate authority of the local cloud is read only when a process starts. */
const inner = "AZUREML_ASK_INNER";

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (argv.length === 0 || argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(usage);
    return argv.length === 0 ? 2 : 0;
  }
  if (process.env[inner] === "1") {
    const { ask } = await import("./lib/ask.js");
    return ask(argv);
  }
  const stack = stackOf(argv);
  if (stack === localStack && !existsSync(process.env.AZUREML_LOCAL_HOME || `${projectRoot}/.local`)) {
    throw new Error("nothing is deployed yet on the local stack; run `npm start` first");
  }
  return runChild("scripts/ask.js", argv, { ...(await environmentOf(stack)), [inner]: "1" });
}

runMain(main);
