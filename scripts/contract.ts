import { LOCAL_SUBSCRIPTION_ID } from "../local/cloud/constants";
import { createCommand, numberFrom } from "./lib/commandLine";
import type { ContractOptions } from "./lib/contract";
import { runMain } from "./lib/failure";
import { runChild } from "./lib/localStack";

interface GivenOptions extends Partial<ContractOptions> {
  local?: boolean;
}

/** `npm run contract`: compares every assumption about Azure with a subscription, or with a temporary local cloud. */
async function main(): Promise<number> {
  const command = createCommand(
    "npm run contract --",
    "Settles the project's assumptions about Azure with calls to a subscription, and deletes everything it created.",
  )
    .option("--subscription <id>", "the subscription")
    .option("--resource-group <name>", "the resource group; created and deleted if it does not exist")
    .option("--location <region>", "the region (default: that of the resource group)")
    .option("--workspace <name>", "an existing workspace to use (default: one is created and deleted)")
    .option("--with-gpu", "also what needs a fine-tuning job and a deployment on a GPU")
    .option("--only <id...>", "only these assumptions (ids: docs/azure-behaviour.md)")
    .option("--yes", "do not ask for confirmation of the plan")
    .option("--out <folder>", "folder of the redacted transcripts")
    .option("--save", "record the results in operations/contract/confirmed.json")
    .option("--cleanup", "delete what interrupted runs left, and nothing else")
    .option("--poll-ms <n>", "wait between two reads of a job, in milliseconds", numberFrom(1))
    .option("--local", "run against a temporary local cloud in which nothing takes time")
    .addHelpText(
      "after",
      "\nExit codes: 0 everything is confirmed or left out by choice, 1 something is refuted, 2 it could not run.",
    )
    .parse();
  const { local, ...options } = command.opts<GivenOptions>();
  if (local) return runLocally(process.argv.slice(2).filter((argument) => argument !== "--local"));
  const { subscription, resourceGroup } = options;
  if (!subscription || !resourceGroup) {
    process.stderr.write(
      "error: --subscription and --resource-group are required; --local runs without a subscription.\n",
    );
    return 2;
  }
  try {
    const { contract } = await import("./lib/contract.js");
    return await contract({ ...options, subscription, resourceGroup });
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

/** The same command as a child, because Node reads the cloud's certificate authority when a process starts. */
async function runLocally(argv: readonly string[]): Promise<number> {
  const { startTemporaryCloud } = await import("./lib/temporaryCloud.js");
  const cloud = await startTemporaryCloud();
  const defaults = [
    ...[
      "--subscription",
      LOCAL_SUBSCRIPTION_ID,
      "--resource-group",
      "rg-contract",
      "--location",
      "westeurope",
    ],
    ...["--with-gpu", "--yes", "--poll-ms", "50"],
  ];
  try {
    return await runChild("scripts/contract.js", [...defaults, ...argv], cloud.env);
  } finally {
    await cloud.close();
  }
}

runMain(main);
