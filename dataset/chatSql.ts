import type { MappedColumns, Template } from "./columns";
import { identifier, literal } from "./duckdb";

/** Rows of a source in SQL. */
export interface RowSource {
  /** Table expression with the rows. */
  from: string;
  /** SQL of a column as a text. */
  text(name: string): string;
  /** SQL of a list of `STRUCT(role VARCHAR, content VARCHAR)`; NULL where the value is something else. */
  messages(mapped: MappedColumns): string;
  /** True if the texts, or the messages' texts, can come from JSON values of another type. */
  converts: { texts: boolean; messages: boolean };
  /** SQL of the whole row as JSON. */
  raw: string;
}

/** Columns of a query beside those of the file. The space distinguishes them. */
export const own = {
  messages: '" messages"',
  /** False: check the row again. */
  sure: '" sure"',
  good: '" good"',
  texts: '" texts"',
  turns: '" turns"',
  prompt: '" prompt"',
};

/** Texts that JSON values of another type become. */
const converted = literal(String.raw`^(\{|\[|-?\d[\d.eE+-]*$|true$|false$)`);

/** The query of rows in the chat schema as JSON lines: see `factsQuery`. */
export function chatQuery(source: RowSource, mapped: MappedColumns): string {
  const { form, names, roles } = mapped;
  const text = (template: Template): string => templateSql(template, source);
  const given = names.prompt_id === undefined ? undefined : source.text(names.prompt_id);
  const list =
    form === "pair"
      ? `[{role: 'user', content: ${text(mapped.prompt)}}, {role: 'assistant', content: ${text(mapped.completion)}}]`
      : inSchema(source.messages(mapped), mapped.names, roles);
  const lead = mapped.system && `coalesce(${text(mapped.system)}, '')`;
  const messages = lead
    ? `CASE WHEN ${lead} = '' THEN ${list} ELSE list_prepend({role: 'system', content: ${lead}}, ${list}) END`
    : list;
  const texts = mapped.columns.filter(
    (name) => name !== names.prompt_id && (form === "pair" || name !== names.messages),
  );
  const sure = [
    ...(source.converts.texts
      ? texts.map((name) => `NOT regexp_matches(coalesce(${source.text(name)}, ''), ${converted})`)
      : []),
    ...(given ? [`${given} <> '' AND NOT regexp_matches(${given}, '^(\\{|\\[|true$|false$)')`] : []),
  ];
  const from = `(SELECT *, ${messages} AS ${own.messages}, ${sure.join(" AND ") || "true"} AS ${own.sure} FROM ${source.from})`;
  return factsQuery(from, {
    line: `to_json({prompt: ${own.prompt}, prompt_id: ${given ?? `sha256(${own.prompt})`}, messages: ${own.messages}})`,
    raw: source.raw,
    converts: source.converts.messages,
  });
}

/** Messages with the schema's keys and roles. */
function inSchema(
  list: string,
  { role, content }: MappedColumns["names"],
  roles: MappedColumns["roles"],
): string {
  if (role === "role" && content === "content" && !roles) return list;
  const name = `x.${identifier(role)}`;
  const cases = Object.entries(roles ?? {}).map(
    ([own, theirs]) => `WHEN ${literal(own)} THEN ${literal(theirs)}`,
  );
  const mapped = cases.length > 0 ? `CASE ${name} ${cases.join(" ")} ELSE ${name} END` : name;
  return `list_transform(${list}, lambda x: {role: ${mapped}, content: x.${identifier(content)}})`;
}

/** As `filled` in columns.ts. */
function templateSql({ parts, after }: Template, source: RowSource): string {
  const [first] = parts;
  if (parts.length === 1 && first?.before === "" && after === "") return source.text(first.column);
  const value = (name: string): string => `coalesce(${source.text(name)}, '')`;
  const texts = parts.map(
    ({ before, column }) =>
      `CASE WHEN ${value(column)} = '' THEN '' ELSE ${literal(before)} || ${value(column)} END`,
  );
  const text = `concat(${texts.join(", ")})`;
  const trimmed = `CASE WHEN ${value(first?.column ?? "")} = '' THEN ltrim(${text}, ' ' || chr(9) || chr(13) || chr(10)) ELSE ${text} END`;
  return after === "" ? trimmed : `CASE WHEN ${text} = '' THEN '' ELSE (${trimmed}) || ${literal(after)} END`;
}

/**
 * The query of rows as JSON lines, with their facts. Columns of the result:
 * `line`, UTF-8 without line feed, or `raw` where the row is not `good`; `good`; `n` messages; `b` bytes of text.
 * A row that is not `good` is checked by `rowProblem`, which also finds the reason.
 * @param from table with the columns of the file and those of `own`
 * @param raw SQL of the whole row as JSON, evaluated for rows that are not `good`; `line` if it is that
 * @param converts whether texts of messages can come from JSON values of another type
 */
export function factsQuery(
  from: string,
  { line, raw, converts }: { line?: string; raw: string; converts: boolean },
): string {
  const { messages, sure, good, texts, turns, prompt } = own;
  const doubtful = converts ? ` OR regexp_matches(x.content, ${converted})` : "";
  const turn = `CASE WHEN x.content IS NULL OR x.content = ''${doubtful} THEN 'x' ELSE CASE x.role WHEN 'user' THEN 'u' WHEN 'assistant' THEN 'a' WHEN 'system' THEN 's' ELSE 'x' END END`;
  return `
    SELECT encode(CAST(${line ? `CASE WHEN ${good} THEN ${line} ELSE ${raw} END` : raw} AS VARCHAR)) AS line, ${good} AS good,
      coalesce(len(${messages}), 0)::INTEGER AS n,
      coalesce(list_sum(list_transform(${texts}, lambda x: strlen(x))), 0)::DOUBLE AS b
    FROM (SELECT *, coalesce(${sure} AND regexp_full_match(${turns}, 's?u(au)*a?'), false) AS ${good},
        ${texts}[greatest(1, list_position(list_transform(${messages}, lambda x: x.role), 'user'))] AS ${prompt}
      FROM (SELECT *, array_to_string(list_transform(${messages}, lambda x: ${turn}), '') AS ${turns},
          list_transform(${messages}, lambda x: x.content) AS ${texts}
        FROM ${from}))`;
}
