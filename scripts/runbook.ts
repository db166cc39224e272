import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { runbookRows } from "./runbook/page";
import { proofs } from "./runbook/proofs";
import { proveRow } from "./runbook/prove";
import { Stage } from "./runbook/stage";

/** Brings stacks into the states of docs/operations.md and runs the commands of its rows, all on a local cloud of this process. */
async function main(): Promise<number> {
  const { only = "" } = createCommand(
    "node dist/scripts/runbook.js",
    "Proves the rows of docs/operations.md.",
  )
    .option("--only <text>", "only rows whose first cell contains the text")
    .parse()
    .opts<{ only?: string }>();
  const print = process.stdout.write.bind(process.stdout);
  const stage = new Stage();
  let failed = 0;
  for (const row of runbookRows()) {
    const proof = proofs[row.state];
    if (!proof || !row.state.includes(only)) continue;
    const problems = await proveRow(stage, row, proof).catch((error: unknown) => [(error as Error).message]);
    print(
      `${problems.length === 0 ? "ok" : "FAILED"}: ${row.state}\n${problems.map((text) => `  ${text}\n`).join("")}`,
    );
    if (problems.length === 0) continue;
    print(stage.printed);
    failed += 1;
  }
  await stage.harness.close();
  return failed === 0 ? 0 : 1;
}

runMain(main);
