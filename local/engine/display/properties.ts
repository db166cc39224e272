import { inspect } from "node:util";
import type { Step } from "./events";
import { comparePaths } from "../values/diff";
import {
  formatPropertyPath,
  parsePropertyPath,
  pathContains,
  type PropertyPath,
} from "../values/propertyPath";
import {
  isObject,
  isSecret,
  isUnknown,
  sameValue,
  signatureOf,
  signatures,
  type Properties,
  type Value,
} from "../values/values";

/** The longest text shown whole, in characters: in differences, and in outputs, which people copy. */
const longest = 120;
const longestOutput = 400;
const literal = (text: string): unknown => ({ [inspect.custom]: () => text });
const isInternal = (key: string): boolean => key.startsWith("__");

/** A long text is cut to the part where it begins to differ from `other`, with its length. */
function quoted(text: string, other: string, limit: number): string {
  if (text.length <= limit) return JSON.stringify(text);
  let differs = 0;
  while (differs < text.length && text[differs] === other[differs]) differs += 1;
  const from = Math.max(0, differs - 20);
  const part = JSON.stringify(text.slice(from, from + limit / 2));
  return `${from > 0 ? "…" : ""}${part}… (${text.length} characters)`;
}

function readable(value: Value, other: Value | undefined, limit: number): unknown {
  if (isSecret(value)) return literal("[secret]");
  if (isUnknown(value)) return literal("[unknown]");
  if (typeof value === "string") return literal(quoted(value, typeof other === "string" ? other : "", limit));
  if (Array.isArray(value)) return value.map((item) => readable(item, undefined, limit));
  if (!isObject(value)) return value;
  const signature = signatureOf(value);
  if (signature === signatures.resource) return literal(String(value.urn));
  if (signature !== undefined) return literal("[special]");
  const entries = Object.entries(value).filter(([key]) => !isInternal(key));
  return Object.fromEntries(entries.map(([key, item]) => [key, readable(item, undefined, limit)]));
}

/** Secrets and unknown values are shown by their kind; long texts are cut where they differ from `other`. */
export function valueText(value: Value | undefined, other?: Value, limit = longest): string {
  if (value === undefined) return "";
  return inspect(readable(value, other, limit), { depth: Infinity, breakLength: 80, maxArrayLength: 20 });
}

type Change = { name: string; old?: Value | undefined; next?: Value | undefined };

/** `+ name: new`, `- name: old`, `~ name: old => new`, or `  name: value` if nothing changed. */
function changeLines({ name, old, next }: Change, margin: string, note = "", limit = longest): string[] {
  const [a, b] = [valueText(old, next, limit), valueText(next, old, limit)];
  const same = sameValue(old, next) && isSecret(old) === isSecret(next);
  const mark = old === undefined ? "+" : next === undefined ? "-" : same ? " " : "~";
  const text = mark === "~" && a !== b ? `${a} => ${b}` : b || a;
  return `${margin}${mark} ${name}: ${text}${note}`.replaceAll("\n", `\n${margin}  `).split("\n");
}

/** Paths that force a replacement are marked. */
export function diffLines({ operation, old, next, diff }: Step): string[] {
  if (!next || operation === "same" || operation.startsWith("delete")) return [];
  const detailed = diff?.detailed ?? {};
  const paths = Object.keys(comparePaths(old?.inputs ?? {}, next.inputs ?? {}));
  const known = new Set(paths.map((path) => pathOf(path)[0]));
  // Where only outputs changed (a refresh), use the provider's own paths.
  const further = Object.keys(detailed).filter((path) => !known.has(pathOf(path)[0]));
  const lines = [...paths, ...further].flatMap((text) => {
    const path = pathOf(text);
    const key = String(path[0]);
    const hidden = next.hideDiff?.some((given) => pathContains(pathOf(given), path));
    if (hidden || isInternal(key)) return [];
    const [was, is] = [find(old, path), find(next, path)];
    const name = formatPropertyPath(path.slice(0, Math.min(was.depth, is.depth)));
    const forces = old && (diff?.replaceKeys.includes(key) || detailed[text]?.replace === true);
    const change = { name, old: was.value, next: is.value };
    return changeLines(change, "      ", forces ? " (forces replacement)" : "");
  });
  // Several paths inside one secret become one line.
  return [...new Set(lines)];
}

/** The parts of a path. A path from a provider that cannot be parsed is a single name. */
function pathOf(text: string): PropertyPath {
  try {
    return parsePropertyPath(text);
  } catch {
    return [text];
  }
}

/** Of the inputs, else of the outputs. A path into a secret ends at the secret. */
function find(state: Step["old"], path: PropertyPath): { value: Value | undefined; depth: number } {
  for (const properties of [state?.inputs, state?.outputs]) {
    let value: Value | undefined = properties;
    let depth = 0;
    while (depth < path.length && !isSecret(value)) {
      const key = path[depth++] as string | number;
      value = Array.isArray(value) ? value[Number(key)] : isObject(value) ? value[key] : undefined;
    }
    if (value !== undefined) return { value, depth };
  }
  return { value: undefined, depth: path.length };
}

export function outputLines(before: Properties, after: Properties): string[] {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])].sort();
  return names.flatMap((name) => {
    return changeLines({ name, old: before[name], next: after[name] }, "  ", "", longestOutput);
  });
}
