import fc from "fast-check";
import {
  formatPropertyPath,
  ignoreChanges,
  parsePropertyPath,
  pathContains,
  type PropertyPath,
} from "../../../../local/engine/values/propertyPath";
import { secret, type Properties } from "../../../../local/engine/values/values";

describe("property paths", () => {
  test.each<[string, PropertyPath]>([
    ["a", ["a"]],
    ["a.b[0].c", ["a", "b", 0, "c"]],
    ['a["b.c"].d', ["a", "b.c", "d"]],
    ["*.a[*]", ["*", "a", "*"]],
    ['["x\\"y"]', ['x"y']],
    ['["back\\slash"]', ["back\\slash"]],
    ["foo-bar.$x", ["foo-bar", "$x"]],
    ['a["*"]', ["a", "*"]],
    ["a.[0]", ["a", 0]],
    ["", []],
  ])("reads and writes %s back", (text, path) => {
    expect(parsePropertyPath(text)).toEqual(path);
    expect(parsePropertyPath(formatPropertyPath(path))).toEqual(path);
  });

  test.each(["a.", "a[", "a[x]", ".a", 'a["b', 'a["b\\"]', "a[]", '["a"'])("rejects %s", (text) => {
    expect(() => parsePropertyPath(text)).toThrow(`property path "${text}"`);
  });

  test("rejects a dot before a bracket where paths are strict", () => {
    expect(() => parsePropertyPath("a.[0]", true)).toThrow('at position 1 (".[0]")');
  });

  test("parses the text of any path to the same path", () => {
    const name = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !/\\("|$)/.test(text));
    fc.assert(
      fc.property(fc.array(fc.oneof(name, fc.nat())), (path) => {
        expect(parsePropertyPath(formatPropertyPath(path), true)).toEqual(path);
      }),
    );
  });

  test.each([
    ["a", "a.b", true],
    ["a.b", "a", false],
    ["*", "a.b", true],
    ["a[*].c", "a[3].c.d", true],
    ["a.*.c", "a[3].c", true],
    ["a[0]", "a[1]", false],
    ["a[0]", 'a["0"]', false],
  ])("%s contains %s: %s", (path, other, expected) => {
    expect(pathContains(parsePropertyPath(path), parsePropertyPath(other))).toBe(expected);
  });
});

describe("ignoreChanges", () => {
  test.each<[string, Properties, Properties, string[], Properties]>([
    ["a key keeps its old value", { a: 2 }, { a: 1 }, ["a"], { a: 1 }],
    ["a new key is removed", { a: 2, b: 1 }, { b: 1 }, ["a"], { b: 1 }],
    ["a removed key is restored", { b: 1 }, { a: 1 }, ["a"], { a: 1, b: 1 }],
    [
      "nested keys and elements",
      { a: { b: [2, 2] } },
      { a: { b: [1, 1] } },
      ["a.b[0]"],
      { a: { b: [1, 2] } },
    ],
    ["a wildcard covers all elements", { a: [2, 2] }, { a: [1, 1] }, ["a[*]"], { a: [1, 1] }],
    [
      "a wildcard covers all keys",
      { a: { x: 2, y: 2 } },
      { a: { x: 1, z: 1 } },
      ["a.*"],
      { a: { x: 1, z: 1 } },
    ],
    [
      "a wildcard in the middle",
      { a: [{ b: 2 }, { b: 3 }] },
      { a: [{ b: 1 }, {}] },
      ["a[*].b"],
      { a: [{ b: 1 }, {}] },
    ],
    ["a star alone covers everything", { a: 2, c: 1 }, { a: 1, b: 1 }, ["*"], { a: 1, b: 1 }],
    ["a path that matches nothing does nothing", { a: 1 }, { a: 1 }, ["b.c", "d[3]"], { a: 1 }],
    ["an element that is in neither list", { a: [1] }, { a: [2] }, ["a[4]"], { a: [1] }],
    ["a quoted key", { "a.b": 2 }, { "a.b": 1 }, ['["a.b"]'], { "a.b": 1 }],
    ["names of built-in properties are ordinary keys", { a: 1 }, { a: 1 }, ["constructor.name"], { a: 1 }],
    ["a secret stays secret", { a: { b: 2 } }, { a: secret({ b: 1 }) }, ["a.b"], { a: { b: secret(1) } }],
    [
      "inside a secret nothing is marked twice",
      { a: secret({ b: 2 }) },
      { a: secret({ b: 1 }) },
      ["a.b"],
      { a: secret({ b: 1 }) },
    ],
  ])("%s", (_what, inputs, old, paths, expected) => {
    const before = structuredClone(inputs);
    expect(ignoreChanges(inputs, old, paths)).toEqual({ inputs: expected, invalid: [] });
    expect(inputs).toEqual(before);
  });

  test.each<[string, Properties, Properties, string]>([
    ["a key on the path is in the old inputs only", { a: 1 }, { a: 1, b: { c: 1 } }, "b.c"],
    ["lists differ in length", { a: [1] }, { a: [1, 2] }, "a[*]"],
    ["lists on the path differ in length", { a: [{}] }, { a: [{}, {}] }, "a[*].b"],
    ["an element is in one list only", { a: [1] }, { a: [1, 2] }, "a[1]"],
    ["a list became a value", { a: 1 }, { a: [1] }, "a[0]"],
    ["a map became a value", { a: 1 }, { a: { b: 1 } }, "a.b"],
    ["a key under a wildcard is missing", { a: { x: {} } }, { a: { x: {}, y: { b: 1 } } }, "a.*.b"],
    ["a negative index", { a: [1] }, { a: [1] }, "a[-1]"],
  ])("names the path when %s", (_what, inputs, old, path) => {
    expect(ignoreChanges(inputs, old, [path]).invalid).toEqual([path]);
  });
});
