import { readFileSync } from "node:fs";
import * as path from "node:path";
import { driftDocument } from "../../scripts/lib/drift/document";

test("docs/drift.md matches the table (npm run docs writes it)", () => {
  const file = path.resolve(__dirname, "..", "..", "docs", "drift.md");
  expect(driftDocument()).toBe(readFileSync(file, "utf8"));
});
