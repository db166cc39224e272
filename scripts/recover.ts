import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { embeddedEngine, hasFileBackend } from "./lib/engines/embedded";
import { pulumiCli } from "./lib/engines/pulumiCli";
import { environmentOf, inside, projectRoot } from "./lib/localStack";
import { recover, type RecoveryRequest } from "./lib/recovery";
import { localStack } from "./lib/stackPlace";

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
  const { stack, ...request } = command.opts<RecoveryRequest & { stack: string }>();
  return inside(
    "scripts/recover.js",
    () => environmentOf(stack),
    async () => {
      const { env } = process;
      const open = (await hasFileBackend(projectRoot, env)) ? embeddedEngine : pulumiCli;
      const engine = open(projectRoot, stack, env);
      const log = (line: string): void => void process.stdout.write(`${line}\n`);
      return recover(request, { cwd: projectRoot, stack, env, engine, log });
    },
  );
}

runMain(main);
