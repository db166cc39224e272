import { outputsOf, type Props } from "./cloud";
import { expand, nodeOf, stackUrn, urnOf, type Graph } from "./graph";
import { isProvider, type State } from "./soundness";
import type { World } from "./world";

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const sorted = (items: readonly string[]): string[] => [...new Set(items)].sort();

/** Differences between state, program and cloud after an undisturbed `up`. */
export async function differences(world: World, graph: Graph): Promise<string[]> {
  const state = await world.plainState();
  const found: string[] = [];
  const urns = new Map(graph.map((node) => [node.key, urnOf(graph, node)]));
  const live = new Map(state.resources.filter((one) => !one.delete).map((one) => [one.urn, one]));
  for (const one of state.resources) if (one.delete) found.push(`${one.urn}: still pending deletion`);
  for (const [urn, one] of live) {
    const known = urn === stackUrn || isProvider(one) || [...urns.values()].includes(urn);
    if (!known) found.push(`${urn}: not in the program`);
    if (one.pendingReplacement) found.push(`${urn}: its replacement is pending`);
  }
  for (const { resource, type } of state.pending) {
    if (type !== "creating") found.push(`${resource.urn}: ${type} is pending`);
  }
  for (const node of graph) {
    const urn = urns.get(node.key) ?? "";
    const one = live.get(urn);
    if (!one) {
      found.push(`${urn}: not in the state`);
      continue;
    }
    const differ = (what: string, seen: unknown, expected: unknown): void => {
      if (!same(seen, expected))
        found.push(`${urn}: ${what} ${JSON.stringify(seen)} ≠ ${JSON.stringify(expected)}`);
    };
    const refs = Object.values(node.inputs).flatMap((input) => ("from" in input ? [input.from] : []));
    const needed = [...refs, ...expand(graph, node.dependsOn)].map((key) => urns.get(key) ?? "");
    differ("dependencies", sorted(one.dependencies ?? []), sorted(needed));
    differ("parent", one.parent, node.parent ? urns.get(node.parent) : stackUrn);
    differ("deletedWith", one.deletedWith, node.deletedWith ? urns.get(node.deletedWith) : undefined);
    const expected: Props = {};
    for (const [key, input] of Object.entries(node.inputs)) {
      expected[key] = "literal" in input ? input.literal : outputOf(state, graph, input.from, input.output);
    }
    for (const key of ["auto", ...(node.ignoreChanges ?? [])]) expected[key] = one.inputs?.[key];
    const keys = sorted([...Object.keys(expected), ...Object.keys(one.inputs ?? {})]);
    for (const key of keys) differ(`input ${key}`, one.inputs?.[key], expected[key]);
    if (node.kind === "component") continue;
    const thing = world.cloud.things[one.id ?? ""];
    if ((one.initErrors ?? []).length > 0) found.push(`${urn}: has initialization errors`);
    if (!one.inputs?.auto) found.push(`${urn}: has no generated name`);
    if (!thing) {
      if (!world.cloud.unsure.includes(one.id ?? "")) found.push(`${urn}: ${one.id} is not in the cloud`);
      continue;
    }
    const outputs = outputsOf(one.inputs ?? {}, one.id ?? "");
    for (const key of Object.keys(outputs)) differ(`output ${key}`, one.outputs?.[key], outputs[key]);
    if (world.cloud.drifted.includes(thing.id)) continue;
    for (const key of keys) differ(`real ${key}`, thing.props[key], one.inputs?.[key]);
  }
  return found;
}

function outputOf(state: State, graph: Graph, key: string, output: string): unknown {
  const node = nodeOf(graph, key);
  const urn = node ? urnOf(graph, node) : "";
  return state.resources.find((one) => one.urn === urn && !one.delete)?.outputs?.[output];
}

/**
 * Things that a destroy left in the cloud. Retained things are not included, nor those of an interrupted
 * creation that is still pending or was repeated.
 */
export function leftBehind(world: World): string[] {
  const pending = new Set(world.state().pending.map(({ resource }) => resource.urn));
  return Object.values(world.cloud.things).flatMap((thing) => {
    const retained = world.ledger.last.get(thing.id)?.retainOnDelete;
    const interrupted = thing.forgotten || (!thing.answered && pending.has(thing.urn));
    if (retained || interrupted || world.ledger.excused.has(thing.id)) return [];
    return [`${thing.id} (${thing.urn}) is left behind`];
  });
}
