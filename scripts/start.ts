import { runOperation } from "../local/engine/run";
import { environmentOf, localStack, projectRoot } from "./lib/localStack";
import { runMain } from "./lib/failure";

/** What the program exports and the closing lines show; everything is optional because a stack may turn its endpoint off. */
interface ShownOutputs {
  sampleScore?: { question?: string; reference?: string; answer?: string; latencyMs?: number };
  metrics?: Record<string, number>;
  registeredModel?: string | { name?: string; version?: string };
  endpointName?: string;
  jobName?: string;
}

const unchangedOperations = new Set(["same", "read", "refresh"]);

/**
 * `npm start`: brings up the local cloud and the whole stack on it, and ends with the held-out question, the reference and
 * the model's answer. A second run changes nothing.
 */
async function main(): Promise<number> {
  const began = Date.now();
  const env = await environmentOf(localStack);
  const run = await runOperation({
    operation: "up",
    stack: localStack,
    cwd: projectRoot,
    env,
    display: "auto",
  });
  if (run.exitCode !== 0) {
    process.stderr.write(
      "\nThe stack is not up. What was made is kept: mend the cause shown above and run `npm start` again; " +
        "`npm run local -- logs` shows the local cloud's side, `npm run destroy` takes everything away.\n",
    );
    return run.exitCode;
  }
  const changed = Object.entries(run.counts).some(([op, count]) => count > 0 && !unchangedOperations.has(op));
  process.stdout.write(closing(run.outputs as ShownOutputs, changed, (Date.now() - began) / 1000));
  return 0;
}

/** The closing lines: the scored conversation, what training did to the loss, and what to try next. */
function closing(outputs: ShownOutputs, changed: boolean, seconds: number): string {
  const score = outputs.sampleScore;
  const metrics = outputs.metrics ?? {};
  const lines = [""];
  if (score?.answer !== undefined) {
    lines.push(
      `  question   ${score.question ?? ""}`,
      `  reference  ${score.reference ?? ""}`,
      `  answer     ${score.answer}`,
      "",
    );
  }
  const before = metrics["eval_loss_before"];
  const after = metrics["eval_loss"];
  if (before !== undefined && after !== undefined) {
    lines.push(`  eval loss  ${before.toFixed(3)} before fine-tuning, ${after.toFixed(3)} after`);
  }
  lines.push(
    `  ${changed ? "done" : "no changes"}, ${seconds.toFixed(0)} s`,
    "",
    '  npm run ask -- "What is the capital of France?"   chat with the deployed endpoint',
    "  npm run outputs                                    what the stack exports",
    "  npm run destroy                                    take it all away again",
    "",
  );
  return lines.join("\n");
}

runMain(main);
