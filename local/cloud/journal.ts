/** The file behind the store: one line per change, each with its checksum; rewritten whole when it has grown. */
import * as fs from "node:fs";
import * as path from "node:path";
import { crc32 } from "node:zlib";

export type Change = { op: "put"; c: string; k: string; v: string } | { op: "delete"; c: string; k: string };

export class StoreError extends Error {
  constructor(
    readonly code: "StoreDamaged" | "StoreLocked" | "StoreWriteFailed",
    readonly file: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "StoreError";
  }
}

const HEADER = { format: "azureml-local-cloud-journal", version: 1 };
const REMEDY =
  "Put back a copy of the file, or start from nothing with `npm run local -- reset` (all local Azure resources are lost).";

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, "0");
}

/** One journal line: 8 hex digits of CRC-32, a blank, the JSON text, a newline. */
export function encodeLine(json: string): string {
  return `${checksum(json)} ${json}\n`;
}

function decodeLine(line: string): unknown {
  const json = line.slice(9);
  if (line[8] !== " " || checksum(json) !== line.slice(0, 8)) return undefined;
  return JSON.parse(json);
}

function isHeader(value: unknown): boolean {
  const header = value as Partial<typeof HEADER> | undefined;
  return header?.format === HEADER.format && header.version === HEADER.version;
}

function isChange(value: unknown): value is Change {
  const change = value as Partial<Change> | undefined;
  return (change?.op === "put" || change?.op === "delete") && typeof change.c === "string";
}

/**
 * Reads every change of a journal. A last line cut short by a crash was never confirmed to anybody: it is dropped.
 * @throws StoreError("StoreDamaged") naming file and line for any other damage; an existing file is never taken as empty.
 */
export function readJournal(file: string): { changes: Change[]; bytes: number; droppedBytes: number } {
  const content = fs.readFileSync(file);
  const text = content.toString("utf8");
  const lines = text.split("\n");
  const tail = lines.pop() ?? "";
  let droppedBytes = Buffer.byteLength(tail);
  const damaged = (line: number, what: string): StoreError =>
    new StoreError(
      "StoreDamaged",
      file,
      `The local cloud's state is damaged: ${file}, line ${line}: ${what}. ${REMEDY}`,
    );
  if (lines.length === 0 || !isHeader(decodeLine(lines[0] ?? ""))) {
    throw damaged(1, text.length === 0 ? "the file is empty" : "this is not the header of a journal");
  }
  const changes: Change[] = [];
  for (let index = 1; index < lines.length; index++) {
    const change = decodeLine(lines[index] ?? "");
    if (isChange(change)) {
      changes.push(change);
    } else if (index === lines.length - 1 && tail === "") {
      droppedBytes = Buffer.byteLength(`${lines[index]}\n`);
    } else {
      throw damaged(index + 1, "the checksum does not match");
    }
  }
  return { changes, bytes: content.length, droppedBytes };
}

/** Writes a whole journal beside the old one and renames it into place; returns its length in bytes. */
export function writeJournal(file: string, changes: Iterable<Change>): number {
  const temporary = `${file}.new`;
  const text = [HEADER, ...changes].map((entry) => encodeLine(JSON.stringify(entry))).join("");
  const handle = fs.openSync(temporary, "w", 0o600);
  try {
    fs.writeSync(handle, text);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(temporary, file);
  syncDirectory(path.dirname(file));
  return Buffer.byteLength(text);
}

/** Makes a rename durable; not every platform lets a directory be opened, and those need no such call. */
function syncDirectory(directory: string): void {
  let handle: number | undefined;
  try {
    handle = fs.openSync(directory, "r");
    fs.fsyncSync(handle);
  } catch (error) {
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
}
