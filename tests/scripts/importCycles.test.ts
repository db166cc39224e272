import { stronglyConnected } from "../../scripts/lib/importCycles";

const graph = (edges: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(edges));

describe("stronglyConnected", () => {
  it("finds no group in a graph without cycles", () => {
    expect(stronglyConnected(graph({ a: ["b", "c"], b: ["c"], c: [] }))).toEqual([]);
  });

  it("finds each cycle with the files that belong to it, and no others", () => {
    const groups = stronglyConnected(
      graph({ start: ["a"], a: ["b"], b: ["c", "end"], c: ["a"], end: ["x"], x: ["y"], y: ["x"] }),
    );
    expect(groups.map((group) => group.sort()).sort()).toEqual([
      ["a", "b", "c"],
      ["x", "y"],
    ]);
  });
});
