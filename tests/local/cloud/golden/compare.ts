/**
 * Golden bodies are exact. For a value that cannot be known beforehand, the golden body has a placeholder
 * that checks its form:
 * `<guid>`, `<time>`, …. `<guid:name>` also stores the value, which must be the same wherever the name occurs
 * again.
 */

/** The patterns of placeholders. */
const KINDS: Readonly<Record<string, string>> = {
  guid: "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  /** ARM's time format: UTC with a fraction. */
  time: "\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|\\+00:00)",
  digits: "\\d+",
  etag: '"(?:0x)?[0-9A-Fa-f-]{8,}"',
  /** Keys and secrets: base64 or base64url. */
  key: "[A-Za-z0-9+/_-]{20,}={0,2}",
  /** A signed token: three parts. */
  jwt: "[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+",
  /** The query of a signed address. */
  sas: '(?=[^"\\s]*sig=)[^"\\s]+',
  span: "\\d{2}:\\d{2}:\\d{2}",
  hex: "[0-9a-f]{8,}",
  text: "[\\s\\S]+",
};

const PLACEHOLDER = /<([a-z]+)(?::([A-Za-z]+))?>/g;

/** Stored values by name; `base`, `host` and the like exist from the start. */
export type Remembered = Map<string, string>;

/** An array of any length from `least`, every item of one form. */
export class Each {
  constructor(
    readonly item: unknown,
    readonly least = 1,
  ) {}
}

/** Any value: for steps that only prepare something, which another exchange shows exactly. */
export class Anything {
  readonly isAnything = true;
}

/** An array that contains these items among others, in any order. */
export class Including {
  constructor(readonly items: readonly unknown[]) {}
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The text with stored values filled in; used for requests. @throws Error for an unknown name */
export function filledIn(text: string, remembered: Remembered): string {
  return text.replace(PLACEHOLDER, (whole, kind: string, name?: string) => {
    const value = remembered.get(name ?? kind);
    if (value === undefined) throw new Error(`${whole} in a request has no stored value.`);
    return value;
  });
}

function matchText(actual: string, golden: string, remembered: Remembered): boolean {
  const names: string[] = [];
  let pattern = "";
  let from = 0;
  for (const match of golden.matchAll(PLACEHOLDER)) {
    const [whole, kind = "", name] = match;
    pattern += escaped(golden.slice(from, match.index));
    from = match.index + whole.length;
    const known = remembered.get(name ?? kind);
    const form = KINDS[kind];
    if (known !== undefined) pattern += escaped(known);
    else if (form === undefined) throw new Error(`There is no placeholder ${whole}.`);
    else if (name === undefined) pattern += `(?:${form})`;
    else {
      names.push(name);
      pattern += `(${form})`;
    }
  }
  const found = new RegExp(`^${pattern}${escaped(golden.slice(from))}$`).exec(actual);
  names.forEach((name, index) => found && remembered.set(name, found[index + 1] ?? ""));
  return found !== null;
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

/** Every difference between the answer and the golden body, as `path: golden …, answered …`. */
export function differences(
  actual: unknown,
  golden: unknown,
  remembered: Remembered,
  path = "body",
): string[] {
  const differs = [`${path}: golden ${show(golden)}, answered ${show(actual)}`];
  if (golden === "<number>") return typeof actual === "number" ? [] : differs;
  if (typeof golden === "string")
    return typeof actual === "string" && matchText(actual, golden, remembered) ? [] : differs;
  if (golden instanceof Anything) return [];
  if (golden instanceof Each) {
    if (!Array.isArray(actual) || actual.length < golden.least)
      return [`${path}: golden at least ${golden.least} items, answered ${show(actual)}`];
    return actual.flatMap((item, index) => differences(item, golden.item, remembered, `${path}[${index}]`));
  }
  if (golden instanceof Including) {
    if (!Array.isArray(actual)) return [`${path}: golden an array, answered ${show(actual)}`];
    return golden.items.flatMap((item) =>
      actual.some((one) => differences(one, item, new Map(remembered)).length === 0)
        ? []
        : [`${path}: golden has ${show(item)}, answered ${show(actual)}`],
    );
  }
  if (Array.isArray(golden)) {
    if (!Array.isArray(actual) || actual.length !== golden.length) return differs;
    return golden.flatMap((item, index) => differences(actual[index], item, remembered, `${path}[${index}]`));
  }
  if (typeof golden !== "object" || golden === null) return actual === golden ? [] : differs;
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return differs;
  const [seen, expected] = [actual as Record<string, unknown>, golden as Record<string, unknown>];
  return [...new Set([...Object.keys(expected), ...Object.keys(seen)])].flatMap((name) =>
    differences(seen[name], expected[name], remembered, `${path}.${name}`),
  );
}
