/**
 * Programs as data: the registrations of a random program, in a form that is easy to edit and to derive
 * expectations from.
 */
export const project = "prop";
export const stack = "dev";
export const stackUrn = `urn:pulumi:${stack}::${project}::pulumi:pulumi:Stack::${project}-${stack}`;
const stackType = "pulumi:pulumi:Stack";

/** An input: a constant, or an output of another node (`self` is its id, `echo` follows its value). */
export type Input = { literal: string; secret?: boolean } | { from: string; output: "self" | "echo" };

export type Alias = { name?: string; type?: string; parent?: string; noParent?: boolean };

export type Node = {
  /** Identifies the node in the test, even if it is renamed. */
  key: string;
  kind: "custom" | "component";
  type: string;
  name: string;
  /** Key of a node; undefined is the stack. */
  parent?: string | undefined;
  inputs: Record<string, Input>;
  dependsOn: string[];
  protect?: boolean;
  retainOnDelete?: boolean;
  deletedWith?: string | undefined;
  deleteBeforeReplace?: boolean;
  replaceOnChanges?: string[];
  ignoreChanges?: string[];
  additionalSecretOutputs?: string[];
  aliases: Alias[];
};

export type Graph = Node[];

export const nodeOf = (graph: Graph, key: string | undefined): Node | undefined =>
  graph.find((node) => node.key === key);

/** Types of all ancestors except the stack, joined. */
function qualifiedType(graph: Graph, node: Node): string {
  const parent = nodeOf(graph, node.parent);
  return parent ? `${qualifiedType(graph, parent)}$${node.type}` : node.type;
}

export function urnOf(graph: Graph, node: Node): string {
  return `urn:pulumi:${stack}::${project}::${qualifiedType(graph, node)}::${node.name}`;
}

/** The URN of a child of the given parent URN, computed independently of the engine. */
export function childUrn(parent: string, type: string, name: string): string {
  const parentType = parent.split("::")[2] ?? "";
  const qualified = parentType === "" || parentType === stackType ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** Keys a node waits for directly: its inputs, dependencies, parent and `deletedWith`. */
export function needs(node: Node): string[] {
  const refs = Object.values(node.inputs).flatMap((input) => ("from" in input ? [input.from] : []));
  return [
    ...refs,
    ...node.dependsOn,
    ...(node.parent ? [node.parent] : []),
    ...(node.deletedWith ? [node.deletedWith] : []),
  ];
}

/** The nodes `dependsOn` stands for. As in the SDK, a component stands for its custom descendants. */
export function expand(graph: Graph, keys: readonly string[]): string[] {
  return keys.flatMap((key) => {
    const node = nodeOf(graph, key);
    if (!node) return [];
    if (node.kind === "custom") return [key];
    return expand(
      graph,
      graph.filter((child) => child.parent === key).map((child) => child.key),
    );
  });
}

/** The keys that a node's registration waits for directly. */
export const waitsFor = (graph: Graph, node: Node): string[] => [
  ...needs(node),
  ...expand(graph, node.dependsOn),
];

/**
 * Nodes in dependency order; undefined if there is a cycle (a node that depends on a component which contains
 * a dependant of the node).
 */
export function inOrder(graph: Graph): Node[] | undefined {
  const done = new Set<string>();
  const ordered: Node[] = [];
  let circle = false;
  const visit = (node: Node, above: readonly string[]): void => {
    if (above.includes(node.key)) circle = true;
    if (done.has(node.key) || circle) return;
    for (const key of waitsFor(graph, node)) {
      const needed = nodeOf(graph, key);
      if (needed) visit(needed, [...above, node.key]);
    }
    done.add(node.key);
    ordered.push(node);
  };
  graph.forEach((node) => visit(node, []));
  return circle ? undefined : ordered;
}

/** The program as text for messages: one line per node, defaults omitted. */
export function describe(graph: Graph): string {
  return graph
    .map(({ key, name, type, kind: _kind, inputs, aliases, ...rest }) => {
      const values = Object.entries(inputs).map(([input, value]) => {
        return "from" in value ? `${input}=${value.from}${value.output}` : `${input}=${value.literal}`;
      });
      const options = Object.entries(rest).flatMap(([option, value]) => {
        const empty = value === undefined || (Array.isArray(value) && value.length === 0);
        return empty ? [] : [`${option}:${JSON.stringify(value)}`];
      });
      const former = aliases.map((alias) => JSON.stringify(alias));
      return `  ${key} ${type} "${name}" (${values.join(" ")}) ${[...options, ...former].join(" ")}`;
    })
    .join("\n");
}
