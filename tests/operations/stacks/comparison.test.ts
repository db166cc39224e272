import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareStacks, notSet, rowsBySection } from "../../../operations/stacks/comparison";
import { stacksDocument } from "../../../operations/stacks/document";
import { committedStacks, readStack, stackNames } from "../../../operations/stacks/stackFiles";
import { textTable } from "../../../operations/stacks/table";

describe("the settings of several stacks", () => {
  const root = mkdtempSync(join(tmpdir(), "stacks-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const write = (stack: string, lines: string[]): void =>
    writeFileSync(
      join(root, `Pulumi.${stack}.yaml`),
      ["config:", ...lines.map((line) => `  ${line}`), ""].join("\n"),
    );
  const read = (stack: string) => readStack(root, stack, "p");

  test("are the file's and the schema's defaults, tags one by one", () => {
    write("dev", ["azure-native:location: eastus2", "p:compute: { maxNodes: 3 }", "p:tags: { owner: me }"]);
    const { values } = read("dev");
    expect([values.get("azure-native:location"), values.get("compute.maxNodes")]).toEqual(["eastus2", "3"]);
    expect([values.get("compute.minNodes"), values.get("tags.owner")]).toEqual(["0", "me"]);
  });

  test("differ in the rows that are shown, in the order of the schema", () => {
    write("a", ["azure-native:location: eastus2", "p:endpoint: { instanceCount: 2 }"]);
    write("b", ["azure-native:location: eastus2", "p:tags: { t: x }", "p:compute: { maxNodes: 2 }"]);
    const rows = compareStacks([read("a"), read("b")], true);
    expect(rows).toEqual([
      { setting: "compute.maxNodes", cells: ["1", "2"] },
      { setting: "endpoint.instanceCount", cells: ["2", "1"] },
      { setting: "tags.t", cells: [notSet, "x"] },
    ]);
    const all = compareStacks([read("a"), read("b")], false).map(({ setting }) => setting);
    expect(all).toEqual(expect.arrayContaining(["azure-native:location", "endpoint.authMode"]));
    expect(rowsBySection(rows).slice(0, 2)).toEqual([["compute"], ["  maxNodes", "1", "2"]]);
  });

  test("are refused with every mistake and the name of the stack", () => {
    write("wrong", [
      "azure-native:location: eastus2",
      "p:compute: { maxNods: 3 }",
      "p:endpoint: { instanceCount: 0 }",
    ]);
    expect(() => read("wrong")).toThrow(/stack wrong has mistakes.*maxNods.*instanceCount/s);
  });

  test("show that a value is encrypted, and not the value", () => {
    write("secret", ["azure-native:location: eastus2", "azure-native:clientSecret: { secure: v1:abc }"]);
    expect(read("secret").values.get("azure-native:clientSecret")).toBe("[secret]");
  });

  test("come from stacks in the order in which a model passes through them", () => {
    write("local", []);
    write("prod", []);
    expect(stackNames(root).slice(0, 3)).toEqual(["local", "dev", "prod"]);
  });
});

describe("a table for a terminal", () => {
  const head = ["", "local", "dev", "prod"];
  const rows = [
    ["endpoint"],
    ["  instanceType", "Standard_NC24ads_A100_v4", "Standard_NC24ads_A100_v4", "x"],
    ["  instanceCount", "1", "1", "2"],
  ];

  test.each([200, 80, 60, 40])("fits into %i columns and loses no value", (width) => {
    const text = textTable(head, rows, width);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(Math.max(width, 26));
    for (const name of ["local", "dev", "prod", "instanceCount"]) expect(text).toContain(name);
    expect(text.match(/_v4/g)).toHaveLength(2);
  });

  test("continues below when the columns do not fit side by side", () => {
    expect(textTable(head, rows, 200).split("\n\n")).toHaveLength(1);
    const parts = textTable(head, rows, 30).split("\n\n");
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(part).toContain("instanceType");
  });
});

test("docs/stacks.md matches the stack files (npm run docs writes it)", () => {
  const stacks = committedStacks(".").map((name) => readStack(".", name, "azureml-finetune"));
  expect(readFileSync("docs/stacks.md", "utf8")).toBe(stacksDocument(stacks));
});
