import { createHash } from "node:crypto";
import type { ToolPolicy } from "./requestValues";
import type { ChatRole, Row } from "./rowCheck";

/**
 * Column names of the source, by field of the chat schema. A field without an entry has the schema's own
 * name. `prompt`, `completion` and `system` can be templates such as `{instruction}\n\n{input}`.
 */
export interface ColumnMapping {
  /** Column with the list of messages. `role` and `content` are keys of its messages. */
  messages?: string;
  role?: string;
  content?: string;
  /** The user's text and its answer, for rows with one question and one answer. */
  prompt?: string;
  completion?: string;
  /** The system's text. It becomes the first message where it is not empty. */
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

/** A text that is built from columns. A part whose column is empty vanishes with the text before it. */
export interface Template {
  parts: Array<{ before: string; column: string }>;
  after: string;
}

/** Reads a template; a text without `{column}` is the name of a column. */
export function parseTemplate(text: string): Template {
  const parts = [...text.matchAll(/([^{}]*)\{([^{}]+)\}/g)].map(([, before = "", column = ""]) => ({
    before,
    column,
  }));
  if (parts.length === 0) return { parts: [{ before: "", column: text }], after: "" };
  return { parts, after: text.slice(text.lastIndexOf("}") + 1) };
}

/** A mapping, resolved against the columns that a source has. */
export interface MappedColumns {
  /** `messages`: a row contains a list of messages. `pair`: a row contains a prompt and its completion. */
  form: "messages" | "pair";
  names: { messages: string; role: string; content: string; prompt_id?: string };
  prompt: Template;
  completion: Template;
  system: Template | undefined;
  /** Columns to read. */
  columns: string[];
  roles: ColumnMapping["roles"];
  tools: ToolPolicy;
}

/**
 * Finds the columns to read: `messages` if the source has that column, otherwise `prompt` and `completion`.
 * `problem` names the missing columns, and the present ones as `listed`.
 */
export function mapColumns(
  mapping: ColumnMapping,
  present: readonly string[],
  { listed = present.join(", "), tools = "fail" }: { listed?: string; tools?: ToolPolicy } = {},
): MappedColumns | { problem: string } {
  const names = {
    messages: mapping.messages ?? "messages",
    role: mapping.role ?? "role",
    content: mapping.content ?? "content",
    prompt_id: mapping.prompt_id ?? (present.includes("prompt_id") ? "prompt_id" : undefined),
  };
  const prompt = parseTemplate(mapping.prompt ?? "prompt");
  const completion = parseTemplate(mapping.completion ?? "completion");
  const system = mapping.system === undefined ? undefined : parseTemplate(mapping.system);
  const isPair =
    mapping.completion !== undefined || (mapping.messages === undefined && !present.includes(names.messages));
  const columnsOf = (...templates: Array<Template | undefined>): string[] =>
    templates.flatMap((template) => template?.parts.map(({ column }) => column) ?? []);
  const columns = [
    ...(isPair ? columnsOf(prompt, completion) : [names.messages]),
    ...columnsOf(system),
    ...(names.prompt_id === undefined ? [] : [names.prompt_id]),
  ];
  const missing = columns.filter((name) => !present.includes(name));
  if (missing.length > 0) {
    const what =
      mapping.messages === undefined && mapping.completion === undefined && isPair
        ? `neither a column "${names.messages}" nor "${mapping.prompt ?? "prompt"}" and "completion"`
        : `no column ${missing.map((name) => JSON.stringify(name)).join(", ")}`;
    return { problem: `${what} (it has ${listed})` };
  }
  const form = isPair ? "pair" : "messages";
  return {
    form,
    names,
    prompt,
    completion,
    system,
    columns: [...new Set(columns)],
    roles: mapping.roles,
    tools,
  };
}

/**
 * The row `{prompt, prompt_id, messages}` for a row of the source. Values that do not fit are passed on: the
 * row check reports them.
 */
export function mapRow(source: Row, mapped: MappedColumns): Row {
  const { form, names } = mapped;
  const system = mapped.system && filled(mapped.system, source);
  const lead =
    system === undefined || system === null || system === "" ? [] : [{ role: "system", content: system }];
  const messages =
    form === "pair"
      ? [
          ...lead,
          { role: "user", content: filled(mapped.prompt, source) },
          { role: "assistant", content: filled(mapped.completion, source) },
        ]
      : listOf(source, lead, mapped);
  const prompt = firstOfUser(messages);
  // Without a user message there is no prompt to derive. The row check reports what is wrong with the
  // messages.
  if (prompt === undefined && form === "messages") return { messages };
  const id = names.prompt_id === undefined ? idOf(prompt) : source[names.prompt_id];
  return { prompt, prompt_id: typeof id === "number" ? String(id) : id, messages };
}

/** The text of a template; the value that is not a text, if there is one. `templateSql` does the same in SQL. */
function filled({ parts, after }: Template, source: Row): unknown {
  const values = parts.map(({ column }) => source[column]);
  const isPlain = parts.length === 1 && parts[0]?.before === "" && after === "";
  if (isPlain) return values[0];
  const other = values.find((value) => typeof value !== "string" && value !== null && value !== undefined);
  if (other !== undefined) return other;
  const texts = parts.map(({ before }, index) =>
    values[index] ? `${before}${values[index] as string}` : "",
  );
  const text = texts.join("");
  if (text === "") return "";
  return `${values[0] ? text : text.replace(/^[ \t\r\n]+/, "")}${after}`;
}

/** The messages of a row of the source. A table contains the list as JSON text. */
export function listIn(source: Row, { messages }: MappedColumns["names"]): unknown {
  const value = source[messages];
  return typeof value === "string" ? parsed(value) : value;
}

function listOf(source: Row, lead: unknown[], { names, roles, tools }: MappedColumns): unknown {
  const list = listIn(source, names);
  if (!Array.isArray(list)) return list;
  const turns = tools === "drop" ? list.filter((turn) => !isOfTool(turn, names)) : list;
  return [
    ...lead,
    ...turns.map((message: Row | null) =>
      typeof message === "object" && message !== null
        ? { role: roleIn(message[names.role], roles), content: textOf(message[names.content]) }
        : message,
    ),
  ];
}

/** Roles of tools' results, in the formats of OpenAI and ShareGPT. */
const toolRoles = new Set<unknown>(["tool", "function", "function_call", "observation"]);

/** Whether a turn is a tool's result or a call without text. */
export function isOfTool(turn: unknown, { role, content }: MappedColumns["names"]): boolean {
  if (typeof turn !== "object" || turn === null) return false;
  const { [role]: own, [content]: text } = turn as Row;
  return toolRoles.has(own) || (("tool_calls" in turn || "function_call" in turn) && !text);
}

/** The text of a content; a list of OpenAI's text parts is joined. */
function textOf(content: unknown): unknown {
  if (!Array.isArray(content) || content.length === 0) return content;
  const texts = (content as Array<Row | null>).map((part) => (part?.type === "text" ? part.text : undefined));
  return texts.every((text) => typeof text === "string") ? texts.join("") : content;
}

/** The schema's name of a role. A role without an entry is returned unchanged. */
function roleIn(role: unknown, roles: MappedColumns["roles"]): unknown {
  return roles && typeof role === "string" && Object.hasOwn(roles, role) ? roles[role] : role;
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
  return (messages as Array<Row | null>).find((one) => one?.role === "user")?.content;
}

function idOf(prompt: unknown): string | undefined {
  return typeof prompt === "string" ? createHash("sha256").update(prompt).digest("hex") : undefined;
}
