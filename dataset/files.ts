import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Table } from "./batch";
import { columnMapping } from "./columns";
import { contentHash } from "./contentHash";
import type { Run } from "./context";
import type { Engine } from "./duckdb";
import { chooseMapping, type MappingRequest } from "./formats";
import type { Origin } from "./origin";
import { checkTail, corruptFile } from "./parquet";
import { openParquetTable } from "./parquetTable";
import type { Row } from "./rowCheck";
import { rowsShown } from "./rowsShown";
import { describeFile, noRow, recognize, type NamedFile } from "./textFile";
import { openTextTable } from "./textTable";

/** How a file is read. */
interface FileOptions extends MappingRequest {
  encoding: string | undefined;
  engine: () => Promise<Engine>;
  /** Whether messages may contain values of rows. */
  values: boolean;
  info: (text: string) => void;
}

/**
 * Your own data: JSON, CSV or parquet files by split. A hash of their content is their identity.
 * Errors: BadFile for a file that is missing or has an unsupported type, SchemaMismatch for missing columns.
 */
export async function fileOrigin(
  { request, context, engine }: Run,
  files: Readonly<Record<string, readonly string[]>>,
): Promise<Origin> {
  const { name: dataset, encoding, format, toolTurns } = request;
  const { cwd, info } = context;
  const { messages: values } = rowsShown(context, false);
  const options = { columns: columnMapping(request), format, encoding, toolTurns, engine, values, info };
  const hash = createHash("sha256");
  for (const [split, names] of Object.entries(files)) {
    hash.update(`${split}\0${names.length}\0`);
    for (const name of names) {
      const file = { name, path: resolve(cwd, name) };
      await recognize(file, encoding);
      hash.update(Buffer.from(await contentHash(file.path), "hex"));
    }
  }
  const commit = hash.digest("hex");
  return {
    dataset,
    subset: "default",
    commit,
    repositoryCommit: commit,
    source: "files",
    isPublic: false,
    splits: Object.keys(files),
    open: async (split) => {
      const tables: Table[] = [];
      for (const name of files[split] ?? [])
        tables.push(await openFile({ name, path: resolve(cwd, name) }, split, options));
      return tables;
    },
  };
}

/** Opens one file of a split. Errors: BadFile, SchemaMismatch, CorruptParquet. */
export async function openFile(file: NamedFile, split: string, options: FileOptions): Promise<Table> {
  const found = await recognize(file, options.encoding);
  const choose = (present: readonly string[], sample: readonly Row[]) => {
    // In a table without a header, the names are the values of its first row.
    const isHidden = found.format === "CSV" && !options.values;
    const listed = isHidden
      ? `${present.length} columns; its first line is not shown, it can be a row`
      : undefined;
    const { mapped, format, unused } = chooseMapping(options, present, sample, {
      split,
      file: file.name,
      listed,
    });
    const left =
      unused.length > 0 ? `; columns not used: ${isHidden ? unused.length : unused.join(", ")}` : "";
    options.info(`${describeFile(found)}${format ? `, rows in the format ${format}` : ""}${left}`);
    return mapped;
  };
  if (found.format !== "parquet") return openTextTable(found, choose);
  const corrupt = corruptFile(file.name, "Replace it with an intact file and run again.");
  await checkTail(file.path, file.name, corrupt);
  const { size } = await stat(file.path);
  const engine = await options.engine();
  const table = await openParquetTable(
    engine,
    {
      ...file,
      size,
      corrupt,
      isOwn: true,
      fetch: () => () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    (present, sample) => choose(present, sample),
  );
  if ((await table.count()) === 0) throw noRow(file.name);
  return table;
}
