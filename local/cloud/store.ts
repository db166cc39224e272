/**
 * JSON documents in memory, with an append-only file of their changes, one line each with its checksum. The
 * file is rewritten when it has grown.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import type { Store } from "./cloud";
import { takeLock } from "./lock";
import { StoreError } from "./startError";

/** The file is rewritten when it is longer than this and has grown to four times its size. */
const REWRITE_AT_BYTES = 4 * 1024 * 1024;
const HEADER = { format: "azureml-local-cloud-journal", version: 1 };
const JOURNAL = "journal.jsonl";
const REMEDY =
  "Restore a copy of the file, or start from nothing with `npm run local -- reset` (all local Azure resources are lost).";

type Change = { op: "put"; c: string; k: string; v: string } | { op: "delete"; c: string; k: string };

export interface DurableStore extends Store {
  /** All documents as JSON text, by collection and key. */
  contents(): ReadonlyMap<string, ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/** Writes the file of a store with these documents, which `openStore` then reads. */
export function writeStore(directory: string, contents: ReturnType<DurableStore["contents"]>): void {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(directory, JOURNAL), journalOf(contents), { mode: 0o600 });
}

function journalOf(contents: ReturnType<DurableStore["contents"]>): string {
  const lines = [encodeLine(JSON.stringify(HEADER))];
  for (const [c, table] of contents)
    for (const [k, v] of table)
      lines.push(encodeLine(JSON.stringify({ op: "put", c, k, v } satisfies Change)));
  return lines.join("");
}

/** Keeps documents as JSON text: a read returns a copy, so that changing it does not change the store. */
class MemoryStore implements DurableStore {
  protected readonly tables = new Map<string, Map<string, string>>();

  get<T>(collection: string, key: string): T | undefined {
    const text = this.tables.get(collection)?.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  list<T>(collection: string, prefix = ""): Array<[string, T]> {
    const found: Array<[string, T]> = [];
    for (const [key, text] of this.tables.get(collection) ?? []) {
      if (key.startsWith(prefix)) found.push([key, JSON.parse(text) as T]);
    }
    return found;
  }

  put<T>(collection: string, key: string, value: T): void {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`store: ${collection}/${key} is not a JSON value`);
    this.apply({ op: "put", c: collection, k: key, v: text });
  }

  delete(collection: string, key: string): void {
    if (this.tables.get(collection)?.has(key)) this.apply({ op: "delete", c: collection, k: key });
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  contents(): ReadonlyMap<string, ReadonlyMap<string, string>> {
    return this.tables;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  protected apply(change: Change): void {
    const table = this.tables.get(change.c) ?? new Map<string, string>();
    this.tables.set(change.c, table);
    if (change.op === "put") table.set(change.k, change.v);
    else table.delete(change.k);
  }
}

export function memoryStore(): DurableStore {
  return new MemoryStore();
}

/**
 * Opens (or creates) the store in a directory and locks it.
 * @param report called if a truncated last line was dropped
 * @throws StoreError("StoreLocked" | "StoreDamaged")
 */
export function openStore(directory: string, report: (message: string) => void = () => {}): DurableStore {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const unlock = takeLock(path.join(directory, "lock"));
  try {
    return new FileStore(path.join(directory, JOURNAL), unlock, report);
  } catch (error) {
    unlock();
    throw error;
  }
}

class FileStore extends MemoryStore {
  private handle = -1;
  private bytes = 0;
  private bytesRewritten = 0;
  private pending: string[] = [];
  /** The write in progress, and the next one, which writes everything pending by then. */
  private current: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly file: string,
    private readonly unlock: () => void,
    report: (message: string) => void,
  ) {
    super();
    const { changes, bytes, dropped } = fs.existsSync(file)
      ? readChanges(file)
      : { changes: [], bytes: 0, dropped: 0 };
    for (const change of changes) super.apply(change);
    this.bytes = bytes;
    if (dropped > 0) report(`${file}: dropped ${dropped} bytes of a truncated last write`);
    if (bytes === 0 || dropped > 0 || this.isOvergrown()) this.rewrite();
    else this.handle = fs.openSync(file, "a");
  }

  override flush(): Promise<void> {
    if (this.pending.length === 0) return this.current;
    this.next ??= this.current
      .catch(() => undefined)
      .then(() => nextTurn())
      .then(() => {
        this.current = this.next ?? this.current;
        this.next = undefined;
        return this.writePending();
      });
    return this.next;
  }

  override async close(): Promise<void> {
    if (this.closed) return;
    try {
      await this.flush();
    } finally {
      this.closed = true;
      fs.closeSync(this.handle);
      this.unlock();
    }
  }

  protected override apply(change: Change): void {
    if (this.closed)
      throw new StoreError("StoreWriteFailed", this.file, "The local cloud's store is closed.");
    super.apply(change);
    this.pending.push(encodeLine(JSON.stringify(change)));
    // A failure is reported by the `flush` that waits for this change.
    this.flush().catch(() => undefined);
  }

  private async writePending(): Promise<void> {
    const lines = this.pending;
    this.pending = [];
    const data = Buffer.from(lines.join(""));
    try {
      await promisify(fs.appendFile)(this.handle, data);
      await promisify(fs.fdatasync)(this.handle);
      this.bytes += data.length;
    } catch (error) {
      // The file may contain a part of the lines: remove it, and keep the lines for the next write.
      fs.ftruncateSync(this.handle, this.bytes);
      this.pending = [...lines, ...this.pending];
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The local cloud cannot write ${this.file}: ${reason}. Free some disk space; nothing is lost while it runs.`;
      throw new StoreError("StoreWriteFailed", this.file, message, { cause: error });
    }
    if (this.isOvergrown()) this.rewrite();
  }

  private isOvergrown(): boolean {
    return this.bytes > Math.max(REWRITE_AT_BYTES, 4 * this.bytesRewritten);
  }

  /** Contains everything pending, too. */
  private rewrite(): void {
    const handle = fs.openSync(`${this.file}.new`, "w", 0o600);
    try {
      fs.writeFileSync(handle, journalOf(this.tables));
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(`${this.file}.new`, this.file);
    syncDirectory(path.dirname(this.file));
    if (this.handle >= 0) fs.closeSync(this.handle);
    this.handle = fs.openSync(this.file, "a");
    this.bytes = this.bytesRewritten = fs.fstatSync(this.handle).size;
    this.pending = [];
  }
}

/** One line: 8 hex digits of CRC-32, a blank, the JSON text, a newline. */
export function encodeLine(json: string): string {
  return `${checksum(json)} ${json}\n`;
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, "0");
}

function decodeLine(line: string): unknown {
  const json = line.slice(9);
  return line[8] === " " && checksum(json) === line.slice(0, 8) ? JSON.parse(json) : undefined;
}

/**
 * Reads all changes. A last line that a crash truncated was never confirmed: it is dropped.
 * @throws StoreError("StoreDamaged") that names file and line for any other damage, also for an empty file
 */
function readChanges(file: string): { changes: Change[]; bytes: number; dropped: number } {
  const text = fs.readFileSync(file, "utf8");
  const damaged = (line: number, what: string): StoreError => {
    const message = `The local cloud's state is damaged: ${file}, line ${line}: ${what}. ${REMEDY}`;
    return new StoreError("StoreDamaged", file, message);
  };
  const [header = "", ...lines] = text.split("\n");
  const { format, version } = (decodeLine(header) ?? {}) as Partial<typeof HEADER>;
  if (format !== HEADER.format || version !== HEADER.version)
    throw damaged(1, text === "" ? "the file is empty" : "this is not the header of a journal");
  const tail = lines.pop() ?? "";
  let dropped = Buffer.byteLength(tail);
  const changes: Change[] = [];
  for (const [index, line] of lines.entries()) {
    const change = decodeLine(line) as Change | undefined;
    if (change) changes.push(change);
    else if (index === lines.length - 1 && tail === "") dropped = Buffer.byteLength(line) + 1;
    else throw damaged(index + 2, "the checksum does not match");
  }
  return { changes, bytes: Buffer.byteLength(text), dropped };
}

/** Makes a rename durable. Some platforms do not let a directory be opened; they do not need it. */
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
