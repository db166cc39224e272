import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { configurationTable } from "../config/documentation";
import { createCommand } from "./lib/commandLine";
import { localCloudDocument, routesOfTheCloud } from "./lib/localCloudDocument";
import { projectRoot } from "./lib/localStack";
import { runMain } from "./lib/failure";

const introduction = `# Configuration

<!-- Generated from config/ by \`npm run docs\`; a test holds it to the schema. -->

Everything is in \`Pulumi.<stack>.yaml\`, a section a key: \`azureml-finetune:<section>\`. Every setting has a default; unknown keys and wrong values
are all reported at once, each with what is allowed. Beside it: \`azure-native:location\` (required) and \`azure-native:subscriptionId\` (or
\`ARM_SUBSCRIPTION_ID\`).

A training parameter that is not set comes from the model's tag \`model_specific_defaults\`, then from the notebook, then from the pipeline
component; \`preview\` shows every value and who set it.

`;

/** The text of docs/configuration.md. */
export function configurationDocument(): string {
  return `${introduction}${configurationTable()}\n`;
}

if (require.main === module) {
  runMain(async () => {
    createCommand("npm run docs --", "Generates docs/configuration.md and docs/local-cloud.md.").parse();
    writeFileSync(path.join(projectRoot, "docs", "configuration.md"), configurationDocument());
    const localCloud = localCloudDocument(await routesOfTheCloud());
    writeFileSync(path.join(projectRoot, "docs", "local-cloud.md"), localCloud);
    return 0;
  });
}
