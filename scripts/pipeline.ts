import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { stopCloud } from "../local/cloud/client/daemon";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { projectRoot } from "./lib/localStack";
import { openWalkHome, type WalkHome } from "./lib/walk/checkout";
import { contextsOf, events, variablesOf } from "./lib/walk/events";
import { startGitHubStandIn } from "./lib/walk/gitHubStandIn";
import { localRunner } from "./lib/walk/localRunner";
import { walkWorkflow } from "./lib/walk/runJob";

interface Options {
  skip: string[];
  stack: string[];
  input: string[];
  home: string;
  azureDevops?: boolean;
}

const collect = (text: string, before: string[]): string[] => [...before, text];

const examples = `
Events:
${Object.entries(events)
  .map(([name, { about }]) => `  ${name.padEnd(14)} ${about}`)
  .join("\n")}
  reset          stop the local cloud of the walks and delete its stacks

Examples:
  npm run pipeline -- pull-request --skip local
  npm run pipeline -- merge drift
  npm run pipeline -- destroy --input stack=dev --input confirmation=dev`;

/**
 * `npm run pipeline -- <events>`: walks the workflows of an event against a local cloud. It reads the workflow files, chooses jobs
 * and steps as GitHub does, runs their commands, and replaces the few actions that they use. Later walks continue with the
 * same stacks.
 */
async function main(): Promise<number> {
  const command = createCommand("npm run pipeline --", "Walks the pipelines on a local cloud.")
    .argument("<events...>", "what happens, one after the other")
    .option("--skip <job>", "leave a job out (repeatable)", collect, [])
    .option("--stack <name>", "of several stacks walk only this one (repeatable)", collect, [])
    .option("--input <name=value>", "what a person enters (repeatable)", collect, [])
    .option("--azure-devops", "walk the files of azure-pipelines instead of .github/workflows")
    .option("--home <directory>", "where the walks keep their stacks", path.join(".local", "pipeline"))
    .addHelpText("after", examples)
    .parse();
  const { skip, stack: stacks, input, home, azureDevops = false } = command.opts<Options>();
  const names = command.args;
  for (const name of names)
    if (name !== "reset" && !Object.hasOwn(events, name))
      throw new Error(`no event "${name}"; there are ${[...Object.keys(events), "reset"].join(", ")}`);
  const inputs = Object.fromEntries(
    input.map((text) => text.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  for (const name of names) {
    const isOk =
      name === "reset"
        ? await reset(path.resolve(home))
        : await walk(name, path.resolve(home), { skip, stacks, azureDevops }, inputs);
    if (!isOk) return 1;
  }
  return 0;
}

async function walk(
  name: string,
  directory: string,
  { azureDevops, ...chosen }: { skip: readonly string[]; stacks: readonly string[]; azureDevops: boolean },
  inputs: Record<string, string>,
): Promise<boolean> {
  const event = events[name];
  if (!event) return false;
  const file = azureDevops ? path.join("azure-pipelines", path.basename(event.file)) : event.file;
  if (!existsSync(path.join(projectRoot, file)))
    throw new Error(`there is no ${file}: walk ${name} without --azure-devops`);
  const log = (line: string): void => void process.stdout.write(`${line}\n`);
  // A run has its own artifacts; stacks, comments and issues stay.
  rmSync(path.join(directory, "artifacts"), { recursive: true, force: true });
  const home = await openWalkHome(projectRoot, directory);
  for (const [file, change] of Object.entries(event.merged ?? {}))
    takeAsMerged(home, file, change(readFileSync(path.join(home.checkout, file), "utf8")), log);
  const gitHub = await startGitHubStandIn(home.forge);
  const contexts = contextsOf(projectRoot, event, inputs, String(Date.now()));
  const variables = variablesOf(contexts, gitHub.address);
  const runner = localRunner({ project: projectRoot, home, variables, ...chosen, log });
  log(`${name}: ${file}`);
  try {
    const { result } = await walkWorkflow(runner, file, contexts);
    for (const { title, body, state, of: number } of gitHub.written()) {
      log(
        `── ${title === undefined ? `comment on pull request ${number}` : `issue or pull request (${state}): ${title}`}`,
      );
      log(body);
    }
    for (const [file, text] of Object.entries(gitHub.files())) takeAsMerged(home, file, text, log);
    log(`${name}: ${result}`);
    return result === "success";
  } finally {
    runner.close();
    await gitHub.close();
  }
}

/** The next checkout has this text of a stack file. */
function takeAsMerged(home: WalkHome, file: string, text: string, log: (line: string) => void): void {
  writeFileSync(path.join(home.merged, file), text);
  log(`── taken as merged: ${file}`);
}

async function reset(directory: string): Promise<boolean> {
  await stopCloud({ root: path.join(directory, "checkout") });
  rmSync(directory, { recursive: true, force: true });
  process.stdout.write("the walks' local cloud is stopped, and their stacks are deleted\n");
  return true;
}

runMain(main);
