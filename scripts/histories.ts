import * as fc from "fast-check";
import { describeAction, histories, type HistoryPlan } from "./histories/actions";
import { runHistory, struckPaths } from "./histories/run";
import { createCommand, wholeNumber } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { Harness } from "./sweep/harness";

interface Options {
  seed?: number;
  count: number;
  longest: number;
  path?: string;
  output?: boolean;
}

/**
 * `npm run histories`: random histories of a stack on the local cloud. Prints its seed, and for a failure the shortest history
 * that fails.
 */
async function main(): Promise<number> {
  const command = createCommand("npm run histories --", "Runs random histories of a stack.")
    .option("--seed <n>", "repeats the histories of an earlier run; default: a new one", wholeNumber)
    .option("--count <n>", "number of histories", wholeNumber, 20)
    .option("--longest <n>", "actions of the longest history", wholeNumber, 8)
    .option("--path <path>", "with --seed: only the history that a failure printed")
    .option("--output", "print the output of the runs of a failed history")
    .parse();
  const options = command.opts<Options>();
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const print = process.stdout.write.bind(process.stdout);
  print(`seed ${seed}\n`);
  const harness = new Harness();
  const paths = await struckPaths(harness);
  const describe = ({ mode, actions }: HistoryPlan): string =>
    [`workspace.mode ${mode}`, ...actions.map((action) => describeAction(action, paths))].join("\n  ");
  let output = "";
  let run = 0;
  const check = async (plan: HistoryPlan): Promise<void> => {
    print(`${++run}: ${describe(plan)}\n`);
    await runHistory(harness, paths, plan, (text) => (output = text));
  };
  const result = await fc.check(fc.asyncProperty(histories(options.longest), check), {
    seed,
    numRuns: options.count,
    ...(options.path === undefined ? {} : { path: options.path }),
    endOnFailure: false,
  });
  await harness.close();
  if (!result.failed) {
    print(`${options.count} histories, none failed\n`);
    return 0;
  }
  const [shortest] = result.counterexample ?? [];
  print(`FAILED: npm run histories -- --seed ${seed} --path "${result.counterexamplePath ?? ""}" --output\n`);
  if (shortest) print(`  ${describe(shortest)}\n`);
  print(`  ${result.errorInstance instanceof Error ? result.errorInstance.message : "failed"}\n`);
  if (options.output) print(output);
  return 1;
}

runMain(main);
