import type { DuckDBType } from "@duckdb/node-api";
import { longestRow } from "./batch";
import { factsQuery, own, type RowSource } from "./chatSql";
import type { MappedColumns } from "./columns";
import { identifier, literal } from "./duckdb";

/** Type of a column: as DuckDB prints it, with the types of its parts. */
type ColumnType = DuckDBType & {
  valueType?: ColumnType;
  entryNames?: readonly string[];
  entryTypes?: readonly ColumnType[];
};

/** A parquet file that DuckDB can read. */
export interface ParquetColumns {
  path: string;
  types: ReadonlyMap<string, DuckDBType>;
}

/** Table expression of the rows from `first` to `end` (exclusive) of a file. */
export function parquetTable(path: string, first: number, end: number): string {
  return `(SELECT * FROM read_parquet(${literal(path)}, file_row_number = true) WHERE file_row_number >= ${first} AND file_row_number < ${end} LIMIT ${end - first})`;
}

/** Rows of a parquet file that are mapped to the chat schema. */
export function parquetRows({ types }: ParquetColumns, from: string): (mapped: MappedColumns) => RowSource {
  const type = (name: string): string => types.get(name)?.toString() ?? "";
  const isText = (name: string): boolean => type(name) === "VARCHAR";
  // Numbers become texts as ids. Other values than texts are checked again.
  const text = (name: string): string =>
    isText(name) || /INT$/.test(type(name))
      ? `CAST(${identifier(name)} AS VARCHAR)`
      : `CAST(to_json(${identifier(name)}) AS VARCHAR)`;
  return (mapped) => {
    const { messages, role, content } = mapped.names;
    const isTyped = isTextList(types.get(messages), role, content);
    const shape = JSON.stringify([{ [role]: "VARCHAR", [content]: "VARCHAR" }]);
    const list = isText(messages) ? identifier(messages) : `to_json(${identifier(messages)})`;
    const texts = mapped.columns.filter((name) => name !== messages && name !== mapped.names.prompt_id);
    return {
      from,
      text,
      messages: () => (isTyped ? identifier(messages) : `from_json(${list}, ${literal(shape)})`),
      converts: { texts: texts.some((name) => !isText(name)), messages: !isTyped },
      raw: jsonOf(mapped.columns, types),
    };
  };
}

/**
 * The same rows, except that a row with more than `longestRow` bytes of text has null in its columns, which takes no memory, and is
 * `null` as JSON.
 */
export function withoutLongRows(source: RowSource, { types }: ParquetColumns, columns: string[]): RowSource {
  const isLong = '" is long"';
  const sizes = columns.flatMap((name) => sizeOf(identifier(name), types.get(name) as ColumnType));
  const kept = columns.map(identifier).map((name) => `CASE WHEN NOT ${isLong} THEN ${name} END AS ${name}`);
  const size = sizes.map((one) => `coalesce(${one}, 0)`).join(" + ") || "0";
  return {
    ...source,
    from: `(SELECT * REPLACE (${kept.join(", ")}) FROM (SELECT *, ${size} > ${longestRow} AS ${isLong} FROM ${source.from}))`,
    raw: `CASE WHEN ${isLong} THEN CAST('null' AS JSON) ELSE ${source.raw} END`,
  };
}

/** SQL of the bytes of a text, or of the texts of a list of messages; nothing for other types. */
function sizeOf(name: string, type: ColumnType): string[] {
  if (type.toString() === "VARCHAR") return [`strlen(${name})`];
  const { entryNames = [], entryTypes = [] } = type.valueType ?? {};
  const texts = entryNames.filter((_, index) => entryTypes[index]?.toString() === "VARCHAR");
  const sizes = texts.map((text) => `coalesce(strlen(x.${identifier(text)}), 0)`);
  return sizes.length > 0 ? [`list_sum(list_transform(${name}, lambda x: ${sizes.join(" + ")}))`] : [];
}

/** The query of rows that are passed on as they are, with all columns. They must have the chat schema. */
export function passedRows({ types }: ParquetColumns, from: string): string {
  const names = [...types.keys()];
  const json = jsonOf(names, types);
  const isTyped = isTextList(types.get("messages"), "role", "content");
  const sure = ["prompt", "prompt_id"]
    .filter((name) => types.has(name))
    .map((name) => (types.get(name)?.toString() === "VARCHAR" ? `${identifier(name)} <> ''` : "false"));
  const messages = isTyped
    ? "list_transform(messages, lambda x: {role: x.role, content: x.content})"
    : `from_json(to_json(messages), '[{"role":"VARCHAR","content":"VARCHAR"}]')`;
  return factsQuery(
    `(SELECT *, ${messages} AS ${own.messages}, ${[String(isTyped), ...sure].join(" AND ")} AS ${own.sure} FROM ${from})`,
    { raw: json, converts: false },
  );
}

function isTextList(type: DuckDBType | undefined, ...names: string[]): boolean {
  const { entryNames = [], entryTypes = [] } = (type as ColumnType | undefined)?.valueType ?? {};
  return names.every((name) => entryTypes[entryNames.indexOf(name)]?.toString() === "VARCHAR");
}

function jsonOf(names: readonly string[], types: ParquetColumns["types"]): string {
  const fields = names.map(
    (name) => `${identifier(name)} := ${asJson(identifier(name), types.get(name) as ColumnType)}`,
  );
  return `to_json(struct_pack(${fields.join(", ")}))`;
}

/**
 * A value whose JSON is that of `datasets`: times are milliseconds since 1970, NaN and infinities are null, and
 * whole numbers have no decimal point.
 */
function asJson(value: string, type: ColumnType, depth = 0): string {
  const name = type.toString();
  if (/^(TIMESTAMP[^[]*|DATE)$/.test(name)) return `epoch_ms(CAST(${value} AS TIMESTAMP))`;
  if (name === "DOUBLE" || name === "FLOAT") {
    const text = `CAST(to_json(CAST(${value} AS DOUBLE)) AS VARCHAR)`;
    return `CASE WHEN isfinite(${value}) THEN CAST(regexp_replace(${text}, '\\.0$', '') AS JSON) END`;
  }
  if (name === "BLOB") return `CASE WHEN try(decode(${value})) IS NULL THEN NULL ELSE decode(${value}) END`;
  const { valueType, entryNames, entryTypes } = type;
  if (!changes(type)) return value;
  if (valueType) {
    const item = `x${depth}`;
    return `list_transform(${value}, lambda ${item}: ${asJson(item, valueType, depth + 1)})`;
  }
  const fields = (entryNames ?? []).map((field, index) => {
    const own = `${value}.${identifier(field)}`;
    return `${identifier(field)} := ${asJson(own, entryTypes?.[index] as ColumnType, depth)}`;
  });
  return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${fields.join(", ")}) END`;
}

/** Whether the JSON of a type differs from DuckDB's. */
function changes(type: ColumnType): boolean {
  const { valueType, entryTypes = [] } = type;
  if (valueType) return changes(valueType);
  if (entryTypes.length > 0) return entryTypes.some(changes);
  return /^(TIMESTAMP|DATE$|DOUBLE$|FLOAT$|BLOB$)/.test(type.toString());
}
