import fc from "fast-check";
import { integrityProblems } from "../../../../local/engine/state/integrity";
import {
  forgetReferences,
  dependenciesOf,
  renameReferences,
  type ResourceState,
} from "../../../../local/engine/state/state";
import { provider, resource, urn } from "./support";

describe("integrity", () => {
  test("requires every dependency to come before its resource, and no resource to appear twice", () => {
    const ok = [provider, resource("a"), resource("b", { dependencies: [urn("a")] })];
    expect(integrityProblems(ok)).toEqual([]);
    expect(integrityProblems([...ok].reverse())).toHaveLength(3);
    expect(integrityProblems([provider, resource("a"), resource("a")])).toEqual([
      `${urn("a")}: appears twice`,
    ]);
    expect(integrityProblems([provider, resource("a"), resource("a", { delete: true })])).toEqual([]);
  });

  test.each<[string, Partial<ResourceState>]>([
    ["parent", { parent: urn("x") }],
    ["dependencies", { dependencies: [urn("x")] }],
    ["propertyDependencies", { propertyDependencies: { p: [urn("x")] } }],
    ["deletedWith", { deletedWith: urn("x") }],
    ["provider", { provider: `${urn("x")}::id` }],
  ])("%s counts as a dependency, is renamed with its resource and removed without it", (field, more) => {
    const state = resource("a", more);
    expect(dependenciesOf(state)).toContain(urn("x"));
    expect(integrityProblems([provider, state])).toHaveLength(1);
    expect(renameReferences(state, new Map([[urn("x"), urn("y")]]))).toBe(true);
    expect(JSON.stringify(state)).not.toContain("::x");
    expect(renameReferences(state, new Map([[urn("x"), urn("y")]]))).toBe(false);
    forgetReferences(state, new Set([urn("y")]));
    expect(dependenciesOf(state).has(urn("y"))).toBe(field === "parent" || field === "provider");
  });

  test("finds the same problems in added resources as a full check, if resources were only added", () => {
    const graph = fc.array(fc.array(fc.nat({ max: 12 }), { maxLength: 3 }), { maxLength: 12 });
    fc.assert(
      fc.property(graph, fc.nat({ max: 12 }), (edges, sound) => {
        const states = edges.map((targets, index) =>
          resource(String(index), {
            dependencies: targets
              .filter((target) => index >= sound || target < index)
              .map((t) => urn(String(t))),
          }),
        );
        const added = new Set(states.slice(sound));
        expect(integrityProblems([provider, ...states], added)).toEqual(
          integrityProblems([provider, ...states]),
        );
      }),
    );
  });
});
