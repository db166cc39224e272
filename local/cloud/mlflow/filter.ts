import type { Metric, Run } from "./tracking";

/** A mistake in a search filter or ordering; the route answers 400 INVALID_PARAMETER_VALUE. */
export class FilterError extends Error {}

type Value = string | number | undefined;
type Read = (run: Run, latest: Metric[]) => Value;
export type Condition = (run: Run, latest: Metric[]) => boolean;

const OPERATORS = ["!=", ">=", "<=", "=", ">", "<", "NOT IN", "IN", "ILIKE", "LIKE"] as const;
const CONDITION =
  /^\s*((?:[A-Za-z]+\.)?(?:`[^`]+`|"[^"]+"|[\w.:/-]+))\s*(!=|>=|<=|=|>|<|not\s+in\b|in\b|ilike\b|like\b)\s*(\((?:[^()'"]|'[^']*'|"[^"]*")*\)|'[^']*'|"[^"]*"|[^\s'"]+)\s*/i;

/**
 * A search filter of MLflow: conditions on `metrics.`, `params.`, `tags.` and attributes, joined by `and`.
 * Examples: `tags.mlflow.rootRunId = 'job'`, `metrics.loss < 0.5 and attributes.status = 'FINISHED'`. Empty: all.
 */
export function parseFilter(text: string): Condition {
  const conditions: Condition[] = [];
  let rest = text;
  while (rest.trim() !== "") {
    const match = CONDITION.exec(rest);
    if (!match) throw new FilterError(`Invalid filter "${text}": cannot read "${rest.trim()}".`);
    conditions.push(
      condition(match[1] ?? "", (match[2] ?? "").toUpperCase().replace(/\s+/g, " "), match[3] ?? ""),
    );
    rest = rest.slice(match[0].length);
    const and = /^and\s+/i.exec(rest);
    if (rest !== "" && !and)
      throw new FilterError(`Invalid filter "${text}": expected "and" before "${rest}".`);
    if (and) rest = rest.slice(and[0].length);
  }
  return (run, latest) => conditions.every((holds) => holds(run, latest));
}

function condition(name: string, operator: string, literal: string): Condition {
  if (!(OPERATORS as readonly string[]).includes(operator))
    throw new FilterError(`Unknown operator "${operator}".`);
  const read = reader(name);
  const wanted = literals(literal);
  return (run, latest) => {
    const value = read(run, latest);
    return value !== undefined && compare(value, operator, wanted);
  };
}

function literals(text: string): string[] {
  const inner = text.startsWith("(") ? text.slice(1, -1) : text;
  const quoted = [...inner.matchAll(/'([^']*)'|"([^"]*)"/g)].map((match) => match[1] ?? match[2] ?? "");
  return quoted.length > 0 ? quoted : inner.split(",").map((part) => part.trim());
}

function compare(value: string | number, operator: string, wanted: string[]): boolean {
  const first = wanted[0] ?? "";
  if (operator === "IN") return wanted.includes(String(value));
  if (operator === "NOT IN") return !wanted.includes(String(value));
  if (operator === "LIKE") return like(String(value), first, "");
  if (operator === "ILIKE") return like(String(value), first, "i");
  const [left, right] = typeof value === "number" ? [value, Number(first)] : [value, first];
  switch (operator) {
    case "=":
      return left === right;
    case "!=":
      return left !== right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    case "<":
      return left < right;
    default:
      return left <= right;
  }
}

function like(value: string, pattern: string, flags: string): boolean {
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/%/g, "[\\s\\S]*")
    .replace(/_/g, "[\\s\\S]");
  return new RegExp(`^${source}$`, flags).test(value);
}

function reader(name: string): Read {
  const match = /^(metrics?|params?|parameters?|tags?|attributes?|attr|run)\.(.+)$/i.exec(name);
  const key = (match?.[2] ?? name).replace(/^[`"]|[`"]$/g, "");
  switch (match?.[1]?.toLowerCase().charAt(0)) {
    case "m":
      return (_run, latest) => latest.find((metric) => metric.key === key)?.value;
    case "p":
      return (run) => run.params[key];
    case "t":
      return (run) => run.tags[key];
    default:
      return attribute(key);
  }
}

function attribute(key: string): Read {
  switch (key.toLowerCase()) {
    case "status":
      return (run) => run.status;
    case "run_id":
    case "run_uuid":
      return (run) => run.id;
    case "run_name":
    case "name":
      return (run) => run.name;
    case "start_time":
    case "created":
      return (run) => run.startTime;
    case "end_time":
      return (run) => run.endTime;
    default:
      throw new FilterError(
        `Unknown attribute "${key}", allowed: status, run_id, run_name, start_time, end_time, or a name with metrics., params. or tags. before it.`,
      );
  }
}

export interface Searchable {
  run: Run;
  latest: Metric[];
}

/** Orders runs by `["metrics.loss ASC", "attributes.start_time DESC"]`; default: newest first. Missing values last. */
export function orderRuns(items: Searchable[], orderBy: string[]): Searchable[] {
  const keys = orderBy.map((text) => {
    const match = /^\s*(.+?)(?:\s+(asc|desc))?\s*$/i.exec(text);
    if (!match?.[1]) throw new FilterError(`Invalid order_by "${text}".`);
    return { read: reader(match[1]), sign: match[2]?.toLowerCase() === "desc" ? -1 : 1 };
  });
  keys.push({ read: (run) => run.startTime, sign: -1 }, { read: (run) => run.id, sign: 1 });
  return [...items].sort((a, b) => {
    for (const { read, sign } of keys) {
      const [left, right] = [read(a.run, a.latest), read(b.run, b.latest)];
      if (left === right) continue;
      if (left === undefined) return 1;
      if (right === undefined) return -1;
      return left < right ? -sign : sign;
    }
    return 0;
  });
}
