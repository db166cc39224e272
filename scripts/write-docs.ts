import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { configurationDocument } from "../config/documentation";
import { createCommand } from "./lib/commandLine";
import { localCloudDocument, routesOfTheCloud } from "./lib/localCloudDocument";
import { projectRoot } from "./lib/localStack";
import { runMain } from "./lib/failure";

runMain(async () => {
  createCommand("npm run docs --", "Generates docs/configuration.md and docs/local-cloud.md.").parse();
  writeFileSync(path.join(projectRoot, "docs", "configuration.md"), configurationDocument());
  const localCloud = localCloudDocument(await routesOfTheCloud());
  writeFileSync(path.join(projectRoot, "docs", "local-cloud.md"), localCloud);
  return 0;
});
