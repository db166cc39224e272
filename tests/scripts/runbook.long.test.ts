import { expectSuccess } from "../expectExit";
import { runScript } from "./runScript";

// The rows that no other test covers (scripts/runbook/covered.ts).
test("each state of the runbook bills what its row says, and the row's commands continue from it", async () => {
  expectSuccess(await runScript("runbook"));
}, 3_600_000);
