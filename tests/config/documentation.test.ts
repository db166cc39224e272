import { readFileSync } from "node:fs";
import * as path from "node:path";
import { configurationDocument } from "../../scripts/write-docs";
import { configurationTable, settingRows } from "../../config/documentation";
import { parameterTable } from "../../azureml/parameterTable";

test("every setting says what it does, what is allowed and what holds without it", () => {
  for (const row of settingRows()) {
    expect(row.doc).toMatch(/\.$/);
    expect(row.allowed).not.toBe("");
    expect(row.default).not.toBe("");
  }
});

test("no setting is missing: sections, nested ones and training parameters", () => {
  const names = settingRows().map(({ setting }) => setting);
  expect(names).toEqual(expect.arrayContaining(["workspace.mode", "finetune.gate.maxEvalLoss", "tags"]));
  for (const key of Object.keys(parameterTable)) expect(names).toContain(`finetune.${key}`);
});

test("the table is Markdown with five columns", () => {
  const lines = configurationTable().split("\n");
  expect(lines).toHaveLength(settingRows().length + 2);
  for (const line of lines) expect(line.replaceAll("\\|", "").match(/\|/g)).toHaveLength(6);
});

test("docs/configuration.md is what the schema says (npm run docs writes it)", () => {
  const written = readFileSync(path.join(__dirname, "../../docs/configuration.md"), "utf8");
  expect(written).toBe(configurationDocument());
});
