import { compareStacks, rowsBySection } from "../operations/stacks/comparison";
import { readStack, stackNames } from "../operations/stacks/stackFiles";
import { textTable } from "../operations/stacks/table";
import { readProject } from "../local/engine/project/project";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { projectRoot } from "./lib/localStack";

/** `npm run stacks`: what differs between the stacks, from their files and the defaults alone. */
runMain(async () => {
  const command = createCommand("npm run stacks --", "Prints the settings that differ between the stacks.")
    .argument("[stack...]", "the stacks to compare; default: all that have a file")
    .option("--all", "also settings that all of them have in common")
    .option("--json", "print the values as JSON")
    .addHelpText("after", "\nExample:\n  npm run stacks -- dev prod")
    .parse();
  const { all = false, json = false } = command.opts<{ all?: boolean; json?: boolean }>();
  const known = stackNames(projectRoot);
  const chosen = command.args.length > 0 ? command.args : known;
  for (const name of chosen)
    if (!known.includes(name))
      throw new Error(`no file Pulumi.${name}.yaml. Stacks with a file: ${known.join(", ") || "none"}`);
  const { name: project } = await readProject(projectRoot);
  const stacks = chosen.map((name) => readStack(projectRoot, name, project));
  const rows = compareStacks(stacks, !all && chosen.length > 1);
  if (json) {
    const values = stacks.map(({ stack }, at) => [
      stack,
      Object.fromEntries(rows.map(({ setting, cells }) => [setting, cells[at]])),
    ]);
    process.stdout.write(`${JSON.stringify(Object.fromEntries(values), null, 2)}\n`);
    return 0;
  }
  if (rows.length === 0) {
    process.stdout.write(`${chosen.join(" and ")} have the same settings.\n`);
    return 0;
  }
  const table = textTable(["", ...chosen], rowsBySection(rows), process.stdout.columns ?? 80);
  process.stdout.write(`${table}\n\n– is not set: decided elsewhere (docs/configuration.md)\n`);
  return 0;
});
