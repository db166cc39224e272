import {
  applyReplaceOnChanges,
  compareInputs,
  comparePaths,
  invert,
  isReplacement,
  noDiff,
} from "../../../../local/engine/values/diff";
import { secret, signatureKey, signatures } from "../../../../local/engine/values/values";

const asset = (hash: string): { [key: string]: string } => ({ [signatureKey]: signatures.asset, hash });
const changedA = { ...noDiff, changed: true, keys: ["a"] };

describe("differences", () => {
  test("compares inputs by content and path, secret or not", () => {
    const old = { a: 1, b: secret("x"), c: { d: [1] }, f: 1 };
    expect(compareInputs(old, { a: 1, b: "x", c: { d: [1, 2] }, e: 1 })).toEqual({
      ...noDiff,
      changed: true,
      keys: ["c", "f", "e"],
      detailed: {
        "c.d[1]": { kind: "add", replace: false },
        f: { kind: "delete", replace: false },
        e: { kind: "add", replace: false },
      },
    });
    expect(compareInputs({ a: 1 }, { a: 1 })).toEqual(noDiff);
    expect(comparePaths({ a: asset("1"), "b.c": [1] }, { a: asset("2"), "b.c": {} })).toEqual({
      a: "update",
      '["b.c"]': "update",
    });
  });

  test("reports additions as deletions from the other side", () => {
    const diff = invert(compareInputs({ a: 1, b: 1 }, { b: 2, c: 3 }));
    expect(Object.entries(diff.detailed).map(([path, { kind }]) => [path, kind])).toEqual([
      ["a", "add"],
      ["b", "update"],
      ["c", "delete"],
    ]);
  });

  test.each([
    ["a changed key under a path", ["a"], changedA, false, ["a"]],
    ["another key", ["b"], changedA, false, []],
    [
      "a nested path",
      ["a.b"],
      { ...changedA, detailed: { "a.b": { kind: "update" as const, replace: false } } },
      false,
      [],
    ],
    ["a star and nothing changed", ["*"], noDiff, false, []],
    ["a star and initialisation errors", ["*"], noDiff, true, ["#initerror"]],
  ])("replaceOnChanges: %s", (what, paths, diff, initErrors, expected) => {
    const applied = applyReplaceOnChanges(diff, paths, initErrors);
    expect(applied.replaceKeys).toEqual(expected);
    expect(isReplacement(applied)).toBe(expected.length > 0 || what === "a nested path");
  });
});
