import { readFileSync } from "node:fs";
import * as path from "node:path";
import { configurationDocument, configurationTable, settingRows } from "../../config/documentation";
import { parameterTable } from "../../azureml/parameterTable";

test("every setting has a sentence, allowed values and a default", () => {
  for (const row of settingRows()) {
    expect(row.doc).toMatch(/\.$/);
    expect(row.allowed).not.toBe("");
    expect(row.default).not.toBe("");
  }
});

test("the table contains nested settings and all training parameters", () => {
  const names = settingRows().map(({ setting }) => setting);
  expect(names).toEqual(expect.arrayContaining(["workspace.mode", "finetune.gate.maxEvalLoss", "tags"]));
  for (const key of Object.keys(parameterTable)) expect(names).toContain(`finetune.${key}`);
});

test("the table is Markdown with five columns", () => {
  const lines = configurationTable().split("\n");
  expect(lines).toHaveLength(settingRows().length + 2);
  for (const line of lines) expect(line.replaceAll("\\|", "").match(/\|/g)).toHaveLength(6);
});

test("docs/configuration.md matches the schema (npm run docs writes it)", () => {
  const written = readFileSync(path.join(__dirname, "../../docs/configuration.md"), "utf8");
  expect(written).toBe(configurationDocument());
});
