import { formatPropertyPath, parsePropertyPath, pathContains, type PropertyPath } from "./propertyPath";
import { isObject, isSecret, sameValue, signatureOf, type Properties, type Value } from "./values";

export type ChangeKind = "add" | "delete" | "update";
export type PropertyChange = { kind: ChangeKind; replace: boolean };

/** What a provider's Diff (or a comparison of inputs) found, in the engine's terms. */
export type Diff = {
  changed: boolean;
  /** Top-level keys that changed. */
  keys: string[];
  /** Keys that force a replacement. */
  replaceKeys: string[];
  /** Change by property path, where the provider gave it or the engine compared. */
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

/** True if the diff asks for a replacement. */
export function isReplacement(diff: Diff): boolean {
  return diff.replaceKeys.length > 0 || Object.values(diff.detailed).some((change) => change.replace);
}

/** The same changes seen from the other side. */
export function invert(diff: Diff): Diff {
  const opposite = { add: "delete", delete: "add", update: "update" } as const;
  const detailed = Object.entries(diff.detailed).map(([path, change]) => [
    path,
    { ...change, kind: opposite[change.kind] },
  ]);
  return { ...diff, detailed: Object.fromEntries(detailed) as Diff["detailed"] };
}

/** Changes between two property maps, by path; secrets are compared by content. */
export function comparePaths(old: Properties, next: Properties): Record<string, ChangeKind> {
  const found: Record<string, ChangeKind> = {};
  const visit = (path: PropertyPath, a: Value | undefined, b: Value | undefined): void => {
    if (isSecret(a)) return visit(path, a.value, b);
    if (isSecret(b)) return visit(path, a, b.value);
    if (a === undefined && b === undefined) return;
    if (a === undefined) found[formatPropertyPath(path)] = "add";
    else if (b === undefined) found[formatPropertyPath(path)] = "delete";
    else if (Array.isArray(a) && Array.isArray(b)) {
      for (let i = 0; i < Math.max(a.length, b.length); i += 1) visit([...path, i], a[i], b[i]);
    } else if (isObject(a) && isObject(b) && !signatureOf(a) && !signatureOf(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        visit([...path, key], a[key], b[key]);
    } else if (!sameValue(a, b)) found[formatPropertyPath(path)] = "update";
  };
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) visit([key], old[key], next[key]);
  return found;
}

/** The diff of two input maps, as Pulumi computes it where a provider leaves the answer open. */
export function compareInputs(old: Properties, next: Properties): Diff {
  const paths = comparePaths(old, next);
  const keys = [...new Set(Object.keys(paths).map((path) => String(parsePropertyPath(path)[0])))];
  const detailed = Object.fromEntries(
    Object.entries(paths).map(([path, kind]) => [path, { kind, replace: false }] as const),
  );
  return { ...noDiff, changed: keys.length > 0, keys, detailed };
}

/**
 * Applies the resource option replaceOnChanges: changed properties under one of its paths force a replacement, and so
 * do initialisation errors if a path covers the special key `#initerror` (as `*` does).
 */
export function applyReplaceOnChanges(diff: Diff, paths: readonly string[], hasInitErrors: boolean): Diff {
  if (paths.length === 0 || (!diff.changed && !hasInitErrors)) return diff;
  const parsed = paths.map(parsePropertyPath);
  const covers = (path: PropertyPath): boolean => parsed.some((candidate) => pathContains(candidate, path));
  const detailed = Object.fromEntries(
    Object.entries(diff.detailed).map(([path, change]) => {
      return [path, { ...change, replace: change.replace || covers(parsePropertyPath(path)) }] as const;
    }),
  );
  const replaceKeys = new Set(diff.replaceKeys);
  for (const key of diff.keys) if (covers([key])) replaceKeys.add(key);
  const failedBefore = hasInitErrors && covers(["#initerror"]);
  if (failedBefore) replaceKeys.add("#initerror");
  return { ...diff, changed: diff.changed || failedBefore, detailed, replaceKeys: [...replaceKeys] };
}
