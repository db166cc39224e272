import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { SettledById } from "../../../operations/contract/confirmed";
import { TABLE } from "../../../operations/contract/table";
import { azureBehaviourDocument } from "../../../scripts/lib/azureBehaviourDocument";

const root = path.resolve(__dirname, "../../..");
const settled = JSON.parse(
  readFileSync(path.join(root, "operations", "contract", "confirmed.json"), "utf8"),
) as SettledById;

test("docs/azure-behaviour.md matches the table (npm run docs writes it)", () => {
  const written = readFileSync(path.join(root, "docs", "azure-behaviour.md"), "utf8");
  expect(written).toBe(azureBehaviourDocument(TABLE, settled));
});

test("confirmed.json names only assumptions of the table", () => {
  const ids = TABLE.map(({ id }) => id as string);
  expect(Object.keys(settled).filter((id) => !ids.includes(id))).toEqual([]);
});

test("every assumption has its own statement, and a source", () => {
  expect(new Set(TABLE.map(({ statement }) => statement)).size).toBe(TABLE.length);
  for (const { statement, source } of TABLE) {
    expect(statement).not.toMatch(/\.$/);
    expect(source.length).toBeGreaterThan(5);
  }
});
