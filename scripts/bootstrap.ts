import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createInterface } from "node:readline/promises";
import { Option } from "commander";
import { parse } from "yaml";
import { discover } from "../operations/bootstrap/discover";
import { type BootstrapOptions, bootstrapNames } from "../operations/bootstrap/options";
import { bootstrapPlan, type StackFile } from "../operations/bootstrap/plan";
import { apply, examine } from "../operations/bootstrap/run";
import { commandsText, countText, planText, unknownReasons } from "../operations/bootstrap/text";
import { executeOnPath } from "./lib/bootstrapCommands";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { projectRoot } from "./lib/localStack";

interface Options {
  environment?: string;
  subscription?: string;
  location?: string;
  repository?: string;
  subject?: "names" | "ids";
  azureDevops?: string;
  devopsProject?: string;
  projectPrefix: string;
  scope?: string;
  registry?: string;
  apply?: boolean;
  check?: boolean;
  yes?: boolean;
}

const examples = `
Examples:
  npm run bootstrap -- --environment dev --repository contoso/finetune
  npm run bootstrap -- --environment dev --repository contoso/finetune --apply
  npm run bootstrap -- --environment dev --repository contoso/finetune --check

It only reads until --apply. Run it once for each environment: dev, staging, prod.`;

/** `npm run bootstrap -- --environment dev`: what a subscription needs once for a stack, and the commands that create it. */
async function main(): Promise<number> {
  const command = createCommand(
    "npm run bootstrap --",
    "Prints, checks or creates what a subscription needs once for a stack.",
  )
    .option("-e, --environment <name>", "the stack, and the pipeline's environment of that name")
    .option("--subscription <id>", "default: ARM_SUBSCRIPTION_ID, else that of the Azure CLI")
    .option("-l, --location <region>", "default: azure-native:location of the stack's file")
    .option("-r, --repository <owner/name>", "the GitHub repository whose pipelines log in")
    .addOption(
      new Option("--subject <form>", "names or ids in GitHub's subject; default: by the repository").choices([
        "names",
        "ids",
      ]),
    )
    .option("--azure-devops <url>", "instead or as well: the Azure DevOps organization")
    .option("--devops-project <name>", "its project")
    .option("--project-prefix <name>", "first part of all names", "azureml-finetune")
    .option("--scope <id>", "ARM id that the stack deploys into; default: the subscription")
    .option("--registry <id>", "ARM id of a shared Azure ML registry outside the scope")
    .option("--apply", "create what is missing, after the plan and a question")
    .option("--check", "fail if something is missing or differs, such as the OIDC subject")
    .option("--yes", "with --apply: do not ask")
    .addHelpText("after", examples)
    .parse();
  return bootstrap(command.opts<Options>());
}

async function bootstrap(given: Options): Promise<number> {
  const { environment } = given;
  if (environment === undefined)
    throw new Error("--environment: not set; allowed: the name of a stack that has a file, such as dev");
  checkWords(given);
  const file = readStackFile(environment);
  const execute = executeOnPath(projectRoot, process.env);
  const configured = given.subscription ?? process.env.ARM_SUBSCRIPTION_ID;
  const { subscriptionId, surroundings } = await discover(execute, {
    subscription: configured,
    repository: given.repository,
    subject: given.subject,
  });
  const options = optionsOf({ ...given, environment, subscription: subscriptionId }, file.location);
  const steps = bootstrapPlan(options, surroundings, file);
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const examination = await examine(steps, execute);
  print(`Environment ${environment} in subscription ${options.subscriptionId}, ${options.location}\n`);
  print(planText(examination));
  print(`\n${countText(examination)}.`);
  for (const reason of unknownReasons(examination)) print(`Not checked: ${reason}`);
  const isComplete = examination.steps.every(({ found }) => found.state === "exists");
  if (given.check) return isComplete ? 0 : 1;
  if (isComplete) print("\nNothing to do.");
  else if (!given.apply) {
    print(`\n${commandsText(examination)}\n`);
    print(
      `# The same, with a check before each command: npm run bootstrap -- --environment ${environment} --apply`,
    );
  } else {
    if (!given.yes && !(await confirmed())) return 1;
    const patience = { wait: () => delay(20_000), times: 30 };
    const changed = await apply(steps, execute, print, patience);
    print(`\n${changed} created or corrected.`);
  }
  if (isComplete || given.apply) print(nextSteps(options));
  return 0;
}

const nextSteps = (options: BootstrapOptions): string =>
  [
    "",
    `  git add Pulumi.${options.environment}.yaml       # secretsprovider and encryptedkey: commit them`,
    `  export ARM_SUBSCRIPTION_ID=${options.subscriptionId}`,
    `  pulumi login "${bootstrapNames(options).backend}"`,
    `  pulumi preview --stack ${options.environment}`,
  ].join("\n");

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new Error("--apply needs --yes where nobody can answer a question");
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question("\nCreate what is missing? (yes/no) ").finally(() => prompt.close());
  return /^y(es)?$/i.test(answer.trim());
}

function readStackFile(environment: string): StackFile & { location?: string } {
  const path = join(projectRoot, `Pulumi.${environment}.yaml`);
  if (!existsSync(path))
    throw new Error(
      `--environment ${environment}: there is no Pulumi.${environment}.yaml. Copy one of another stack first`,
    );
  const file = (parse(readFileSync(path, "utf8")) ?? {}) as StackFile & { config?: Record<string, unknown> };
  const location = file.config?.["azure-native:location"];
  return { ...file, ...(typeof location === "string" && { location }) };
}

function refuse(option: string, seen: string, allowed: string): never {
  throw new Error(`--${option}: ${seen}; allowed: ${allowed}`);
}

/** What can be checked without a request. @throws Error that names the option, the value seen and what is allowed. */
function checkWords({ environment = "", repository, azureDevops, devopsProject, ...given }: Options): void {
  if (!/^[a-z][a-z0-9-]{0,29}$/.test(environment))
    refuse("environment", environment, "lower-case letters, digits and -, starting with a letter");
  if (repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repository))
    refuse("repository", repository, "<owner>/<name>, as in the repository's address");
  if (!/^[a-z][a-z0-9-]{1,30}$/.test(given.projectPrefix))
    refuse("project-prefix", given.projectPrefix, "2-31 lower-case letters, digits and -, a letter first");
  for (const [name, value] of Object.entries({ scope: given.scope, registry: given.registry }))
    if (value !== undefined && !/^\/subscriptions\/[^/]+(\/.+)?$/i.test(value))
      refuse(name, value, "an ARM id: /subscriptions/…");
  if ((azureDevops === undefined) !== (devopsProject === undefined))
    throw new Error("--azure-devops and --devops-project belong together: set both or none");
  if (azureDevops !== undefined && !/^https:\/\/[\w.-]+(\/[\w.%-]+)?\/?$/.test(azureDevops))
    refuse("azure-devops", azureDevops, "the organization's address, such as https://dev.azure.com/contoso");
}

/** @throws Error if subscription or region is missing or malformed. */
function optionsOf(given: Options & { environment: string }, fileLocation?: string): BootstrapOptions {
  const { environment, subscription = "", repository, azureDevops, devopsProject, scope, registry } = given;
  const location = given.location ?? fileLocation ?? "";
  if (!/^[0-9a-f-]{36}$/i.test(subscription))
    refuse("subscription", subscription || "not set", "the id of a subscription, as in `az account list`");
  if (!/^[a-z][a-z0-9]*$/.test(location))
    refuse("location", location || "not set, and the stack's file has none", "a region such as eastus2");
  return {
    ...{ environment, subscriptionId: subscription.toLowerCase(), location, prefix: given.projectPrefix },
    ...(repository && { repository }),
    ...(azureDevops && devopsProject && { devops: { organization: azureDevops, project: devopsProject } }),
    ...(scope && { scope }),
    ...(registry && { registry }),
  };
}

runMain(main);
