import { isObject, isSecret, secret, type Properties, type Value } from "./values";

/** A property path: names and array indices; "*" matches any one of them. */
export type PropertyPath = (string | number)[];

/** One step of a path: `["quoted \"name\""]`, `[0]`, `[*]`, or a name up to the next dot or bracket. */
const step = /(\.*)(?:\[(?:"((?:\\"|\\(?!")|[^"\\])*)"|(\*|-?\d+))\]|([^.[]+))/y;

/**
 * `strict` rejects a dot before a bracket, which old providers send. Errors: a plain Error with the position.
 */
export function parsePropertyPath(text: string, strict = false): PropertyPath {
  const path: PropertyPath = [];
  for (let at = 0; at < text.length; at = step.lastIndex) {
    step.lastIndex = at;
    const [, dots = "", quoted, index, name] = step.exec(text) ?? [];
    if ((quoted ?? index ?? name) === undefined || (at === 0 && dots) || (strict && dots && !name)) {
      throw new Error(
        `property path "${text}": expected a name, [index] or ["name"] at position ${at} ("${text.slice(at)}")`,
      );
    }
    if (index !== undefined) path.push(index === "*" ? index : Number(index));
    else path.push(name ?? (quoted as string).replaceAll('\\"', '"'));
  }
  return path;
}

export function formatPropertyPath(path: PropertyPath): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      if (key !== "*" && !/^\w+$/.test(key)) return `["${key.replaceAll('"', '\\"')}"]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}

/** True if `path` (which may contain wildcards) is a prefix of `other`. */
export function pathContains(path: PropertyPath, other: PropertyPath): boolean {
  return path.length <= other.length && path.every((key, index) => key === "*" || key === other[index]);
}

/** Returns the paths that cannot be applied because a part of them exists on one side only. */
export function ignoreChanges(
  inputs: Properties,
  oldInputs: Properties,
  paths: readonly string[],
): { inputs: Properties; invalid: string[] } {
  if (paths.length === 0) return { inputs, invalid: [] };
  const result = structuredClone(inputs);
  const sides: Sides = { old: oldInputs, next: result, oldSecret: false, nextSecret: false };
  return { inputs: result, invalid: paths.filter((path) => !reset(parsePropertyPath(path), sides)) };
}

type Sides = { old: Value | undefined; next: Value | undefined; oldSecret: boolean; nextSecret: boolean };

/** Resets `next` to `old` at the path, in place. False if the path does not exist on both sides. */
function reset([key, ...rest]: PropertyPath, sides: Sides): boolean {
  let { old, next, oldSecret, nextSecret } = sides;
  for (; isSecret(old); oldSecret = true) old = old.value;
  for (; isSecret(next); nextSecret = true) next = next.value;
  const at = { old, next, oldSecret, nextSecret };
  if (key === undefined) return false;
  if (key !== "*") return typeof key === "number" ? resetItem(key, rest, at) : resetKey(key, rest, at);
  const leaf = rest.length === 0;
  if (Array.isArray(next)) {
    if (!Array.isArray(old)) return leaf;
    return old.length === next.length && old.every((_, index) => resetItem(index, rest, at));
  }
  if (!isObject(next)) return false;
  if (!isObject(old)) return leaf;
  if (!leaf && Object.keys(old).some((name) => !Object.hasOwn(next, name))) return false;
  const names = leaf ? [...Object.keys(old), ...Object.keys(next)] : Object.keys(old);
  return names.every((name) => resetKey(name, rest, at));
}

function resetItem(index: number, rest: PropertyPath, at: Sides): boolean {
  const { old, next } = at;
  if (index < 0) return false;
  if (!Array.isArray(old) || !Array.isArray(next)) return !Array.isArray(old) && !Array.isArray(next);
  if (rest.length === 0 && index >= old.length && index >= next.length) return true;
  if (index >= old.length || index >= next.length) return false;
  if (rest.length > 0) return reset(rest, { ...at, old: old[index], next: next[index] });
  next[index] = restored(old[index] as Value, at);
  return true;
}

function resetKey(name: string, rest: PropertyPath, at: Sides): boolean {
  const { old, next } = at;
  const before = isObject(old) && Object.hasOwn(old, name) ? old[name] : undefined;
  if (rest.length > 0) {
    if (!isObject(old) || !isObject(next)) return !isObject(old) && !isObject(next);
    if (!Object.hasOwn(next, name)) return before === undefined;
    return reset(rest, { ...at, old: before, next: next[name] });
  }
  if (before !== undefined) {
    if (!isObject(next)) return false;
    next[name] = restored(before, at);
  } else if (isObject(next)) delete next[name];
  return true;
}

/** A value from a secret stays secret where the new values around it are not. */
function restored(value: Value, at: Sides): Value {
  return at.oldSecret && !at.nextSecret ? secret(value) : value;
}
