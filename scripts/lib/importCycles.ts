import { readFileSync } from "node:fs";
import * as path from "node:path";
import { projectFiles } from "./projectFiles";

/** A relative import, a re-export or a dynamic import, of values or of types. */
const relativeImport = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;

/**
 * Groups of files that import each other in a cycle, one line for each. Imports of types count: two files that need
 * each other's types belong together or share a third one. The lint rule `import-x/no-cycle` ignores type imports.
 */
export function importCycles(root: string): string[] {
  const files = projectFiles(root).filter((file) => file.endsWith(".ts"));
  const known = new Set(files);
  const imports = new Map(
    files.map((file) => [file, importsOf(file, readFileSync(path.join(root, file), "utf8"), known)]),
  );
  return stronglyConnected(imports).map((group) => `import cycle: ${group.sort().join(", ")}`);
}

function importsOf(file: string, text: string, known: ReadonlySet<string>): string[] {
  return [...text.matchAll(relativeImport)]
    .map(([, target = ""]) => `${path.posix.join(path.posix.dirname(file), target)}.ts`)
    .filter((target) => known.has(target));
}

/** Tarjan's algorithm: the strongly connected components with more than one node. */
export function stronglyConnected(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const groups: string[][] = [];
  const visit = (node: string): number => {
    const position = order.size;
    order.set(node, position);
    lowest.set(node, position);
    stack.push(node);
    for (const next of edges.get(node) ?? []) {
      const reached = !order.has(next) ? visit(next) : stack.includes(next) ? order.get(next) : undefined;
      if (reached !== undefined) lowest.set(node, Math.min(lowest.get(node) ?? position, reached));
    }
    const low = lowest.get(node) ?? position;
    if (low === position) {
      const group = stack.splice(stack.indexOf(node));
      if (group.length > 1) groups.push(group);
    }
    return low;
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return groups;
}
