import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { endpointSection } from "../config/endpoint";
import { readProject, stackFile } from "../local/engine/project/project";
import { resourcesOf } from "../operations/recovery/deployment";
import { decide } from "../operations/schedule/decision";
import { withEndpoint } from "../operations/schedule/settings";
import { createCommand } from "./lib/commandLine";
import { embeddedEngine, hasFileBackend } from "./lib/engines/embedded";
import { pulumiCli } from "./lib/engines/pulumiCli";
import { runMain } from "./lib/failure";
import { environmentOf, inside, projectRoot, runInside } from "./lib/localStack";
import { runStack } from "./lib/pipeline/engineCommand";
import { localStack } from "./lib/stackPlace";
import { settingsOf } from "./lib/stackSession";

interface Options {
  stack: string;
  deploy?: boolean;
  dryRun?: boolean;
  at?: Date;
}

const help = `
Reads endpoint.schedule of the stack. If the endpoint should exist now and does not, or the other way round, runs an update
(recover, then up --yes) with endpoint.enabled set accordingly in a copy of the stack's file. The file itself stays as it is.
Run it from a scheduled pipeline, at least once after each time of the schedule, with the commit that is deployed: an update
applies everything else that the checkout changes too. It can be repeated at any time.

Exit codes:
  0   the endpoint is as the schedule asks for; also for a stack without a schedule, or not deployed yet
  1   it could not be read what to do
  2   wrong options
  other: the exit code of the update that failed

Examples:
  npm run schedule -- --stack dev               in a scheduled pipeline, for example every 30 minutes
  npm run schedule -- --stack dev --deploy      for a merge: always update, without an endpoint outside the schedule
  npm run schedule -- --stack dev --dry-run     print the decision and change nothing`;

const parseTime = (text: string): Date => {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError("Expected a time such as 2026-03-29T05:00:00Z.");
  return time;
};

/** `npm run schedule -- --stack dev`: creates or deletes the endpoint of a stack as its schedule asks for. */
async function main(): Promise<number> {
  const command = createCommand("npm run schedule --", "Carries out endpoint.schedule of a stack.")
    .option("-s, --stack <name>", "the stack", localStack)
    .option("--deploy", "update in any case, with or without the endpoint as the schedule asks for")
    .option("--dry-run", "only print what it would do")
    .option("--at <time>", "decide for this time instead of now", parseTime)
    .addHelpText("after", help)
    .parse();
  const options = command.opts<Options>();
  return inside(
    "scripts/schedule.js",
    () => environmentOf(options.stack),
    () => schedule(options),
  );
}

async function schedule({ stack, deploy = false, dryRun = false, at }: Options): Promise<number> {
  const print = (line: string): void => void process.stdout.write(`Stack ${stack}: ${line}\n`);
  const project = await readProject(projectRoot);
  const text = (await settingsOf(stack))(`${project.name}:endpoint`) ?? "{}";
  const section = JSON.parse(text) as Record<string, unknown>;
  const parsed = endpointSection.safeParse(section);
  if (!parsed.success)
    throw new Error(
      `the section endpoint of stack "${stack}" has mistakes; \`npm run preview -- --stack ${stack}\` lists them`,
    );
  const open = (await hasFileBackend(projectRoot, process.env)) ? embeddedEngine : pulumiCli;
  const resources = resourcesOf(await open(projectRoot, stack, process.env).exportState());
  const decision = decide({
    enabled: parsed.data.enabled,
    schedule: parsed.data.schedule,
    deployed: resources.some(({ type }) => type.startsWith("azure-native:")),
    hasEndpoint: resources.some(
      ({ type, delete: isLeftover }) =>
        type === "azure-native:machinelearningservices:OnlineEndpoint" && !isLeftover,
    ),
    now: at ?? new Date(),
  });
  print(decision.reason);
  if (decision.action === "keep" && !deploy) {
    print("Nothing to do.");
    return 0;
  }
  print(
    decision.action === "keep"
      ? "Updating it as it is."
      : `Turning the endpoint ${decision.action}${dryRun ? " is due" : ""}.`,
  );
  if (dryRun) return 0;
  return update(
    stack,
    (own) => withEndpoint(own, project.name, section, decision.enabled),
    stackFile(project, stack),
  );
}

/** An update with a changed copy of the stack's file, which both engines read with `--config-file`. */
async function update(stack: string, change: (text: string) => string, file: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "azureml-finetune-schedule-"));
  try {
    const copy = join(folder, `Pulumi.${stack}.yaml`);
    await writeFile(copy, change(await readFile(file, "utf8")), { mode: 0o600 });
    // The embedded engine's command does both by itself.
    const isCli = !(await hasFileBackend(projectRoot, process.env));
    if (isCli) {
      const recovery = await runInside("scripts/recover.js", ["--stack", stack, "--quiet"], process.env);
      if (recovery !== 0) return recovery;
    }
    const { code } = await runStack("up", stack, ["--config-file", copy, "--yes"]);
    if (code !== 0 && isCli)
      await runInside("scripts/recover.js", ["--stack", stack, "--failed-only"], process.env);
    return code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

runMain(main);
