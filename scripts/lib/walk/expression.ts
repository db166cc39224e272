/** A value of GitHub's expression language. */
export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };

/** What an expression can refer to: contexts by name, and the state of what ran before. */
export interface Context {
  values: Record<string, Value>;
  status: { failed: boolean; cancelled: boolean; skipped?: boolean };
}

type Token = { kind: "text" | "number" | "name" | "sign" | "end"; text: string };

const pattern = /\s*(?:'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w-]*)|(&&|\|\||==|!=|[!().,*[\]]))/y;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  const trimmed = text.trim();
  for (let at = 0; at < trimmed.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(trimmed);
    if (!match)
      throw new Error(`the expression "${text}" is not understood from "${trimmed.slice(at).trim()}" on`);
    const [, quoted, number, name, sign] = match;
    if (quoted !== undefined) found.push({ kind: "text", text: quoted.replaceAll("''", "'") });
    else if (number !== undefined) found.push({ kind: "number", text: number });
    else if (name !== undefined) found.push({ kind: "name", text: name });
    else found.push({ kind: "sign", text: sign ?? "" });
  }
  return [...found, { kind: "end", text: "" }];
}

const statusFunctions = ["success", "failure", "cancelled", "always"];

/** Whether an `if` decides by itself what happens after a failure; otherwise `success()` is added. */
export const hasStatusFunction = (text: string): boolean =>
  new RegExp(`\\b(${statusFunctions.join("|")})\\(\\)`).test(text);

/** GitHub's truth: empty text, 0, false and null are false. */
export const isTrue = (value: Value): boolean =>
  value !== null && value !== "" && value !== 0 && value !== false;

const textOf = (value: Value): string => {
  if (value === null) return "";
  return typeof value === "object" ? "Object" : String(value);
};

const member = (value: Value, key: string): Value =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value[key] ?? null) : null;

/** GitHub compares texts without case. */
const equal = (left: Value, right: Value): boolean =>
  typeof left === typeof right || left === null || right === null
    ? textOf(left).toLowerCase() === textOf(right).toLowerCase()
    : Number(left) === Number(right);

/**
 * The value of an expression: literals, contexts, `!`, `&&`, `||`, `==`, `!=`, parentheses, `format`, `contains`, `startsWith` and the
 * status functions (docs.github.com, "Evaluate expressions in workflows and actions"), and the functions that Azure Pipelines has for
 * the operators. A property that does not exist is null.
 * Errors: anything else, by name, so that a walk never passes over what it does not understand.
 */
export function evaluate(text: string, context: Context): Value {
  const list = tokens(text);
  let at = 0;
  const peek = (): Token => list[at] as Token;
  const take = (): Token => list[at++] as Token;
  const accept = (sign: string): boolean => {
    const found = peek().kind === "sign" && peek().text === sign;
    if (found) at++;
    return found;
  };
  const expect = (sign: string): void => {
    if (!accept(sign)) throw new Error(`the expression "${text}" lacks "${sign}" before "${peek().text}"`);
  };

  const or = (): Value => {
    let left = and();
    while (accept("||")) {
      const right = and();
      left = isTrue(left) ? left : right;
    }
    return left;
  };
  const and = (): Value => {
    let left = comparison();
    while (accept("&&")) {
      const right = comparison();
      left = isTrue(left) ? right : left;
    }
    return left;
  };
  const comparison = (): Value => {
    const left = not();
    if (accept("==")) return equal(left, not());
    if (accept("!=")) return !equal(left, not());
    return left;
  };
  const not = (): Value => (accept("!") ? !isTrue(not()) : primary());
  const primary = (): Value => {
    if (accept("(")) {
      const inner = or();
      expect(")");
      return inner;
    }
    const { kind, text: word } = take();
    if (kind === "text") return word;
    if (kind === "number") return Number(word);
    if (kind !== "name") throw new Error(`the expression "${text}" is not understood at "${word}"`);
    if (accept("(")) return call(word, parameters());
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    return property(word);
  };
  const parameters = (): Value[] => {
    const all: Value[] = [];
    if (accept(")")) return all;
    do all.push(or());
    while (accept(","));
    expect(")");
    return all;
  };
  const property = (name: string): Value => {
    if (!(name in context.values))
      throw new Error(`the expression "${text}" uses the context "${name}", which the walk does not have`);
    let value: Value = context.values[name] ?? null;
    for (;;) {
      if (accept("[")) {
        value = member(value, textOf(or()));
        expect("]");
        continue;
      }
      if (!accept(".")) break;
      if (accept("*")) {
        value = Array.isArray(value) ? value : Object.values(value ?? {});
        continue;
      }
      const { kind, text: key } = take();
      if (kind !== "name") throw new Error(`the expression "${text}" has no name after "."`);
      value = Array.isArray(value) ? value.map((one) => member(one, key)) : member(value, key);
    }
    return value;
  };
  const call = (name: string, given: Value[]): Value => {
    const { failed, cancelled, skipped = false } = context.status;
    switch (name) {
      case "always":
        return true;
      case "success":
        return !failed && !cancelled && !skipped;
      case "failure":
        return failed;
      case "cancelled":
        return cancelled;
      case "format":
        return textOf(given[0] ?? null).replace(/\{(\d+)\}/g, (_all, index) =>
          textOf(given[Number(index) + 1] ?? null),
        );
      case "contains": {
        const [all = null, one = null] = given;
        if (Array.isArray(all)) return all.some((value) => equal(value, one));
        return textOf(all).toLowerCase().includes(textOf(one).toLowerCase());
      }
      // Azure Pipelines writes operators as functions.
      case "and":
        return given.every(isTrue);
      case "not":
        return !isTrue(given[0] ?? null);
      case "eq":
      case "ne":
        return equal(given[0] ?? null, given[1] ?? null) === (name === "eq");
      case "in":
        return given.slice(1).some((one) => equal(given[0] ?? null, one));
      case "startsWith":
        return textOf(given[0] ?? null)
          .toLowerCase()
          .startsWith(textOf(given[1] ?? null).toLowerCase());
      default:
        throw new Error(`the expression "${text}" calls "${name}", which the walk does not have`);
    }
  };

  const result = or();
  if (peek().kind !== "end")
    throw new Error(`the expression "${text}" is not understood at "${peek().text}"`);
  return result;
}

/** A text in which each `${{ … }}` is replaced by its value. */
export function interpolate(text: string, context: Context): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_all, inner: string) => textOf(evaluate(inner, context)));
}

/** The decision of an `if`, which may or may not be within `${{ }}`. */
export function condition(text: string | undefined, context: Context): boolean {
  const inner = text === undefined ? "success()" : (/^\s*\$\{\{(.*)\}\}\s*$/s.exec(text)?.[1] ?? text);
  const value = isTrue(evaluate(inner, context));
  return hasStatusFunction(inner) ? value : value && isTrue(evaluate("success()", context));
}
