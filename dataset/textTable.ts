import { grouped, type Batch, type Table } from "./batch";
import { chatQuery, jsonRows, separators, tableRows } from "./chatSql";
import type { MappedColumns } from "./columns";
import { csvRecords, type CsvRecord } from "./csvRows";
import { jsonSource, jsonTexts, type JsonText } from "./jsonRows";
import type { Row } from "./rowCheck";
import { badFile, type Recognized } from "./textFile";

/** How the columns of a file are mapped. `sample` are its first rows. Errors: SchemaMismatch. */
export type ChooseColumns = (present: readonly string[], sample: readonly Row[]) => MappedColumns;

/** Rows whose columns and form decide how a file is mapped. */
const sampleRows = 100;

/** Opens a text file. Errors: BadFile, SchemaMismatch. */
export async function openTextTable(file: Recognized, choose: ChooseColumns): Promise<Table> {
  return file.format === "CSV" ? openCsv(file, choose) : openJson(file, choose);
}

async function* each<T>(groups: AsyncIterable<T[]>): AsyncGenerator<T> {
  for await (const group of groups) yield* group;
}

async function countOf(groups: AsyncIterable<unknown[]>): Promise<number> {
  let count = 0;
  for await (const group of groups) count += group.length;
  return count;
}

async function firstOf<T>(groups: AsyncIterable<T[]>, count: number): Promise<T[]> {
  const found: T[] = [];
  for await (const group of groups) {
    found.push(...group.slice(0, count - found.length));
    if (found.length === count) break;
  }
  return found;
}

async function openJson(file: Recognized, choose: ChooseColumns): Promise<Table> {
  const sample: Row[] = [];
  let isEmpty = true;
  for await (const one of each(jsonTexts(file))) {
    isEmpty = false;
    const { row, problem } = jsonSource(file, one);
    if (!problem) sample.push(row);
    if (sample.length === sampleRows) break;
  }
  if (isEmpty) throw badFile(`${file.name} contains no row`, "Add rows to it, or remove it from --files.");
  // Without a row that can be read, each row is reported.
  const mapped =
    sample.length === 0 ? undefined : choose([...new Set(sample.flatMap((row) => Object.keys(row)))], sample);
  const query = mapped && chatQuery(jsonRows(mapped), mapped);
  return {
    name: file.name,
    mapped,
    count: () => countOf(jsonTexts(file)),
    close: () => Promise.resolve(),
    async *batches() {
      for await (const rows of grouped(each(jsonTexts(file)), ({ text }: JsonText) => text.length)) {
        const texts = rows.flatMap(({ text, isTooLong }) => [
          isTooLong ? Buffer.from("null") : text,
          lineEnd,
        ]);
        const parameter = Buffer.concat(texts.slice(0, -1));
        const source: Batch["source"] = (index) => jsonSource(file, rows[index] as JsonText);
        yield { rows: rows.length, query, parameter, source };
      }
    },
  };
}

const lineEnd = Buffer.from("\n");

async function openCsv(file: Recognized, choose: ChooseColumns): Promise<Table> {
  const [head, ...first] = await firstOf(csvRecords(file), sampleRows + 1);
  const header = head?.fields.map((field) => field.trim()) ?? [];
  const twice = header.find((name, index) => header.indexOf(name) < index);
  if (twice !== undefined)
    throw badFile(
      `${file.name} has two columns ${JSON.stringify(twice)}`,
      "Rename one of them in the header.",
    );
  const rowOf = (fields: string[]): Row =>
    Object.fromEntries(header.map((column, index) => [column, fields[index]]));
  const mapped = choose(
    header,
    first.map(({ fields }) => rowOf(fields)),
  );
  if (first.length === 0)
    throw badFile(`${file.name} contains no row`, "Add rows to it, or remove it from --files.");
  const query = chatQuery(tableRows(header), mapped);
  const isWhole = ({ fields }: CsvRecord): boolean => fields.length === header.length;
  return {
    name: file.name,
    mapped,
    count: async () => (await countOf(csvRecords(file))) - 1,
    close: () => Promise.resolve(),
    async *batches() {
      let isHeader = true;
      const size = ({ fields }: CsvRecord): number => fields.reduce((sum, field) => sum + field.length, 0);
      for await (const records of grouped(each(csvRecords(file)), size)) {
        const rows = isHeader ? records.slice(1) : records;
        isHeader = false;
        if (rows.length === 0) continue;
        const source: Batch["source"] = (index) => {
          const record = rows[index] as CsvRecord;
          const place = `${file.name}, line ${record.line}`;
          if (isWhole(record)) return { row: rowOf(record.fields), place };
          const problem = `has ${record.fields.length} fields, the header has ${header.length}`;
          return { row: {}, problem, place };
        };
        const isPlain = rows.every(
          (row) => isWhole(row) && !row.fields.some((field) => /[\x1e\x1f]/.test(field)),
        );
        const text = isPlain && rows.map(({ fields }) => fields.join(separators.field)).join(separators.row);
        yield text === false
          ? { rows: rows.length, source }
          : { rows: rows.length, query, parameter: Buffer.from(text), source };
      }
    },
  };
}
