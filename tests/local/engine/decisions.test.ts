import { aliasUrns } from "../../../local/engine/values/aliases";
import { stateOf, type Goal } from "../../../local/engine/deploy/goal";
import { deletedWithoutCall, deletionLayers } from "../../../local/engine/deploy/deletes";
import { verdict } from "../../../local/engine/deploy/register";
import { openTargets } from "../../../local/engine/deploy/targets";
import {
  applyReplaceOnChanges,
  compareInputs,
  isReplacement,
  noDiff,
} from "../../../local/engine/values/diff";
import { integrityProblems } from "../../../local/engine/state/integrity";
import {
  formatPropertyPath,
  ignoreChanges,
  parsePropertyPath,
  pathContains,
} from "../../../local/engine/values/propertyPath";
import type { ResourceState } from "../../../local/engine/state/state";
import { defaultProviderName, makeUrn, parseReference, parseUrn } from "../../../local/engine/values/urn";
import { secret } from "../../../local/engine/values/values";

const urn = (name: string, type = "t:m:T"): string => `urn:pulumi:dev::p::${type}::${name}`;
const state = (name: string, more: Partial<ResourceState> = {}): ResourceState => ({
  urn: urn(name),
  custom: true,
  type: "t:m:T",
  id: name,
  ...more,
});

describe("property paths", () => {
  test.each([
    ["a", ["a"]],
    ["a.b[0].c", ["a", "b", 0, "c"]],
    ['a["b.c"].d', ["a", "b.c", "d"]],
    ["*.a[*]", ["*", "a", "*"]],
    ['["x\\"y"]', ['x"y']],
  ])("%s is read and written back", (text, path) => {
    expect(parsePropertyPath(text)).toEqual(path);
    expect(parsePropertyPath(formatPropertyPath(path as (string | number)[]))).toEqual(path);
  });

  test.each(["a.", "a[", "a[x]", ".a", 'a["b'])("%s is refused", (text) => {
    expect(() => parsePropertyPath(text)).toThrow(text);
  });

  test.each([
    ["a", "a.b", true],
    ["a.b", "a", false],
    ["*", "a.b", true],
    ["a[*].c", "a[3].c.d", true],
    ["a[0]", "a[1]", false],
  ])("%s contains %s: %s", (path, other, expected) => {
    expect(pathContains(parsePropertyPath(path), parsePropertyPath(other))).toBe(expected);
  });

  test.each([
    ["a key keeps its old value", { a: 2 }, { a: 1 }, ["a"], { a: 1 }],
    ["a key that was not there is taken out", { a: 2, b: 1 }, { b: 1 }, ["a"], { b: 1 }],
    [
      "nested keys and elements",
      { a: { b: [2, 2] } },
      { a: { b: [1, 1] } },
      ["a.b[0]"],
      { a: { b: [1, 2] } },
    ],
    ["a wildcard covers all elements", { a: [2, 2] }, { a: [1, 1] }, ["a[*]"], { a: [1, 1] }],
    ["a path that is nowhere does nothing", { a: 1 }, { a: 1 }, ["b.c"], { a: 1 }],
    [
      "what was secret stays secret",
      { a: { b: 2 } },
      { a: secret({ b: 1 }) },
      ["a.b"],
      { a: { b: secret(1) } },
    ],
  ])("ignoreChanges: %s", (_what, inputs, old, paths, expected) => {
    expect(ignoreChanges(inputs, old, paths)).toEqual({ inputs: expected, invalid: [] });
  });

  test("ignoreChanges names a path whose way is missing in the new inputs", () => {
    expect(ignoreChanges({ a: 1 }, { a: 1, b: { c: 1 } }, ["b.c"]).invalid).toEqual(["b.c"]);
    expect(ignoreChanges({ a: [1] }, { a: [1, 2] }, ["a[*]"]).invalid).toEqual(["a[*]"]);
  });
});

describe("differences", () => {
  test("inputs are compared by content, by path, whatever is secret", () => {
    expect(
      compareInputs({ a: 1, b: secret("x"), c: { d: [1] } }, { a: 1, b: "x", c: { d: [1, 2] }, e: 1 }),
    ).toMatchObject({
      changed: true,
      keys: ["c", "e"],
      detailed: { "c.d[1]": { kind: "add" }, e: { kind: "add" } },
    });
    expect(compareInputs({ a: 1 }, { a: 1 }).changed).toBe(false);
  });

  test.each([
    ["a changed key under a path", ["a"], { ...noDiff, changed: true, keys: ["a"] }, false, true],
    ["another key", ["b"], { ...noDiff, changed: true, keys: ["a"] }, false, false],
    [
      "a nested path",
      ["a.b"],
      {
        ...noDiff,
        changed: true,
        keys: ["a"],
        detailed: { "a.b": { kind: "update" as const, replace: false } },
      },
      false,
      true,
    ],
    ["a star and nothing changed", ["*"], noDiff, false, false],
    ["a star and initialisation errors", ["*"], noDiff, true, true],
  ])("replaceOnChanges: %s", (_what, paths, diff, initErrors, expected) => {
    expect(isReplacement(applyReplaceOnChanges(diff, paths, initErrors))).toBe(expected);
  });
});

describe("decisions", () => {
  test.each([
    [state("a"), noDiff, "same"],
    [state("a"), { ...noDiff, changed: true }, "update"],
    [state("a"), { ...noDiff, changed: true, replaceKeys: ["x"] }, "replace"],
    [state("a"), { ...noDiff, replaceKeys: ["x"] }, "same"],
    [state("a", { initErrors: ["no"] }), noDiff, "update"],
    [state("a", { pendingReplacement: true }), noDiff, "replace"],
  ])("%#: the verdict is as Pulumi's", (old, diff, expected) => {
    expect(verdict(old, diff)).toBe(expected);
  });

  test("children inherit what they leave open", () => {
    const goal = (wanted: Partial<Goal["wanted"]>): Goal => ({
      ...{ name: "a", provider: "", providers: {}, version: "", downloadUrl: "", aliases: [] },
      wanted: { custom: true, type: "t:m:T", ...wanted },
      deleteBeforeReplace: undefined,
    });
    const parent = { protect: true, retainOnDelete: true, deletedWith: urn("p") };
    expect(stateOf(goal({}), urn("a"), goal(parent), undefined)).toMatchObject(parent);
    expect(stateOf(goal({ protect: false }), urn("a"), goal(parent), undefined).protect).toBe(false);
  });

  test.each([
    [[urn("a")], "a", true],
    [[urn("a")], "b", false],
    [["**::a"], "a", true],
    [["urn:pulumi:*::p::*:*:T::a"], "a", true],
    [["urn:pulumi:*::a"], "a", false],
    [["**a.b"], "aXb", false],
    [[], "a", false],
    [undefined, "a", true],
  ])("the targets %p name %s: %s", (patterns, name, expected) => {
    expect(openTargets(patterns).names(state(name))).toBe(expected);
  });

  test("what leans on a target is one too where dependants are meant, and literal targets nobody knows are told", () => {
    const targets = openTargets([urn("a"), urn("nobody")], true);
    const [a, b, c, d] = [
      state("a"),
      state("b", { dependencies: [urn("a")] }),
      state("c", { parent: urn("b") }),
      state("d"),
    ] as const;
    expect([a, b, c, d].map((resource) => targets.names(resource))).toEqual([true, true, true, false]);
    expect(targets.missing(new Set([urn("a")]))).toEqual([urn("nobody")]);
  });
});

describe("identity", () => {
  test("URNs hold the types of all ancestors but the stack, names may hold ::", () => {
    const stack = makeUrn({ stack: "dev", project: "p", type: "pulumi:pulumi:Stack", name: "p-dev" });
    const parent = makeUrn({ stack: "dev", project: "p", parent: stack, type: "a:b:C", name: "x" });
    const child = makeUrn({ stack: "dev", project: "p", parent, type: "d:e:F", name: "y::z" });
    expect(child).toBe("urn:pulumi:dev::p::a:b:C$d:e:F::y::z");
    expect(parseUrn(child)).toMatchObject({ type: "d:e:F", name: "y::z", qualifiedType: "a:b:C$d:e:F" });
  });

  test("provider references and names of default providers", () => {
    expect(parseReference(`${urn("default", "pulumi:providers:x")}::id`)).toEqual({
      urn: urn("default", "pulumi:providers:x"),
      id: "id",
    });
    expect(defaultProviderName("", "")).toBe("default");
    expect(defaultProviderName("v3.28.0", "")).toBe("default_3_28_0");
    expect(defaultProviderName("1.0.0-alpha.1", "https://x/y")).toBe("default_1_0_0_alpha_1_https___x_y");
  });

  test("aliases: own ones first, then what the parent's alias implies, names rewritten with it", () => {
    const parent = urn("new", "a:b:C");
    const resource = { type: "d:e:F", name: "new-child", parent, stack: "dev", project: "p" };
    expect(aliasUrns([{ type: "d:e:Old" }, { urn: urn("whole") }], resource, urn("old", "a:b:C"))).toEqual([
      "urn:pulumi:dev::p::a:b:C$d:e:Old::new-child",
      urn("whole"),
      "urn:pulumi:dev::p::a:b:C$d:e:F::old-child",
      "urn:pulumi:dev::p::a:b:C$d:e:Old::old-child",
      "urn:pulumi:dev::p::a:b:C$t:m:T::whole",
    ]);
    expect(aliasUrns([{ noParent: true }], resource)).toEqual([urn("new-child", "d:e:F")]);
  });
});

describe("deleting", () => {
  test("layer by layer, dependants first", () => {
    const [a, b, c, d] = [
      state("a"),
      state("b", { dependencies: [urn("a")] }),
      state("c", { parent: urn("a") }),
      state("d", { propertyDependencies: { x: [urn("b")] } }),
    ] as const;
    expect(deletionLayers([a, b, c, d])).toEqual([[d, c], [b], [a]]);
  });

  test.each([
    [{ external: true }, true],
    [{ retainOnDelete: true }, true],
    [{ deletedWith: urn("host") }, true],
    [{ custom: false }, true],
    [{ pendingReplacement: true }, true],
    [{ type: "pulumi:providers:x" }, true],
    [{}, false],
  ])("%p needs no call: %s", (more, expected) => {
    expect(deletedWithoutCall(state("a", more as Partial<ResourceState>), new Set([urn("host")]))).toBe(
      expected,
    );
  });
});

test("integrity: everything a resource leans on comes before it, and nothing is there twice", () => {
  const provider = {
    ...state("default", { id: "1" }),
    urn: urn("default", "pulumi:providers:t"),
    type: "pulumi:providers:t",
  };
  const ok = [
    provider,
    state("a", { provider: `${provider.urn}::1` }),
    state("b", { dependencies: [urn("a")] }),
  ];
  expect(integrityProblems(ok)).toEqual([]);
  expect(integrityProblems([...ok].reverse())).toHaveLength(2);
  expect(integrityProblems([state("a"), state("a")])).toEqual([`${urn("a")}: is there twice`]);
  expect(integrityProblems([state("a"), state("a", { delete: true })])).toEqual([]);
  expect(integrityProblems([state("a", { custom: false })])[0]).toContain("component");
  expect(integrityProblems([{ ...state("a"), urn: "nonsense" }])[0]).toContain("no valid urn");
});
