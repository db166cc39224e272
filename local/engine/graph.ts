import type { ResourceState } from "./state/state";

/** What the Pulumi CLI's options of the same names leave out or shorten. */
export interface GraphOptions {
  ignoreParentEdges?: boolean;
  ignoreDependencyEdges?: boolean;
  shortNodeName?: boolean;
}

/** The colours of the Pulumi CLI's graph. */
const colours = { dependency: "#246C60", parent: "#AA6639" };

/**
 * The resources of a state as DOT, byte for byte as `pulumi stack graph` writes it: an edge from each resource to those that depend on
 * it, with the properties that do, and one from each resource to its parent. Sources: pulumi/pulumi v3.260.0,
 * `pkg/cmd/pulumi/stack/stack_graph.go` and `pkg/graph/dotconv/print.go`. Of resources with one URN (a pending deletion) the last
 * one counts, as there.
 */
export function stackGraph(resources: readonly ResourceState[], options: GraphOptions = {}): string {
  const nodes = new Map(resources.map((resource) => [resource.urn, resource]));
  const edges = new Map([...nodes.keys()].map((urn): [string, Edge[]] => [urn, []]));
  for (const { urn } of resources) {
    const { dependencies = [], propertyDependencies = {}, parent } = nodes.get(urn) as ResourceState;
    if (!options.ignoreDependencyEdges)
      for (const dependency of dependencies) {
        const causes = Object.keys(propertyDependencies)
          .sort()
          .flatMap((name) =>
            (propertyDependencies[name] ?? []).flatMap((of) => (of === dependency ? [name] : [])),
          );
        const label = causes.length > 0 ? `, label = "${causes.join(", ")}"` : "";
        edges.get(dependency)?.push({ to: urn, attributes: `color = "${colours.dependency}"${label}` });
      }
    if (!options.ignoreParentEdges && parent && nodes.has(parent))
      edges.get(urn)?.push({ to: parent, attributes: `color = "${colours.parent}"` });
  }
  const ids = new Map<string, string>();
  const idOf = (urn: string): string => {
    const id = ids.get(urn) ?? `Resource${ids.size}`;
    ids.set(urn, id);
    return id;
  };
  const label = (urn: string): string => (options.shortNodeName ? urn.split("::").slice(3).join("::") : urn);
  const lines = [...nodes.keys()]
    .sort()
    .flatMap((urn) => [
      `    ${idOf(urn)} [label="${label(urn)}"];`,
      ...(edges.get(urn) ?? []).map(
        ({ to, attributes }) => `    ${idOf(urn)} -> ${idOf(to)} [${attributes}];`,
      ),
    ]);
  return ["strict digraph {", ...lines, "}", ""].join("\n");
}

interface Edge {
  to: string;
  attributes: string;
}
