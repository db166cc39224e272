import { diffLines, outputLines, valueText } from "../../../local/engine/display/properties";
import { diffKeys, durationText, shortType } from "../../../local/engine/display/text";
import { secret, unknownValue, type Properties, type Value } from "../../../local/engine/values/values";
import { step } from "./displaySupport";

const long = "text ".repeat(100);

describe("values in readable form", () => {
  const cases: [what: string, value: Value, text: string][] = [
    ["texts are quoted", 'a "b"', '"a \\"b\\""'],
    [
      "secrets are hidden at every depth",
      { a: [secret("hush")], b: secret({ c: "hush" }) },
      "{ a: [ [secret] ], b: [secret] }",
    ],
    ["unknowns are named", [unknownValue, secret(unknownValue)], "[ [unknown], [secret] ]"],
    ["long texts are cut", long, `"${"text ".repeat(12)}"… (500 characters)`],
    ["internal properties are left out", { __provider: "code", a: null }, "{ a: null }"],
  ];
  test.each(cases)("%s", (_what, value, text) => {
    expect(valueText(value)).toBe(text);
  });

  test("an object that is too long for one line takes several", () => {
    const value = { first: "x".repeat(50), second: "y".repeat(50), third: { deep: [1, 2] } };
    expect(valueText(value).split("\n")).toEqual([
      "{",
      `  first: "${"x".repeat(50)}",`,
      `  second: "${"y".repeat(50)}",`,
      "  third: { deep: [ 1, 2 ] }",
      "}",
    ]);
  });
});

describe("the difference of a step's properties", () => {
  const cases: [what: string, old: Properties | undefined, next: Properties, lines: string[]][] = [
    ["new properties", undefined, { a: 1, __provider: "code" }, ["+ a: 1"]],
    [
      "changed properties by path",
      { a: { b: [1, 2] } },
      { a: { b: [1, 3], c: true } },
      ["~ a.b[1]: 2 => 3", "+ a.c: true"],
    ],
    ["removed properties", { a: 1, b: 2 }, { a: 1 }, ["- b: 2"]],
    ["nothing of the provider's code", { __provider: "x", a: 1 }, { __provider: "y", a: 1 }, []],
    ["that a secret changed, not how", { a: secret("hush") }, { a: secret("tell") }, ["~ a: [secret]"]],
    [
      "one line for all changes inside one secret",
      { a: secret({ user: "u", word: "hush" }) },
      { a: secret({ user: "v", word: "tell" }) },
      ["~ a: [secret]"],
    ],
    ["that a text became secret", { a: "hush" }, { a: secret("tell") }, ['~ a: "hush" => [secret]']],
    [
      "long texts from where they differ",
      { a: `${long}old` },
      { a: `${long}new` },
      ['~ a: …"text text text text old"… (503 characters) => …"text text text text new"… (503 characters)'],
    ],
    [
      "objects indented below their name",
      undefined,
      { a: { b: "x".repeat(50), c: "y".repeat(50) } },
      ["+ a: {", `    b: "${"x".repeat(50)}",`, `    c: "${"y".repeat(50)}"`, "  }"],
    ],
  ];
  test.each(cases)("shows %s", (_what, old, next, lines) => {
    const shown = diffLines(step(old ? "update" : "create", "a", { ...(old ? { old } : {}), next }));
    expect(shown).toEqual(lines.map((line) => `      ${line}`));
  });

  test("marks paths that force a replacement", () => {
    const parts = { old: { zone: "n", size: 1 }, next: { zone: "s", size: 2 } };
    const shown = diffLines(step("create-replacement", "a", { ...parts, diff: { replaceKeys: ["zone"] } }));
    expect(shown).toEqual(['      ~ zone: "n" => "s" (forces replacement)', "      ~ size: 1 => 2"]);
  });

  test("shows outputs that only a refresh found", () => {
    const found = step("update", "a", { old: { size: 1 }, next: { size: 1 } });
    if (found.old) found.old.outputs = { state: "on" };
    if (found.next) found.next.outputs = { state: "off" };
    if (found.diff) found.diff.detailed = { state: { kind: "update", replace: false } };
    expect(diffLines(found)).toEqual(['      ~ state: "on" => "off"']);
  });

  test("accepts a path that only its provider understands", () => {
    const odd = step("update", "a", { old: { size: 1 }, next: { size: 1 } });
    if (odd.diff) odd.diff.detailed = { "a[": { kind: "update", replace: false } };
    expect(diffLines(odd)).toHaveLength(1);
  });

  test("shows the end of a long text that was truncated there", () => {
    const shown = diffLines(step("update", "a", { old: { a: `${long}end` }, next: { a: long } }));
    expect(shown[0]).toContain('=> …"text text text text "… (500 characters)');
  });

  test("omits what the option hideDiffs names", () => {
    const shown = step("update", "a", { old: { a: { b: 1 }, c: 1 }, next: { a: { b: 2 }, c: 2 } });
    if (shown.next) shown.next.hideDiff = ["a.b"];
    expect(diffLines(shown)).toEqual(["      ~ c: 1 => 2"]);
  });

  test("prints nothing for deletions", () => {
    expect(diffLines(step("delete", "a", { old: { a: 1 } }))).toEqual([]);
  });
});

test("changed keys are listed, internal ones are not", () => {
  const parts = { old: { a: 1, c: false, __provider: "x" }, next: { a: 2, b: 1, __provider: "y" } };
  expect(diffKeys(step("update", "a", parts))).toBe(" [diff: ~a,-c,+b]");
});

test("outputs that are or become secret show no value", () => {
  expect(
    outputLines({ a: secret("1"), b: "1", c: secret(1) }, { a: secret("2"), b: secret("1"), c: secret(1) }),
  ).toEqual(["  ~ a: [secret]", '  ~ b: "1" => [secret]', "    c: [secret]"]);
});

test("types are shortened where they repeat themselves, durations have Pulumi's format", () => {
  expect(shortType("pulumi-nodejs:dynamic/azureml:FineTuneJob")).toBe("azureml:FineTuneJob");
  expect(shortType("pulumi-nodejs:dynamic:Resource")).toBe("Resource");
  expect(shortType("azure-native:machinelearningservices/v20240401:Workspace")).toBe(
    "azure-native:machinelearningservices:Workspace",
  );
  expect([0.2, 65, 3700].map(durationText)).toEqual(["1s", "1m5s", "1h1m40s"]);
});
