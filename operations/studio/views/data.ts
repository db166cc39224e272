import { openBlobStore } from "../../../azureml/clients/blobs";
import { parseDataUri } from "../../../azureml/clients/dataUri";
import { findDataVersion, listDataNames, listDataVersions } from "../../workspaceView/assets";
import { newestFirst } from "../../workspaceView/document";
import type { Reading } from "../live";
import type { StudioPlace } from "../place";

export interface DataRow {
  name: string;
  version: string;
  description: string;
  createdAt: string;
  type: string;
  tags: Record<string, string>;
  /** Findings about the file, if this machine has prepared it. */
  quality?: unknown;
}

/** All versions of all data assets, newest first. No row of any of them. */
export async function readData({ session, workspace, quality }: StudioPlace): Promise<Reading> {
  const names = await listDataNames(session, workspace);
  const versions = await Promise.all(names.map((name) => listDataVersions(session, workspace, name)));
  const rows = await Promise.all(
    versions.flat().map(async ({ name, version, description, createdAt, type, tags }): Promise<DataRow> => {
      const found = await quality?.(version);
      return { name, version, description, createdAt, type, tags, ...(found ? { quality: found } : {}) };
    }),
  );
  return { data: newestFirst(rows) };
}

const rowsShown = 5;
const longestRow = 4_000;

/**
 * The first rows of a data version: read only when a person requests them, because they may be personal data. A row that is not JSON is
 * returned as text.
 */
export async function readFirstRows(
  { session, workspace }: StudioPlace,
  name: string,
  version: string,
): Promise<unknown[]> {
  const found = await findDataVersion(session, workspace, name, version);
  if (!found) return [];
  const { datastoreName, path } = parseDataUri(found.uri, "dataUri");
  const store = await openBlobStore(session, workspace, datastoreName);
  const files = await store.list(path);
  const file = files.find((one) => one.path.endsWith(".jsonl")) ?? files[0];
  const rows: unknown[] = [];
  if (!file) return rows;
  for await (const line of store.lines(file.name)) {
    rows.push(parseRow(line));
    if (rows.length === rowsShown) break;
  }
  return rows;
}

function parseRow(line: string): unknown {
  if (line.length > longestRow) return `${line.slice(0, longestRow)}…`;
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return line;
  }
}
