import { longestRow, tooLong, type Batch, type Table } from "./batch";
import { chatQuery, type RowSource } from "./chatSql";
import type { MappedColumns } from "./columns";
import { literal, type Engine } from "./duckdb";
import { errorLike } from "./errors";
import { readFooter, type Corrupt, type RowGroup } from "./parquet";
import { parquetRows, parquetTable, passedRows, withoutLongRows } from "./parquetSql";
import type { Row } from "./rowCheck";

/** A parquet file of which at least the footer is on disk. */
interface ParquetFile {
  name: string;
  path: string;
  size: number;
  corrupt: Corrupt;
  /** Whether messages about rows name the file. */
  isOwn: boolean;
  /** Starts to fetch the bytes of row groups, and returns the function that waits for those of one group. */
  fetch(groups: readonly RowGroup[]): (group: RowGroup) => Promise<unknown>;
  /** Closes the file. What was fetched of it is deleted if `isDone`. */
  close(isDone: boolean): Promise<void>;
}

/** Rows with more bytes than this are read a few at a time: DuckDB reads 2,048 rows together. */
const largeRowBytes = 32 << 10;
const largeBatchBytes = 16 << 20;
/** Row groups are read together up to this size. */
const joinedBytes = 32 << 20;

/**
 * Opens a parquet file.
 * @param choose maps its columns; undefined: its rows are passed on as they are
 */
export async function openParquetTable(
  engine: Engine,
  file: ParquetFile,
  choose: (present: readonly string[], sample: readonly Row[]) => MappedColumns | undefined,
): Promise<Table> {
  const footer = await readFooter(engine, file.path, file.size, file.corrupt);
  const { types } = footer;
  const mapped = choose([...types.keys()], file.isOwn ? await firstRows(engine, file.path) : []);
  const groups = footer.groups(mapped?.columns ?? [...types.keys()]);

  function batch(first: number, end: number, isNeeded: IsNeeded = () => true): Batch {
    const from = parquetTable(file.path, first, lastNeeded(first, end, isNeeded));
    const columns = { path: file.path, types };
    return {
      rows: end - first,
      query: mapped ? chatQuery(rowsOf(mapped), mapped) : passedRows(columns, from),
      source: (index, raw) => {
        const row = JSON.parse(Buffer.from(raw ?? []).toString()) as Row | null;
        const place = file.isOwn ? `${file.name}, row ${first + index}` : "";
        return row ? { row, place } : { row: {}, problem: tooLong, place };
      },
    };

    function rowsOf(columnsUsed: MappedColumns): RowSource {
      const rows = parquetRows(columns, from)(columnsUsed);
      const own = groups.filter(({ firstRow, rows: count }) => firstRow < end && firstRow + count > first);
      // The rows of the hub are those of `datasets`, however long they are.
      const isShort = own.every(({ plainBytes }) => plainBytes <= longestRow);
      return isShort || !file.isOwn ? rows : withoutLongRows(rows, columns, columnsUsed.columns);
    }
  }

  return {
    name: file.name,
    mapped,
    count: () => Promise.resolve(footer.rows),
    close: file.close,
    async failure(first, end, error) {
      if (errorLike(error)?.name === "DatasetError") return error;
      for (const { index, firstRow, rows } of groups) {
        if (firstRow >= end || firstRow + rows <= first) continue;
        const { query = "" } = batch(firstRow, firstRow + rows);
        const cause: unknown = await engine.rows(`SELECT max(hash(line)) FROM (${query})`).then(
          () => undefined,
          (own: unknown) => own,
        );
        if (cause)
          return file.corrupt(
            `row group ${index} (rows ${firstRow} to ${firstRow + rows - 1}) cannot be read`,
            cause,
          );
      }
      return file.corrupt(`rows ${first} to ${end - 1} cannot be read`, error);
    },
    async *batches(isNeeded) {
      const needed = groups.filter(({ firstRow, rows }) => isNeeded(firstRow, firstRow + rows));
      const present = file.fetch(needed);
      let joined: { first: number; end: number; bytes: number } | undefined;
      for (const group of [...groups, undefined]) {
        const isWanted = group !== undefined && needed.includes(group);
        const rowBytes = group && group.rows > 0 ? group.plainBytes / group.rows : 0;
        if (joined && (!isWanted || rowBytes > largeRowBytes || joined.bytes > joinedBytes)) {
          yield batch(joined.first, joined.end, isNeeded);
          joined = undefined;
        }
        if (!group || group.rows === 0) continue;
        const { firstRow, rows, plainBytes } = group;
        if (!isWanted) {
          yield { rows, source: () => ({ row: {}, place: "" }) };
          continue;
        }
        await present(group);
        const end = firstRow + rows;
        if (rowBytes <= largeRowBytes) {
          joined = { first: joined?.first ?? firstRow, end, bytes: (joined?.bytes ?? 0) + plainBytes };
          continue;
        }
        const step = Math.max(1, Math.floor(largeBatchBytes / rowBytes));
        for (let first = firstRow; first < end; first += step)
          yield batch(first, Math.min(first + step, end), isNeeded);
      }
    },
  };
}

type IsNeeded = (first: number, end: number) => boolean;

/** End of the needed rows from `first` to `end`. Of a large row group, only the rows before it are read. */
function lastNeeded(first: number, end: number, isNeeded: IsNeeded): number {
  let [low, high] = [first, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isNeeded(middle, end)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first rows of a file, which show the form of its conversations. Damage is reported when all rows are read. */
async function firstRows(engine: Engine, path: string): Promise<Row[]> {
  const sql = `SELECT CAST(to_json(t) AS VARCHAR) AS row FROM read_parquet(${literal(path)}) t LIMIT 3`;
  const found = await engine.rows(sql).catch(() => []);
  return found.map(({ row }) => JSON.parse(String(row)) as Row);
}
