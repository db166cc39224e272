import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { localEnvironment } from "../local/cloud/client/environment";
import { readProject, stackFile } from "../local/engine/project/project";
import { sourceVersion } from "../operations/promotion/sharedVersion";
import { editPromotion } from "../operations/promotion/stackFileEdit";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { projectRoot } from "./lib/localStack";
import { readSourceStack } from "./lib/sourceStack";
import { isOnLocalCloud } from "./lib/stackPlace";

/**
 * `npm run promote -- dev staging`: writes the version that stack dev has shared into Pulumi.staging.yaml: one line, all other bytes
 * stay. Deploys nothing. `git revert` of that line is the rollback.
 */
async function main(): Promise<number> {
  const command = createCommand(
    "npm run promote --",
    "Writes the model version of one stack into the file of another.",
  )
    .argument("<source>", "stack whose model was tested: it trains and shares, or it promotes")
    .argument("<target>", "promoting stack whose file is changed")
    .option("--check", "print the change and write nothing")
    .parse();
  const [source = "", target = ""] = command.args;
  const { check } = command.opts<{ check?: boolean }>();
  if (source === target) throw new Error(`source and target are both "${source}"`);
  const project = await readProject(projectRoot);
  const path = stackFile(project, target);
  const file = basename(path);
  if (!existsSync(path))
    throw new Error(`there is no ${file}. Create it with model.source: promote, then promote.`);
  const isLocal = await isOnLocalCloud(projectRoot, source);
  const env = isLocal ? localEnvironment(process.env, projectRoot) : process.env;
  const version = sourceVersion(await readSourceStack(projectRoot, source, env));
  const text = readFileSync(path, "utf8");
  const change = editPromotion({ file, text, project: project.name }, source, version);
  const shown = `${version.name}:${version.version} of registry ${version.registry}`;
  if (!change)
    throw new Error(`nothing to promote: ${file} names ${shown} already, which stack "${source}" has`);
  const { line, before, after } = change;
  process.stdout.write(
    `${file}:${line}\n${before === undefined ? "" : `- ${before.trim()}\n`}+ ${after.trim()}\n`,
  );
  if (check) return 0;
  writeFileSync(path, change.text);
  process.stdout.write(
    `Stack ${target} now names ${shown}. Commit the line; \`npm run preview -- --stack ${target}\` verifies the version.\n`,
  );
  return 0;
}

runMain(main);
