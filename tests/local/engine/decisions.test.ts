import { stateOf, type Goal } from "../../../local/engine/deploy/goal";
import { isDeletedWithoutCall, deletionLayers } from "../../../local/engine/deploy/deletes";
import { operationFor } from "../../../local/engine/deploy/register";
import { openTargets } from "../../../local/engine/deploy/targets";
import { noDiff } from "../../../local/engine/values/diff";
import type { ResourceState } from "../../../local/engine/state/state";

const urn = (name: string, type = "t:m:T"): string => `urn:pulumi:dev::p::${type}::${name}`;
const state = (name: string, more: Partial<ResourceState> = {}): ResourceState => ({
  urn: urn(name),
  custom: true,
  type: "t:m:T",
  id: name,
  ...more,
});

describe("decisions", () => {
  test.each([
    [state("a"), noDiff, "same"],
    [state("a"), { ...noDiff, changed: true }, "update"],
    [state("a"), { ...noDiff, changed: true, replaceKeys: ["x"] }, "replace"],
    [state("a"), { ...noDiff, replaceKeys: ["x"] }, "same"],
    [state("a", { initErrors: ["no"] }), noDiff, "update"],
    [state("a", { pendingReplacement: true }), noDiff, "replace"],
  ])("%#: operationFor decides like Pulumi", (old, diff, expected) => {
    expect(operationFor(old, diff)).toBe(expected);
  });

  test("children inherit options that they do not set", () => {
    const goal = (desired: Partial<Goal["desired"]>): Goal => ({
      ...{ name: "a", provider: "", providers: {}, version: "", downloadUrl: "", aliases: [] },
      desired: { custom: true, type: "t:m:T", ...desired },
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

  test("dependants of targets are included on request, and patterns without a match are reported", () => {
    const targets = openTargets([urn("a"), urn("nobody"), "**::none*", "**::d"], true);
    const [a, b, c, d] = [
      state("a"),
      state("b", { dependencies: [urn("a")] }),
      state("c", { parent: urn("b") }),
      state("d"),
    ] as const;
    expect([a, b, c, d].map((resource) => targets.names(resource))).toEqual([true, true, true, true]);
    expect(openTargets([urn("a")], true).names(d)).toBe(false);
    expect(targets.missing([urn("a"), urn("d")])).toEqual([urn("nobody"), "**::none*"]);
  });
});

describe("deleting", () => {
  test("deletions run layer by layer, dependants first, each resource as late as its dependencies allow", () => {
    const [a, b, c, d] = [
      state("a"),
      state("b", { dependencies: [urn("a")] }),
      state("c", { parent: urn("a") }),
      state("d", { propertyDependencies: { x: [urn("b")] } }),
    ] as const;
    expect(deletionLayers([a, b, c, d])).toEqual([[d], [c, b], [a]]);
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
    expect(isDeletedWithoutCall(state("a", more as Partial<ResourceState>), new Set([urn("host")]))).toBe(
      expected,
    );
  });
});
