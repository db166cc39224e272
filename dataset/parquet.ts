import type { FileMetaData, SchemaElement } from "hyparquet" with { "resolution-mode": "import" };
import { corrupt } from "./decode";
import type { RangeReader } from "./remoteFile";

/** A row group: its rows in the file and the bytes of its needed columns. Ends are exclusive. */
export interface RowGroup {
  index: number;
  firstRow: number;
  rows: number;
  start: number;
  end: number;
}

/** The content of a parquet file's footer. */
export interface Footer {
  metadata: FileMetaData;
  rows: number;
  /** Names of the top-level columns, in the file's order. */
  columns: string[];
  groups: RowGroup[];
}

const magic = 0x31524150; // "PAR1", little-endian
const minTailBytes = 8 << 10;
const maxTailBytes = 64 << 10;

/**
 * Reads a file's footer with one or two range requests: first an estimate of its length from the file's size,
 * then the missing part. (Measured with 4 columns: about 0.5 kB per row group.)
 * @param columnsOf selects the needed columns; default: all
 */
export async function readFooter(
  file: RangeReader,
  columnsOf?: (present: string[]) => string[],
): Promise<Footer> {
  if (file.size < 12) throw corrupt(file.name, `it has only ${file.size} bytes`);
  const guess = Math.min(
    file.size,
    Math.max(minTailBytes, Math.min(maxTailBytes, Math.ceil(file.size / 1000))),
  );
  let tail = await file.read(file.size - guess, file.size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  if (view.getUint32(tail.length - 4, true) !== magic)
    throw corrupt(file.name, "it does not end with the parquet magic bytes PAR1");
  const length = view.getUint32(tail.length - 8, true) + 8;
  if (length > file.size - 4)
    throw corrupt(file.name, `its footer claims ${length} of the file's ${file.size} bytes`);
  if (length > tail.length) {
    const missing = await file.read(file.size - length, file.size - tail.length);
    tail = Buffer.concat([missing, tail]);
  }
  const { parquetMetadata } = await import("hyparquet");
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(Uint8Array.from(tail), { geoparquet: false });
  } catch (error) {
    throw corrupt(file.name, "its footer cannot be read", error);
  }
  const columns = topColumns(metadata.schema);
  return {
    metadata,
    rows: Number(metadata.num_rows),
    columns,
    groups: rowGroups(file, metadata, length, new Set(columnsOf?.(columns) ?? columns)),
  };
}

function topColumns(schema: readonly SchemaElement[]): string[] {
  const columns: string[] = [];
  let index = 1;
  const skip = (): void => {
    let children = schema[index++]?.num_children ?? 0;
    while (children-- > 0) skip();
  };
  while (index < schema.length) {
    columns.push(schema[index]?.name ?? "");
    skip();
  }
  return columns;
}

function rowGroups(
  file: RangeReader,
  metadata: FileMetaData,
  footerLength: number,
  needed: ReadonlySet<string>,
): RowGroup[] {
  let firstRow = 0;
  const groups = metadata.row_groups.map((group, index) => {
    let start = Infinity;
    let end = 0;
    for (const { meta_data: chunk } of group.columns) {
      if (!chunk) throw corrupt(file.name, `row group ${index} has a column without metadata`);
      if (!needed.has(chunk.path_in_schema[0] ?? "")) continue;
      const first = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
      start = Math.min(start, first);
      end = Math.max(end, first + Number(chunk.total_compressed_size));
    }
    const rows = Number(group.num_rows);
    if (rows < 0 || (rows > 0 && !(start >= 4 && end > start && end <= file.size - footerLength))) {
      throw corrupt(file.name, `row group ${index} claims bytes ${start} to ${end} of ${file.size}`);
    }
    const found = { index, firstRow, rows, start, end };
    firstRow += rows;
    return found;
  });
  if (firstRow !== Number(metadata.num_rows)) {
    throw corrupt(file.name, `its row groups hold ${firstRow} rows, its footer says ${metadata.num_rows}`);
  }
  return groups;
}

/** Consecutive row groups that one range request fetches. */
export interface Fetch {
  groups: RowGroup[];
  start: number;
  end: number;
}

/**
 * The range requests for the row groups that `isNeeded` selects. Adjacent small groups share a request of at
 * most `targetBytes`; a larger group is one request.
 */
export function planFetches(
  footer: Footer,
  isNeeded: (group: RowGroup) => boolean,
  targetBytes: number,
): Fetch[] {
  const needed = footer.groups.filter((group) => group.rows > 0 && isNeeded(group));
  const fetches: Fetch[] = [];
  for (const group of needed) {
    const last = fetches.at(-1);
    const joins = last && group.start >= last.end && group.end - last.start <= targetBytes;
    if (joins) {
      last.groups.push(group);
      last.end = group.end;
    } else {
      fetches.push({ groups: [group], start: group.start, end: group.end });
    }
  }
  return fetches;
}

/** The metadata of one row group, as if it were the only one in the file. */
export function metadataOf({ metadata }: Footer, group: RowGroup): FileMetaData {
  const own = metadata.row_groups[group.index];
  return {
    ...metadata,
    num_rows: BigInt(group.rows),
    row_groups: own ? [own] : [],
    key_value_metadata: [],
  };
}
