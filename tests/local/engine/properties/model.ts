import { outputsOf, replaceKeys, type Props } from "./cloud";
import { aliasUrns } from "./edits";
import { childUrn, inOrder, nodeOf, stackUrn, urnOf, waitsFor, type Graph, type Node } from "./graph";
import { isProvider, type State, type StateResource } from "./soundness";

export type Expected = {
  /** URN → the operation of an undisturbed `up` on it. */
  operations: Map<string, "create" | "same" | "update" | "replace">;
  /** URNs that are deleted. */
  deleted: string[];
};

/**
 * The operations of an undisturbed `up` of the graph on this state by the documented rules: only values,
 * options and the old dependencies decide. `state` has secrets in plain text. Undefined if protection forbids
 * it, or if the order of registrations decides.
 */
export function expectedOperations(graph: Graph, state: State): Expected | undefined {
  const olds = new Map(state.resources.filter((one) => !one.delete).map((one) => [one.urn, one]));
  const matched = new Map<string, string>();
  const outputs = new Map<string, Props>();
  const forced = new Set<string>();
  const operations: Expected["operations"] = new Map();
  let forbidden = false;
  let openEnded = false;

  const findOld = (node: Node, urn: string): StateResource | undefined => {
    const parent = nodeOf(graph, node.parent);
    const parentAlias = parent ? matched.get(urnOf(graph, parent)) : undefined;
    const inherited = parentAlias ? [childUrn(parentAlias, node.type, node.name)] : [];
    const typed = parentAlias
      ? node.aliases.map((alias) => childUrn(parentAlias, alias.type ?? node.type, alias.name ?? node.name))
      : [];
    const found = [urn, ...aliasUrns(node, matched), ...inherited, ...typed].find((candidate) =>
      olds.has(candidate),
    );
    if (found && found !== urn) matched.set(urn, found);
    return found ? olds.get(found) : undefined;
  };

  for (const node of inOrder(graph) ?? []) {
    const urn = urnOf(graph, node);
    const old = findOld(node, urn);
    const inputs: Props = {};
    for (const [key, input] of Object.entries(node.inputs))
      inputs[key] = "literal" in input ? input.literal : outputs.get(input.from)?.[input.output];
    for (const key of old ? (node.ignoreChanges ?? []) : []) inputs[key] = old?.inputs?.[key];
    const changed = old ? changedKeys(old.inputs ?? {}, inputs) : [];
    const host = nodeOf(graph, node.deletedWith);
    const operation = ((): "create" | "same" | "update" | "replace" => {
      if (!old) return "create";
      const failedBefore = (old.initErrors ?? []).length > 0;
      if (node.kind === "component") return changed.length > 0 ? "update" : "same";
      const asked = node.replaceOnChanges ?? [];
      if (old.pendingReplacement || forced.has(old.urn)) return "replace";
      if (host && operations.get(urnOf(graph, host)) === "replace") return "replace";
      if (changed.some((key) => replaceKeys.includes(key) || asked.includes("*") || asked.includes(key)))
        return "replace";
      if (failedBefore && asked.includes("*")) return "replace";
      return changed.length > 0 || failedBefore ? "update" : "same";
    })();
    operations.set(urn, operation);
    if (operation === "replace") {
      if (old?.protect && protects(graph, node)) forbidden = true;
      // A new thing gets the program's values, ignored or not.
      for (const [key, input] of Object.entries(node.inputs))
        if ("literal" in input) inputs[key] = input.literal;
      const slotStays = old?.inputs?.slot !== undefined && old.inputs.slot === inputs.slot;
      if (old && !forced.has(old.urn) && (node.deleteBeforeReplace ?? slotStays)) {
        for (const dependant of replacedAlong(old, state)) {
          forced.add(dependant.urn);
          if (dependant.protect) forbidden = true;
          const now = graph.find((other) =>
            [urnOf(graph, other), ...aliasUrns(other, matched)].includes(dependant.urn),
          );
          // A node that no longer depends on it is replaced too, but only if it is registered later.
          if (now && !waits(graph, now, node.key)) openEnded = true;
        }
      }
    }
    const fresh = operation === "create" || operation === "replace";
    outputs.set(node.key, outputsOf(inputs, fresh ? `new ${urn}` : (old?.id ?? "")));
  }
  const taken = new Set([...operations.keys(), ...matched.values()]);
  const left = [...olds.values()].filter(
    ({ urn, type }) => !taken.has(urn) && urn !== stackUrn && type !== "",
  );
  if (left.some((one) => one.protect)) forbidden = true;
  const deleted = left.filter((one) => !isProvider(one)).map(({ urn }) => urn);
  return forbidden || openEnded ? undefined : { operations, deleted };
}

function changedKeys(old: Props, next: Props): string[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(next)]);
  keys.delete("auto");
  return [...keys].filter((key) => JSON.stringify(old[key]) !== JSON.stringify(next[key]));
}

/** Whether a node is protected, by itself or by an ancestor. */
function protects(graph: Graph, node: Node | undefined): boolean {
  if (!node) return false;
  return node.protect ?? protects(graph, nodeOf(graph, node.parent));
}

/**
 * Old dependants that must be replaced if `root` is deleted: through a property that forces a replacement, or
 * deletedWith.
 */
function replacedAlong(root: StateResource, state: State): StateResource[] {
  const set = new Set([root.urn]);
  return state.resources.filter((one) => {
    if (one.delete || one.urn === root.urn || !one.custom || isProvider(one)) return false;
    const pinned = replaceKeys.some((key) =>
      (one.propertyDependencies?.[key] ?? []).some((urn) => set.has(urn)),
    );
    if (!pinned && !(one.deletedWith && set.has(one.deletedWith))) return false;
    set.add(one.urn);
    return true;
  });
}

/** True if `node` waits for the node `key`, directly or not. */
function waits(graph: Graph, node: Node, key: string): boolean {
  const seen = new Set<string>();
  const visit = (from: Node): boolean =>
    waitsFor(graph, from).some((next) => {
      if (next === key) return true;
      const other = nodeOf(graph, next);
      if (!other || seen.has(next)) return false;
      seen.add(next);
      return visit(other);
    });
  return visit(node);
}
