import { formatPropertyPath, parsePropertyPath, pathContains, type PropertyPath } from "./propertyPath";
import { isObject, isSecret, sameValue, signatureOf, type Properties, type Value } from "./values";

export type ChangeKind = "add" | "delete" | "update";
type PropertyChange = { kind: ChangeKind; replace: boolean };

/** The result of a provider's Diff, or of a comparison of inputs. */
export type Diff = {
  changed: boolean;
  keys: string[];
  replaceKeys: string[];
  /** Change by property path, from the provider or from the engine's comparison. */
  detailed: Record<string, PropertyChange>;
  deleteBeforeReplace: boolean;
};

export const noDiff: Diff = {
  changed: false,
  keys: [],
  replaceKeys: [],
  detailed: {},
  deleteBeforeReplace: false,
};

export function isReplacement(diff: Diff): boolean {
  return diff.replaceKeys.length > 0 || Object.values(diff.detailed).some((change) => change.replace);
}

function mapChanges(
  diff: Diff,
  change: (change: PropertyChange, path: string) => PropertyChange,
): Diff["detailed"] {
  return Object.fromEntries(Object.entries(diff.detailed).map(([path, one]) => [path, change(one, path)]));
}

export function invert(diff: Diff): Diff {
  const opposite = { add: "delete", delete: "add", update: "update" } as const;
  return {
    ...diff,
    detailed: mapChanges(diff, (change) => ({ ...change, kind: opposite[change.kind] })),
  };
}

/** Changes between two property maps, by path; secrets are compared by content. */
export function comparePaths(old: Properties, next: Properties): Record<string, ChangeKind> {
  const found: Record<string, ChangeKind> = {};
  const visit = (path: PropertyPath, a: Value | undefined, b: Value | undefined): void => {
    if (isSecret(a)) return visit(path, a.value, b);
    if (isSecret(b)) return visit(path, a, b.value);
    const lists = Array.isArray(a) && Array.isArray(b);
    const maps = isObject(a) && isObject(b) && !signatureOf(a) && !signatureOf(b);
    if (lists) for (let i = 0; i < Math.max(a.length, b.length); i += 1) visit([...path, i], a[i], b[i]);
    else if (maps) {
      for (const key of keysOf(a, b)) visit([...path, key], a[key], b[key]);
    } else if (!sameValue(a, b)) {
      found[formatPropertyPath(path)] = a === undefined ? "add" : b === undefined ? "delete" : "update";
    }
  };
  visit([], old, next);
  return found;
}

function keysOf(a: Properties, b: Properties): Set<string> {
  return new Set([...Object.keys(a), ...Object.keys(b)]);
}

/** The diff of two input maps, as Pulumi computes it where a provider leaves the answer open. */
export function compareInputs(old: Properties, next: Properties): Diff {
  const keys = [...keysOf(old, next)].filter((key) => !sameValue(old[key], next[key]));
  const changes = Object.entries(comparePaths(old, next));
  const detailed = Object.fromEntries(changes.map(([path, kind]) => [path, { kind, replace: false }]));
  return { ...noDiff, changed: keys.length > 0, keys, detailed };
}

/**
 * Changes under replaceOnChanges force a replacement; so do initialization errors under `#initerror` or `*`.
 */
export function applyReplaceOnChanges(diff: Diff, paths: readonly string[], hasInitErrors: boolean): Diff {
  if (paths.length === 0 || (!diff.changed && !hasInitErrors)) return diff;
  const parsed = paths.map((path) => parsePropertyPath(path));
  const covers = (path: PropertyPath): boolean => parsed.some((candidate) => pathContains(candidate, path));
  const detailed = mapChanges(diff, (change, path) => ({
    ...change,
    replace: change.replace || covers(parsePropertyPath(path)),
  }));
  const failedBefore = hasInitErrors && covers(["#initerror"]);
  const forcing = [...diff.keys.filter((key) => covers([key])), ...(failedBefore ? ["#initerror"] : [])];
  const replaceKeys = [...new Set([...diff.replaceKeys, ...forcing])];
  return { ...diff, changed: diff.changed || failedBefore, detailed, replaceKeys };
}
