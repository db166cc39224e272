import { runOperation, type RunResult } from "../local/engine/run";
import { closingText, type ShownOutputs } from "./lib/closing";
import { createCommand } from "./lib/commandLine";
import { commandSteps } from "./lib/commandSteps";
import { runMain } from "./lib/failure";
import { environmentOf, projectRoot } from "./lib/localStack";
import { policyPack } from "./lib/policyPack";
import { operateStack } from "./lib/stackOperation";
import { localStack } from "./lib/stackPlace";

/**
 * `npm start`: starts the local cloud, deploys the whole stack on it, and ends with the held-out question, the reference and
 * the model's answer. A second run changes nothing.
 */
async function main(): Promise<number> {
  const command = createCommand("npm start --", `Deploys the stack "${localStack}" on the local cloud.`)
    .option("--verbose", "print every step, every message and all outputs")
    .addHelpText("after", "\nAny other stack: npm run up -- --stack dev")
    .parse();
  const isVerbose = command.opts<{ verbose?: boolean }>().verbose === true;
  const started = performance.now();
  const env = await environmentOf(localStack);
  let run: RunResult | undefined;
  const steps = commandSteps({ cwd: projectRoot, stack: localStack, env }, async (onEvent) => {
    run = await runOperation({
      operation: "up",
      stack: localStack,
      cwd: projectRoot,
      env,
      display: isVerbose ? "auto" : "brief",
      policyPacks: [{ directory: policyPack }],
      onEvent,
    });
    return run.exitCode;
  });
  const code = await operateStack(
    { kind: "up", isChange: true, isPartial: false, isRepeatable: true, isReported: true },
    steps,
  );
  // Without a run the recovery has printed why it failed.
  if (!run) return code;
  if (code !== 0) {
    process.stderr.write(
      "\nThe stack is not up. What was created is kept.\n" +
        "Fix the cause shown above and run `npm start` again. `npm run local -- logs` prints the log of the local cloud,\n" +
        "`npm run destroy` deletes everything.\n",
    );
    return code;
  }
  process.stdout.write(
    closingText({
      outputs: run.shownOutputs as ShownOutputs,
      counts: run.counts,
      seconds: (performance.now() - started) / 1000,
      columns: process.stdout.columns ?? 100,
      isColoured: process.stdout.isTTY === true && !process.env.NO_COLOR,
    }),
  );
  return 0;
}

runMain(main);
