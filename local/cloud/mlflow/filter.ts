/** Grammar of the filters and orders of MLflow's searches. */
import { invalidParameter } from "./wire";

export type Value = string | number | undefined;
/** @throws MlflowError for an unknown attribute */
export type Reader<T> = (name: string) => (item: T) => Value;

const OPERATORS = ["!=", ">=", "<=", "=", ">", "<", "NOT IN", "IN", "ILIKE", "LIKE"] as const;
const NAME = /^\s*((?:[A-Za-z]+\.)?(?:`[^`]+`|"[^"]+"|[\w.:/-]+))/;
const COMPARISON =
  /^\s*(!=|>=|<=|=|>|<|not\s+in\b|in\b|ilike\b|like\b)\s*(\((?:[^()'"]|'[^']*'|"[^"]*")*\)|'[^']*'|"[^"]*"|[^\s'"]+)\s*/i;
const PRESENCE = /^\s+is\s+(not\s+)?null\b\s*/i;

/** Conditions joined by `and`, such as `metrics.loss < 0.5`. An empty filter matches everything. */
export function parseFilter<T>(text: string, reader: Reader<T>): (item: T) => boolean {
  const conditions: Array<(item: T) => boolean> = [];
  let rest = text;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const match = pattern.exec(rest) ?? undefined;
    if (match) rest = rest.slice(match[0].length);
    return match;
  };
  while (rest.trim() !== "") {
    const unreadable = `Invalid filter "${text}": cannot read "${rest.trim()}".`;
    const name = take(NAME)?.[1];
    const presence = name === undefined ? undefined : take(PRESENCE);
    const comparison = name === undefined || presence ? undefined : take(COMPARISON);
    if (name !== undefined && presence) {
      const read = reader(name);
      conditions.push((item) => (read(item) === undefined) === (presence[1] === undefined));
    } else if (name !== undefined && comparison) {
      conditions.push(condition(reader(name), (comparison[1] ?? "").toUpperCase(), comparison[2] ?? ""));
    } else {
      throw invalidParameter(unreadable);
    }
    if (rest !== "" && !take(/^and\s+/i))
      throw invalidParameter(`Invalid filter "${text}": expected "and" before "${rest}".`);
  }
  return (item) => conditions.every((matches) => matches(item));
}

function condition<T>(read: (item: T) => Value, requested: string, literal: string): (item: T) => boolean {
  const operator = requested.replace(/\s+/g, " ");
  if (!(OPERATORS as readonly string[]).includes(operator))
    throw invalidParameter(`Unknown operator "${operator}".`);
  const operands = literals(literal);
  return (item) => {
    const value = read(item);
    return value !== undefined && compare(value, operator, operands);
  };
}

function literals(text: string): string[] {
  const inner = text.startsWith("(") ? text.slice(1, -1) : text;
  const quoted = [...inner.matchAll(/'([^']*)'|"([^"]*)"/g)].map((match) => match[1] ?? match[2] ?? "");
  return quoted.length > 0 ? quoted : inner.split(",").map((part) => part.trim());
}

function compare(value: string | number, operator: string, operands: string[]): boolean {
  const first = operands[0] ?? "";
  if (operator === "IN") return operands.includes(String(value));
  if (operator === "NOT IN") return !operands.includes(String(value));
  if (operator === "LIKE") return like(String(value), first, "");
  if (operator === "ILIKE") return like(String(value), first, "i");
  const [left, right] = typeof value === "number" ? [value, Number(first)] : [value, first];
  if (left === right) return ["=", ">=", "<="].includes(operator);
  if (operator === "!=") return true;
  return left < right ? ["<", "<="].includes(operator) : left > right && [">", ">="].includes(operator);
}

function like(value: string, pattern: string, flags: string): boolean {
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/%/g, "[\\s\\S]*")
    .replace(/_/g, "[\\s\\S]");
  return new RegExp(`^${source}$`, flags).test(value);
}

export function ordered<T>(items: T[], orderBy: readonly string[], reader: Reader<T>): T[] {
  const keys = orderBy.map((text) => {
    const match = /^\s*(.+?)(?:\s+(asc|desc))?\s*$/i.exec(text);
    if (!match?.[1]) throw invalidParameter(`Invalid order_by "${text}".`);
    return { read: reader(match[1]), sign: match[2]?.toLowerCase() === "desc" ? -1 : 1 };
  });
  return [...items].sort((a, b) => {
    for (const { read, sign } of keys) {
      const [left, right] = [read(a), read(b)];
      if (left === right) continue;
      if (left === undefined) return 1;
      if (right === undefined) return -1;
      return left < right ? -sign : sign;
    }
    return 0;
  });
}
