import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { configurationDocument } from "../config/documentation";
import type { SettledById } from "../operations/contract/confirmed";
import { stacksDocument } from "../operations/stacks/document";
import { committedStacks, readStack } from "../operations/stacks/stackFiles";
import { TABLE } from "../operations/contract/table";
import { azureBehaviourDocument } from "./lib/azureBehaviourDocument";
import { createCommand } from "./lib/commandLine";
import { driftDocument } from "./lib/drift/document";
import { localCloudDocument, routesOfTheCloud } from "./lib/localCloudDocument";
import { projectRoot } from "./lib/localStack";
import { runMain } from "./lib/failure";
import { policyDocument } from "./lib/policyDocument";

runMain(async () => {
  createCommand(
    "npm run docs --",
    "Generates configuration.md, stacks.md, local-cloud.md, azure-behaviour.md, drift.md and policy.md in docs/.",
  ).parse();
  writeFileSync(path.join(projectRoot, "docs", "configuration.md"), configurationDocument());
  const localCloud = localCloudDocument(await routesOfTheCloud());
  writeFileSync(path.join(projectRoot, "docs", "local-cloud.md"), localCloud);
  const file = path.join(projectRoot, "operations", "contract", "confirmed.json");
  const settled = JSON.parse(readFileSync(file, "utf8")) as SettledById;
  writeFileSync(path.join(projectRoot, "docs", "azure-behaviour.md"), azureBehaviourDocument(TABLE, settled));
  writeFileSync(path.join(projectRoot, "docs", "drift.md"), driftDocument());
  const stacks = committedStacks(projectRoot).map((name) => readStack(projectRoot, name, "azureml-finetune"));
  writeFileSync(path.join(projectRoot, "docs", "stacks.md"), stacksDocument(stacks));
  writeFileSync(path.join(projectRoot, "docs", "policy.md"), policyDocument());
  return 0;
});
