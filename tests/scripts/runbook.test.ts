import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isThere } from "../../scripts/lib/testOf";
import { covered } from "../../scripts/runbook/covered";
import { commandsOf, runbookRows } from "../../scripts/runbook/page";
import { proofs } from "../../scripts/runbook/proofs";

const rows = runbookRows(readFileSync(join(__dirname, "../../docs/operations.md"), "utf8"));

test("every row of the runbook is proved, once", () => {
  const proved = [...Object.keys(proofs), ...Object.keys(covered)];
  expect(proved.sort()).toEqual(rows.map(({ state }) => state).sort());
});

test.each(Object.entries(covered))("the test that proves %j exists", (_state, test) => {
  expect([test, isThere(test)]).toEqual([test, true]);
});

test("every row with a proof of its own has a command that the proof runs", () => {
  const without = rows.filter((row) => row.state in proofs && commandsOf(row).length === 0);
  expect(without).toEqual([]);
});
