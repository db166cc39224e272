import { createHash } from "node:crypto";
import type { ChatRole, Row } from "./rowCheck";

/**
 * Column names of the source, by field of the chat schema. A field without an entry has the schema's own
 * name.
 */
export interface ColumnMapping {
  /** Column with the list of messages. `role` and `content` are keys of its messages. */
  messages?: string;
  role?: string;
  content?: string;
  /** Columns with the user's text and its answer, for rows with one question and one answer. */
  prompt?: string;
  completion?: string;
  /** Column with the system's text. It becomes the first message where it is not empty. */
  system?: string;
  /** Column with the row's id. Default: `prompt_id`, or the SHA-256 of the prompt. */
  prompt_id?: string;
  /** The schema's role by the source's name for it, such as `{human: "user", gpt: "assistant"}`. */
  roles?: Readonly<Record<string, ChatRole>>;
}

/** The column mapping of a request; undefined when the data use the schema's names. */
export function columnMapping(request: {
  columns?: Omit<ColumnMapping, "roles">;
  roles?: ColumnMapping["roles"];
}): ColumnMapping | undefined {
  const { columns, roles } = request;
  return roles ? { ...columns, roles } : columns;
}

/** The fields of a column mapping. */
export const mappingKeys = [
  "messages",
  "role",
  "content",
  "prompt",
  "completion",
  "system",
  "prompt_id",
] as const satisfies ReadonlyArray<Exclude<keyof ColumnMapping, "roles">>;

/** A mapping, resolved against the columns that a source has. */
export interface MappedColumns {
  /** `messages`: a row contains a list of messages. `pair`: a row contains a prompt and its completion. */
  form: "messages" | "pair";
  names: Required<Pick<ColumnMapping, "messages" | "role" | "content" | "prompt" | "completion">> &
    Pick<ColumnMapping, "system" | "prompt_id">;
  columns: string[];
  roles: ColumnMapping["roles"];
}

/**
 * Finds the columns to read: `messages` if the source has that column, otherwise `prompt` and `completion`.
 * `problem` names the missing columns, and the present ones as `listed`.
 */
export function mapColumns(
  mapping: ColumnMapping,
  present: readonly string[],
  listed = present.join(", "),
): MappedColumns | { problem: string } {
  const names = {
    messages: mapping.messages ?? "messages",
    role: mapping.role ?? "role",
    content: mapping.content ?? "content",
    prompt: mapping.prompt ?? "prompt",
    completion: mapping.completion ?? "completion",
    system: mapping.system,
    prompt_id: mapping.prompt_id ?? (present.includes("prompt_id") ? "prompt_id" : undefined),
  };
  const isPair =
    mapping.completion !== undefined || (mapping.messages === undefined && !present.includes(names.messages));
  const required = isPair ? [names.prompt, names.completion] : [names.messages];
  const more = [names.system, names.prompt_id].filter((name) => name !== undefined);
  const missing = [...required, ...more].filter((name) => !present.includes(name));
  if (missing.length > 0) {
    const what =
      mapping.messages === undefined && mapping.completion === undefined && isPair
        ? `neither a column "${names.messages}" nor "${names.prompt}" and "${names.completion}"`
        : `no column ${missing.map((name) => JSON.stringify(name)).join(", ")}`;
    return { problem: `${what} (it has ${listed})` };
  }
  const optional = isPair || mapping.prompt === undefined ? [] : [names.prompt];
  return {
    form: isPair ? "pair" : "messages",
    names,
    columns: [...required, ...more, ...optional],
    roles: mapping.roles,
  };
}

/**
 * The row `{prompt, prompt_id, messages}` for a row of the source. Values that do not fit are passed on: the
 * row check reports them.
 */
export function mapRow(source: Row, { form, names, roles }: MappedColumns): Row {
  const system = names.system === undefined ? undefined : source[names.system];
  const lead =
    system === undefined || system === null || (system as string).length === 0
      ? []
      : [{ role: "system", content: system }];
  const messages =
    form === "pair"
      ? [
          ...lead,
          { role: "user", content: source[names.prompt] },
          { role: "assistant", content: source[names.completion] },
        ]
      : listOf(source[names.messages], lead, names, roles);
  const prompt = form === "pair" ? source[names.prompt] : firstOfUser(messages);
  // Without a user message there is no prompt to derive. The row check reports what is wrong with the
  // messages.
  if (prompt === undefined && form === "messages") return { messages };
  const id = names.prompt_id === undefined ? idOf(prompt) : source[names.prompt_id];
  return { prompt, prompt_id: typeof id === "number" || typeof id === "bigint" ? String(id) : id, messages };
}

function listOf(
  value: unknown,
  lead: unknown[],
  names: MappedColumns["names"],
  roles: MappedColumns["roles"],
): unknown {
  // A CSV table contains the list as JSON text.
  const list = typeof value === "string" ? parsed(value) : value;
  if (!Array.isArray(list)) return list;
  return [
    ...lead,
    ...list.map((message: Row | null) =>
      typeof message === "object" && message !== null
        ? { role: roleIn(message[names.role], roles), content: message[names.content] }
        : message,
    ),
  ];
}

/** The schema's name of a role. A role without an entry is returned unchanged. */
function roleIn(role: unknown, roles: MappedColumns["roles"]): unknown {
  if (!roles) return role;
  const name = role instanceof Uint8Array ? Buffer.from(role).toString() : role;
  return typeof name === "string" && Object.hasOwn(roles, name) ? roles[name] : role;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function firstOfUser(messages: unknown): unknown {
  if (!Array.isArray(messages)) return undefined;
  const found = (messages as Array<Row | null>).find(
    (one) => String(one?.role) === "user" || isUserBytes(one?.role),
  );
  return found?.content;
}

function isUserBytes(role: unknown): boolean {
  return role instanceof Uint8Array && Buffer.from(role).toString() === "user";
}

function idOf(prompt: unknown): string | undefined {
  if (typeof prompt !== "string" && !(prompt instanceof Uint8Array)) return undefined;
  return createHash("sha256").update(prompt).digest("hex");
}
