import { createCommand, numberFrom } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { environmentOf, inside } from "./lib/localStack";
import { localStack } from "./lib/stackPlace";
import type { StudioCommand } from "./lib/studio";

/** `npm run studio`: a local page about the stack's workspace, until it is interrupted. */
async function main(): Promise<number> {
  const command = createCommand(
    "npm run studio --",
    "Shows the stack's workspace on a local page: jobs, models, endpoints.",
  )
    .option("-s, --stack <name>", "the stack", localStack)
    .option(
      "--port <n>",
      "the page's port (default: 3 above the local cloud's, any free one for Azure)",
      numberFrom(0, 65_535),
    )
    .parse();
  const options = command.opts<StudioCommand>();
  return inside(
    "scripts/studio.js",
    () => environmentOf(options.stack),
    async () => {
      const { studio } = await import("./lib/studio.js");
      return studio(options);
    },
  );
}

runMain(main);
