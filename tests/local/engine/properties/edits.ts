import { childUrn, inOrder, nodeOf, stackUrn, urnOf, type Graph, type Node } from "./graph";

/** A future node in numbers. They are taken modulo the number of choices, so every value is valid. */
export type Spec = {
  component: boolean;
  parent: number | undefined;
  value: number;
  zone: number;
  link: number | undefined;
  linkOutput: "self" | "echo";
  pin: number | undefined;
  dependsOn: number[];
  /**
   * An additional trait of the node. Traits exclude one another, since their combinations are impossible to
   * satisfy.
   */
  nature: "plain" | "slot" | "protect" | "retain" | "deletedWith";
  deleteBeforeReplace: boolean | undefined;
  replaceOnChanges: string[];
  ignoreChanges: string[];
  secret: boolean;
};

export type Edit =
  | { do: "add"; spec: Spec }
  | { do: "remove"; target: number }
  | { do: "value" | "zone"; target: number; to: number }
  | { do: "link" | "pin"; target: number; from: number | undefined }
  | { do: "rename" | "retype" | "move"; target: number; to: number; alias: boolean }
  | { do: "options"; target: number; spec: Spec };

const pick = <T>(items: readonly T[], index: number | undefined): T | undefined =>
  index === undefined || items.length === 0 ? undefined : items[index % items.length];

/** A node that must not get children, because they would inherit its special options. */
const sealed = (node: Node): boolean =>
  node.protect !== undefined || node.retainOnDelete === true || !!node.deletedWith;

/** Names are never reused, and no name is a prefix of another. */
export class Editor {
  private made = 0;

  private nextKey(): string {
    const number = this.made++;
    return `${String.fromCharCode(97 + (number % 26))}${Math.floor(number / 26) || ""}.`;
  }

  /** The graph with one more node; the old graph if the new dependencies would form a cycle. */
  add(graph: Graph, spec: Spec): Graph {
    const key = this.nextKey();
    const parent = pick(
      graph.filter((node) => !sealed(node)),
      spec.parent,
    )?.key;
    const customs = graph.filter((node) => node.kind === "custom");
    const identity = { key, name: key.slice(0, -1), ...(parent ? { parent } : {}), aliases: [] };
    if (spec.component) {
      const inputs = { value: { literal: String(spec.value) } };
      return [...graph, { ...identity, kind: "component", type: "my:index:Group", inputs, dependsOn: [] }];
    }
    const link = pick(customs, spec.link)?.key;
    const pin = pick(customs, spec.pin)?.key;
    // A thing deleted with a retained one would stay as well.
    const hosts = customs.filter((node) => !node.retainOnDelete);
    const host = spec.nature === "deletedWith" ? pick(hosts, spec.parent ?? 0)?.key : undefined;
    const depended = spec.dependsOn.flatMap((index) => pick(graph, index)?.key ?? []);
    const node: Node = {
      ...identity,
      kind: "custom",
      type: "cloud:index:Thing",
      inputs: {
        label: { literal: key },
        value: { literal: String(spec.value) },
        zone: { literal: String(spec.zone) },
        ...(link ? { link: { from: link, output: spec.linkOutput } } : {}),
        ...(pin && spec.nature !== "protect" ? { pin: { from: pin, output: "self" } } : {}),
        ...(spec.nature === "slot" ? { slot: { literal: key } } : {}),
        ...(host ? { within: { literal: host } } : {}),
        ...(spec.secret ? { secret: { literal: `s3cret of ${key}`, secret: true } } : {}),
      },
      dependsOn: [...new Set(depended)],
      ...(host ? { deletedWith: host } : {}),
      ...(spec.nature === "retain" ? { retainOnDelete: true } : {}),
      ...(spec.nature === "protect" ? { protect: true } : {}),
      ...settings(spec, spec.nature === "slot"),
    };
    const grown = [...graph, node];
    return inOrder(grown) ? grown : graph;
  }

  /** The graph after an edit. An invalid edit leaves it unchanged. `protectedKeys`: see `remove`. */
  apply(graph: Graph, edit: Edit, protectedKeys: ReadonlySet<string>): Graph {
    const next = this.edited(graph, edit, protectedKeys);
    return inOrder(next) ? next : graph;
  }

  private edited(graph: Graph, edit: Edit, protectedKeys: ReadonlySet<string>): Graph {
    if (edit.do === "add") return this.add(graph, edit.spec);
    const node = pick(graph, edit.target);
    if (!node) return graph;
    const put = (next: Partial<Node>): Graph =>
      graph.map((other) => (other === node ? { ...node, ...next } : other));
    switch (edit.do) {
      case "remove":
        return remove(graph, node, protectedKeys);
      case "value":
      case "zone":
        if (node.kind === "component" && edit.do === "zone") return graph;
        return put({ inputs: { ...node.inputs, [edit.do]: { literal: String(edit.to) } } });
      case "link":
      case "pin": {
        if (node.kind === "component" || (edit.do === "pin" && node.protect !== undefined)) return graph;
        const inputs = { ...node.inputs };
        delete inputs[edit.do];
        const from = pick(
          graph.filter((other) => other.kind === "custom" && other !== node),
          edit.from,
        )?.key;
        return put({ inputs: { ...inputs, ...(from ? { [edit.do]: { from, output: "self" } } : {}) } });
      }
      case "options":
        if (node.kind === "component") return graph;
        return put({
          ...settings(edit.spec, "slot" in node.inputs),
          ...(node.protect === undefined ? {} : { protect: edit.spec.nature === "protect" }),
        });
      default:
        return this.reidentify(graph, node, edit, protectedKeys);
    }
  }

  /**
   * Another name, type or parent. With an alias it stays the same resource, without one it becomes another.
   */
  private reidentify(
    graph: Graph,
    node: Node,
    edit: { do: "rename" | "retype" | "move"; to: number; alias: boolean },
    protectedKeys: ReadonlySet<string>,
  ): Graph {
    const descendants = graph.filter((other) => other !== node && isInside(graph, other, node.key));
    const family = [node, ...descendants];
    if (!edit.alias && family.some(({ key }) => protectedKeys.has(key))) return graph;
    // Without an alias the children of another type or parent would be other resources as well, so only
    // leaves are changed.
    if (!edit.alias && descendants.length > 0) return graph;
    const next: Node = { ...node };
    if (edit.do === "rename") next.name = this.nextKey().slice(0, -1);
    if (edit.do === "retype") next.type = `${node.type.split("_")[0]}_${edit.to}`;
    if (edit.do === "move") {
      const homes = graph.filter((other) => !sealed(other) && !family.includes(other));
      const home = pick([undefined, ...homes], edit.to)?.key;
      if (home === node.parent) return graph;
      if (home) next.parent = home;
      else delete next.parent;
    }
    if (!edit.alias) {
      const key = this.nextKey();
      const inputs = { ...next.inputs };
      if (inputs.slot) inputs.slot = { literal: key };
      if (inputs.label) inputs.label = { literal: key };
      return rekey(graph, node, { ...next, key, inputs, aliases: [] });
    }
    next.aliases = [...node.aliases, formerly(graph, node)];
    return graph.map((other) => {
      if (other === node) return next;
      // Children are found through their parent's alias. A failure during the update breaks that chain and
      // creates them again, which is impossible for those in a slot and for protected ones. These have their
      // own aliases.
      const special = other.inputs.slot !== undefined || other.protect !== undefined;
      const explicit = descendants.includes(other) && special;
      return explicit ? { ...other, aliases: [...other.aliases, formerly(graph, other)] } : other;
    });
  }
}

function formerly(graph: Graph, node: Node): Node["aliases"][number] {
  const parent = nodeOf(graph, node.parent);
  return {
    name: node.name,
    type: node.type,
    ...(parent ? { parent: urnOf(graph, parent) } : { noParent: true }),
  };
}

/**
 * URNs of a node's aliases. A parent that was found by an alias itself (`matched`: URN → that alias) stands for its old
 * URN, as in Pulumi's `collapseAliasToUrn` (pkg/resource/deploy, step generator).
 */
export const aliasUrns = (node: Node, matched: ReadonlyMap<string, string> = new Map()): string[] =>
  node.aliases.map(({ parent = stackUrn, type = "", name = "" }) =>
    childUrn(matched.get(parent) ?? parent, type, name),
  );

function isInside(graph: Graph, node: Node, key: string): boolean {
  for (let up = node.parent; up; up = nodeOf(graph, up)?.parent) if (up === key) return true;
  return false;
}

function settings(spec: Spec, slot: boolean): Partial<Node> {
  return {
    replaceOnChanges: spec.replaceOnChanges,
    ignoreChanges: spec.ignoreChanges,
    // Two things in one slot: this works only if the provider requests delete-before-replace or the program
    // sets that option.
    ...(spec.deleteBeforeReplace === undefined || (slot && !spec.deleteBeforeReplace)
      ? {}
      : { deleteBeforeReplace: spec.deleteBeforeReplace }),
  };
}

/**
 * Removes a node with everything in it, and all references to them. Protected nodes stay and are unprotected.
 */
function remove(graph: Graph, node: Node, protectedKeys: ReadonlySet<string>): Graph {
  const gone = new Set(
    graph.filter((other) => other === node || isInside(graph, other, node.key)).map(({ key }) => key),
  );
  if ([...gone].some((key) => protectedKeys.has(key)))
    return graph.map((other) =>
      gone.has(other.key) && other.protect !== undefined ? { ...other, protect: false } : other,
    );
  return graph.filter(({ key }) => !gone.has(key)).map((other) => forget(other, gone));
}

function forget(node: Node, gone: ReadonlySet<string>): Node {
  const { within, ...rest } = node.inputs;
  const host = node.deletedWith && gone.has(node.deletedWith) ? undefined : node.deletedWith;
  const inputs = Object.fromEntries(
    Object.entries(host && within ? { ...rest, within } : rest).filter(
      ([, input]) => !("from" in input) || !gone.has(input.from),
    ),
  );
  return { ...node, inputs, deletedWith: host, dependsOn: node.dependsOn.filter((key) => !gone.has(key)) };
}

/** Replaces `node` by `next`, and all references to it. */
function rekey(graph: Graph, node: Node, next: Node): Graph {
  const now = (key: string): string => (key === node.key ? next.key : key);
  return graph.map((other) => {
    if (other === node) return next;
    const inputs = Object.fromEntries(
      Object.entries(other.inputs).map(([name, input]) => {
        if ("from" in input) return [name, { ...input, from: now(input.from) }];
        return [name, name === "within" ? { ...input, literal: now(input.literal) } : input];
      }),
    );
    return {
      ...other,
      inputs,
      dependsOn: other.dependsOn.map(now),
      parent: other.parent && now(other.parent),
      deletedWith: other.deletedWith && now(other.deletedWith),
    };
  });
}
