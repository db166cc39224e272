import type { Source, Table, TextRows } from "./batch";
import type { MappedColumns } from "./columns";
import { csvRows } from "./csvRows";
import { jsonRows } from "./jsonRows";
import type { Row } from "./rowCheck";
import { noRow, type Recognized } from "./textFile";

/** How the columns of a file are mapped. `sample` are its first rows. Errors: SchemaMismatch. */
export type ChooseColumns = (present: readonly string[], sample: readonly Row[]) => MappedColumns;

/** Rows whose columns and form decide how a file is mapped. */
const sampleRows = 100;

/** Opens a text file. Errors: BadFile, SchemaMismatch. */
export async function openTextTable(file: Recognized, choose: ChooseColumns): Promise<Table> {
  const { header, groups } = file.format === "CSV" ? await csvRows(file) : jsonRows(file);
  const { sample, isEmpty } = await firstRows(groups());
  // Without a row that can be read, each row is reported.
  const columns = header ?? [...new Set(sample.flatMap((row) => Object.keys(row)))];
  const mapped = header || sample.length > 0 ? choose(columns, sample) : undefined;
  if (isEmpty) throw noRow(file.name);
  return {
    name: file.name,
    mapped,
    async count() {
      let count = 0;
      for await (const group of groups()) count += group.length;
      return count;
    },
    close: () => Promise.resolve(),
    async *batches() {
      for await (const group of groups())
        if (group.length > 0)
          yield { rows: group.length, source: (index) => (group[index] as () => Source)() };
    },
  };
}

async function firstRows(
  groups: ReturnType<TextRows["groups"]>,
): Promise<{ sample: Row[]; isEmpty: boolean }> {
  const sample: Row[] = [];
  let isEmpty = true;
  for await (const group of groups) {
    for (const read of group) {
      isEmpty = false;
      const { row, problem } = read();
      if (!problem) sample.push(row);
      if (sample.length === sampleRows) return { sample, isEmpty };
    }
  }
  return { sample, isEmpty };
}
