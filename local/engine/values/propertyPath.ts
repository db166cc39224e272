import { isObject, isSecret, secret, type Properties, type Value } from "./values";

/** A property path: names and array indices; "*" matches any one of them. */
export type PropertyPath = (string | number)[];

/**
 * Parses Pulumi's property paths: `a.b[0]["c.d"].*`.
 * Errors: a plain Error naming the path and the position at which it stops making sense.
 */
export function parsePropertyPath(text: string): PropertyPath {
  const path: PropertyPath = [];
  let at = 0;
  const fail = (what: string): never => {
    throw new Error(`property path "${text}": ${what} at position ${at}`);
  };
  while (at < text.length) {
    if (text[at] === ".") {
      if (path.length === 0) fail("a name is expected before the dot");
      at += 1;
      if (text[at] === "[") fail("a name is expected after the dot");
    }
    if (text[at] === "[") {
      at += 1;
      if (text[at] === '"') {
        let name = "";
        for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
          if (text[at] === "\\" && text[at + 1] === '"') at += 1;
          name += text[at];
        }
        if (text[at] !== '"' || text[at + 1] !== "]") fail('the closing "] is missing');
        path.push(name);
        at += 2;
      } else {
        const end = text.indexOf("]", at);
        if (end < 0) fail("the closing ] is missing");
        const index = text.slice(at, end);
        if (index !== "*" && !/^\d+$/.test(index)) fail(`"${index}" is not an index`);
        path.push(index === "*" ? "*" : Number(index));
        at = end + 1;
      }
    } else {
      const name = /^[^.[]*/.exec(text.slice(at))?.[0] ?? "";
      if (name === "") fail("a name is expected");
      path.push(name);
      at += name.length;
    }
  }
  return path;
}

/** The text of a path, quoted where it has to be. */
export function formatPropertyPath(path: PropertyPath): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      if (key !== "*" && !/^\w+$/.test(key)) return `["${key.replaceAll('"', '\\"')}"]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}

/** True if `path` (which may hold wildcards) is a prefix of `other`. */
export function pathContains(path: PropertyPath, other: PropertyPath): boolean {
  return path.length <= other.length && path.every((key, index) => key === "*" || key === other[index]);
}

/**
 * The inputs with the values at the `ignoreChanges` paths put back to what they were.
 * Returns the paths that cannot be applied because an element on the way exists in the old inputs only.
 */
export function ignoreChanges(
  inputs: Properties,
  oldInputs: Properties,
  paths: readonly string[],
): { inputs: Properties; invalid: string[] } {
  if (paths.length === 0) return { inputs, invalid: [] };
  const result = structuredClone(inputs);
  const invalid = paths.filter((path) => !reset(parsePropertyPath(path), oldInputs, result, false, false));
  return { inputs: result, invalid };
}

function unwrap(value: Value | undefined): { value: Value | undefined; secret: boolean } {
  return isSecret(value) ? { value: unwrap(value.value).value, secret: true } : { value, secret: false };
}

/** Puts `next` back to `old` at the path, in place. False if the path cannot be followed in both alike. */
function reset(
  path: PropertyPath,
  oldValue: Value | undefined,
  newValue: Value | undefined,
  oldSecret: boolean,
  newSecret: boolean,
): boolean {
  const old = unwrap(oldValue);
  const next = unwrap(newValue);
  const [key, ...rest] = path;
  if (key === undefined) return false;
  const inSecret = { old: oldSecret || old.secret, next: newSecret || next.secret };
  const restored = (value: Value): Value => (inSecret.old && !inSecret.next ? secret(value) : value);
  const descend = (name: string | number): boolean =>
    reset(rest, child(old.value, name), child(next.value, name), inSecret.old, inSecret.next);

  if (key === "*") return resetAll(old.value, next.value, rest, restored, descend);
  if (typeof key === "number") {
    const [a, b] = [old.value, next.value];
    if (!Array.isArray(a) || !Array.isArray(b)) return !Array.isArray(a) && !Array.isArray(b);
    if (rest.length > 0) return key < a.length && key < b.length && descend(key);
    if (key >= a.length && key >= b.length) return true;
    if (key >= a.length || key >= b.length) return false;
    b[key] = restored(a[key] as Value);
    return true;
  }
  const [a, b] = [old.value, next.value];
  if (rest.length > 0) {
    if (!isObject(a) || !isObject(b)) return !isObject(a) && !isObject(b);
    if (!(key in b)) return !(key in a);
    return descend(key);
  }
  if (isObject(a) && a[key] !== undefined) {
    if (!isObject(b)) return false;
    b[key] = restored(a[key]);
  } else if (isObject(b)) {
    delete b[key];
  }
  return true;
}

function resetAll(
  old: Value | undefined,
  next: Value | undefined,
  rest: PropertyPath,
  restored: (value: Value) => Value,
  descend: (key: string | number) => boolean,
): boolean {
  if (Array.isArray(next)) {
    if (!Array.isArray(old)) return rest.length === 0;
    if (old.length !== next.length) return false;
    if (rest.length > 0) return old.every((_, index) => descend(index));
    old.forEach((value, index) => (next[index] = restored(value)));
    return true;
  }
  if (!isObject(next)) return false;
  if (!isObject(old)) return rest.length === 0;
  if (rest.length > 0) return Object.keys(old).every((key) => key in next && descend(key));
  for (const key of Object.keys(next)) if (!(key in old)) delete next[key];
  for (const [key, value] of Object.entries(old)) next[key] = restored(value);
  return true;
}

function child(value: Value | undefined, key: string | number): Value | undefined {
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  return isObject(value) ? value[String(key)] : undefined;
}
