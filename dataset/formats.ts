import { mapColumns, type ColumnMapping, type MappedColumns } from "./columns";
import { DatasetError } from "./errors";
import { formats, type Format, type ToolPolicy } from "./requestValues";
import type { Row } from "./rowCheck";

/**
 * The mapping of a form of rows.
 *
 * Sources: tatsu-lab/stanford_alpaca, README.md ("Data Release": instruction, input, output); the data formats of
 * hiyouga/LLaMA-Factory (ShareGPT: conversations, from, value, system; roles human, gpt, function_call, observation; OpenAI: messages).
 */
function mappingOf(format: Format, present: readonly string[]): ColumnMapping {
  const system = present.includes("system") ? { system: "system" } : {};
  switch (format) {
    case "alpaca":
      return {
        prompt: present.includes("input") ? "{instruction}\n\n{input}" : "instruction",
        completion: "output",
        ...system,
      };
    case "sharegpt":
      return {
        messages: "conversations",
        role: "from",
        content: "value",
        roles: {
          human: "user",
          user: "user",
          gpt: "assistant",
          assistant: "assistant",
          chatgpt: "assistant",
        },
        ...system,
      };
    case "prompt-completion":
      return { prompt: "prompt", completion: "completion" };
    case "openai":
      return { messages: "messages", roles: { developer: "system" } };
    case "messages":
      return {};
  }
}

/** The form of rows with these columns; undefined if several are possible or none. */
function recognized(present: readonly string[], sample: readonly Row[]): Format | undefined {
  const has = (...names: string[]): boolean => names.every((name) => present.includes(name));
  const turnsHave = (column: string, ...keys: string[]): boolean =>
    sample.some(({ [column]: list }) => {
      const first = Array.isArray(list) ? (list[0] as Row | null) : undefined;
      return typeof first === "object" && first !== null && keys.every((key) => key in first);
    });
  const found: Format[] = [];
  if (has("instruction", "output")) found.push("alpaca");
  if (has("conversations") && turnsHave("conversations", "from", "value")) found.push("sharegpt");
  if (has("messages")) found.push("messages");
  else if (has("prompt", "completion")) found.push("prompt-completion");
  return found.length === 1 ? found[0] : undefined;
}

/** How the user's own rows are mapped. */
export interface MappingRequest {
  columns: ColumnMapping | undefined;
  format: Format | undefined;
  toolTurns: ToolPolicy | undefined;
}

/**
 * Maps the columns of a file. The request's columns take precedence over its format, and the format over what is recognized.
 * @param listed the columns in messages; default: their names
 * Errors: SchemaMismatch, which names the split and the file.
 */
export function chooseMapping(
  { columns, format, toolTurns }: MappingRequest,
  present: readonly string[],
  sample: readonly Row[],
  place: { split: string; file: string; listed?: string },
): { mapped: MappedColumns; format: Format | undefined; unused: string[] } {
  const known = format ?? (columns?.messages || columns?.prompt ? undefined : recognized(present, sample));
  const preset = known ? mappingOf(known, present) : {};
  const roles = columns?.roles ?? preset.roles;
  const mapping = { ...preset, ...columns, ...(roles && { roles }) };
  const found = mapColumns(mapping, present, { listed: place.listed, tools: toolTurns });
  if ("problem" in found) {
    throw new DatasetError(
      "SchemaMismatch",
      `split ${place.split} is not a chat split: ${place.file} has ${found.problem}`,
      `Map the columns with --columns (in a stack: dataset.columns): messages, or prompt and completion; or set --format (dataset.format) to one of ${formats.join(", ")}.`,
    );
  }
  const unused = present.filter((name) => !found.columns.includes(name));
  return { mapped: found, format: known, unused };
}
