import { stackGraph } from "../../../local/engine/graph";
import type { ResourceState } from "../../../local/engine/state/state";

const urn = (type: string, name: string): string => `urn:pulumi:dev::shop::${type}::${name}`;
const resource = (type: string, name: string, more: Partial<ResourceState> = {}): ResourceState =>
  ({ urn: urn(type, name), type, custom: true, ...more }) as ResourceState;

const stack = resource("pulumi:pulumi:Stack", "shop-dev");
const base = resource("t:i:B", "base", { parent: stack.urn });
const user = resource("t:i:A", "user", {
  parent: stack.urn,
  dependencies: [base.urn],
  propertyDependencies: { size: [base.urn], name: [base.urn], other: [] },
});

describe("the graph of a stack", () => {
  // The order of nodes and edges, ids, colours and labels are those of pkg/graph/dotconv/print.go (pulumi v3.260.0).
  it("has each resource in the order of URNs, what depends on it, and its parent", () => {
    expect(stackGraph([stack, base, user])).toBe(
      [
        "strict digraph {",
        '    Resource0 [label="urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"];',
        '    Resource1 [label="urn:pulumi:dev::shop::t:i:A::user"];',
        '    Resource1 -> Resource0 [color = "#AA6639"];',
        '    Resource2 [label="urn:pulumi:dev::shop::t:i:B::base"];',
        '    Resource2 -> Resource0 [color = "#AA6639"];',
        '    Resource2 -> Resource1 [color = "#246C60", label = "name, size"];',
        "}",
        "",
      ].join("\n"),
    );
  });

  it("leaves out edges and shortens names on request", () => {
    const short = { shortNodeName: true, ignoreParentEdges: true, ignoreDependencyEdges: true };
    expect(stackGraph([stack, base], short)).toBe(
      'strict digraph {\n    Resource0 [label="shop-dev"];\n    Resource1 [label="base"];\n}\n',
    );
  });

  it("has a resource that waits for its deletion once, and no edge to one that is gone", () => {
    const old = { ...base, delete: true };
    const graph = stackGraph([stack, base, old, { ...user, dependencies: [urn("t:i:C", "gone")] }]);
    expect(graph.match(/label="urn[^"]*base"/g)).toHaveLength(1);
    expect(graph).not.toContain("gone");
  });
});
