import { isOfTool, listIn, type MappedColumns, type Template } from "./columns";
import { rowProblem, type Row } from "./rowCheck";

/**
 * The problem of a mapped row, in the names of its source: `answer is empty` instead of `messages[1].content is empty`. Turns of
 * tools are reported as such.
 */
export function mappedProblem(
  source: Row,
  row: Row,
  mapped: MappedColumns,
  values: boolean,
): string | undefined {
  const problem = rowProblem(row, values);
  const { form, names, prompt, completion, system, tools } = mapped;
  if (problem?.startsWith("prompt_id ")) return problem.replace("prompt_id", names.prompt_id ?? "prompt_id");
  const [, index, key, rest = ""] =
    /^messages(?:\[(\d+)\](?:\.(role|content))?)?(.*)$/s.exec(problem ?? "") ?? [];
  const messages: unknown[] = Array.isArray(row.messages) ? row.messages : [];
  if (problem === undefined || rest === "") return problem;
  if (form === "pair") {
    const templates = messages.length > 2 ? [system, prompt, completion] : [prompt, completion];
    const template = templates[Number(index)];
    return template ? `${nameOf(template, source)}${rest}` : problem;
  }
  const inNames = rest.replace("{role, content}", `{${names.role}, ${names.content}}`);
  const list = listIn(source, names);
  if (!Array.isArray(list))
    return typeof list === "string"
      ? `${names.messages} is not a JSON list of {${names.role}, ${names.content}}`
      : `${names.messages}${inNames}`;
  if (index === undefined) return `${names.messages}${inNames}`;
  // Where the turns of tools are dropped, the others have moved.
  const kept = [...list.keys()].filter((at) => tools === "fail" || !isOfTool(list[at], names));
  const lead = messages.length - kept.length;
  const at = kept[Number(index) - lead];
  if (at === undefined) return system ? `${nameOf(system, source)}${rest}` : problem;
  const turn = `${names.messages}[${at}]`;
  if (isOfTool(list[at], names))
    return `${turn} is a tool's turn or a call; leave such turns out with --tool-turns drop (in a stack: dataset.toolTurns)`;
  return `${turn}${key ? `.${names[key as "role" | "content"]}` : ""}${inNames}`;
}

/** The column of a template that is not a text, or all of its columns. */
function nameOf({ parts }: Template, source: Row): string {
  const columns = parts.map(({ column }) => column);
  const other = columns.find(
    (column) => ![undefined, null].includes(source[column] as null) && typeof source[column] !== "string",
  );
  return other ?? columns.join(" with ");
}
