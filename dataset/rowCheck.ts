/** One row of a chat data set. */
export type Row = Record<string, unknown>;

/** The roles of the chat schema. */
export const chatRoles = ["system", "user", "assistant"] as const;
export type ChatRole = (typeof chatRoles)[number];

const roles = new Set<unknown>(chatRoles);
const listed = `${chatRoles.slice(0, -1).join(", ")} or ${chatRoles.at(-1)}`;

/**
 * Checks one row against the chat schema. `messages` is a non-empty list of `{role, content}` with non-empty
 * texts: at most one system message at the start, then user and assistant in turn, user first. `prompt` and
 * `prompt_id` are non-empty texts where the data set has them. Returns the problem, or undefined. Without `values` it contains
 * no value of the row. The query of `factsQuery` finds the rows without a problem; this function decides about
 * the others and finds the reason.
 */
export function rowProblem(row: Row, values = true): string | undefined {
  return (
    messagesProblem(row.messages, values) ??
    ("prompt" in row ? textProblem("prompt", row.prompt) : undefined) ??
    ("prompt_id" in row ? textProblem("prompt_id", row.prompt_id) : undefined)
  );
}

function textProblem(name: string, value: unknown): string | undefined {
  if (typeof value !== "string") return `${name} is ${kindOf(value)}, must be a string`;
  if (value === "") return `${name} is empty`;
  return value.isWellFormed() ? undefined : `${name} contains half of a surrogate pair`;
}

function messagesProblem(messages: unknown, values: boolean): string | undefined {
  if (!Array.isArray(messages)) return `messages is ${kindOf(messages)}, must be a list of {role, content}`;
  if (messages.length === 0) return "messages is empty";
  let expected = "user";
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index] as { role?: unknown; content?: unknown } | null | undefined;
    if (typeof message !== "object" || message === null) return `messages[${index}] is ${kindOf(message)}`;
    const { role, content } = message;
    if (typeof role !== "string" || !roles.has(role)) {
      return unknownRole(messages, index, role, values);
    }
    const problem = textProblem(`messages[${index}].content`, content);
    if (problem) return problem;
    if (role === "system" && index === 0) continue;
    if (role !== expected) return `messages[${index}].role is "${role}", but "${expected}" must follow`;
    expected = role === "user" ? "assistant" : "user";
  }
  return messages.length === 1 && expected === "user" ? "messages contains only a system message" : undefined;
}

/**
 * The problem of an unknown role. It lists all unknown roles of the row, because most rows of such data use
 * all of them.
 */
function unknownRole(messages: unknown[], index: number, role: unknown, values: boolean): string {
  if (!values)
    return `messages[${index}].role is not ${listed}; map other names with --roles (in a stack: dataset.roles)`;
  const problem = `messages[${index}].role is ${JSON.stringify(role) ?? "missing"}, must be ${listed}`;
  if (typeof role !== "string" || role === "") return problem;
  const seen = messages.map((one) => (one as { role?: unknown } | null | undefined)?.role);
  const unknown = new Set(seen.filter((one) => typeof one === "string" && one !== "" && !roles.has(one)));
  const names = [...unknown].slice(0, 5).map((name) => JSON.stringify(name));
  return `${problem}; map ${names.join(", ")} with --roles (in a stack: dataset.roles)`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
