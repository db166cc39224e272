import { problemsInOutput, problemsWhenDestroyed, problemsWhenUp } from "../sweep/invariants";
import { billsProblem } from "./bills";
import { commandsOf, type Row } from "./page";
import type { Proof } from "./proofs";
import type { Stage } from "./stage";

/**
 * Brings a stack into the state of a row, compares what bills, and runs the row's commands.
 * @returns what is wrong with the row.
 */
export async function proveRow(stage: Stage, row: Row, proof: Proof): Promise<string[]> {
  stage.printed = "";
  await proof.reach(stage);
  const bills = billsProblem(row.bills, stage.harness.cloud.inventory(), stage.served);
  const problems = bills === undefined ? [] : [bills];
  await proof.change?.(stage);
  for (const command of commandsOf(row)) {
    const report = await stage.command(command);
    if (report.exitCode !== 0) problems.push(`\`${command}\` ends with ${report.exitCode}`);
    problems.push(...problemsInOutput(stage.harness, report));
  }
  if (proof.isDestroyed) return [...problems, ...problemsWhenDestroyed(stage.harness, new Set())];
  const { trainings = 1, jobs = trainings } = proof;
  problems.push(...problemsWhenUp(stage.harness, { trainings, jobs }));
  const preview = await stage.run("preview", { expectNoChanges: true });
  return preview.exitCode === 0 ? problems : [...problems, "preview --expect-no-changes shows changes"];
}
