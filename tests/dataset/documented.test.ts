import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sectionsOf, tableRows } from "../../scripts/lib/markdownTables";
import { isThere } from "../../scripts/lib/testOf";
import { ownDataTests } from "./ownDataTests";

const document = readFileSync(join(__dirname, "../../docs/data.md"), "utf8");
const rows = tableRows(sectionsOf(document, "Your own data", "Quality of the data"));

test("every row of the tables about own data has a test, and every named row is in a table", () => {
  expect(rows.map(({ cells }) => cells[0]).sort()).toEqual(Object.keys(ownDataTests).sort());
});

test.each(Object.entries(ownDataTests))("the tests of %j exist", (_row, tests) => {
  expect(tests).not.toEqual([]);
  expect(tests.filter((test) => !isThere(test))).toEqual([]);
});
