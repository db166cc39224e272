/** JSON documents in memory, with an append-only journal on disk. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Store } from "./cloud";
import { type Change, encodeLine, readJournal, StoreError, writeJournal } from "./journal";
import { takeLock } from "./lock";

/** A journal is rewritten when it is longer than this and four times what it describes. */
const COMPACT_AT_BYTES = 4 * 1024 * 1024;

export interface DurableStore extends Store {
  /** Writes what is left and releases the directory. */
  close(): Promise<void>;
}

interface Waiter {
  ticket: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * The documents themselves, kept as JSON text: what is read is always a copy, so that nobody changes stored state
 * without saying so.
 */
class Tables {
  private readonly tables = new Map<string, Map<string, string>>();
  /** Bytes of all documents, about. */
  size = 0;

  get<T>(collection: string, key: string): T | undefined {
    const text = this.tables.get(collection)?.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  apply(change: Change): void {
    const table = this.tables.get(change.c) ?? new Map<string, string>();
    this.tables.set(change.c, table);
    this.size -= table.get(change.k)?.length ?? 0;
    if (change.op === "put") {
      table.set(change.k, change.v);
      this.size += change.v.length;
    } else {
      table.delete(change.k);
    }
  }

  list<T>(collection: string, prefix = ""): Array<[string, T]> {
    const found: Array<[string, T]> = [];
    for (const [key, text] of this.tables.get(collection) ?? []) {
      if (key.startsWith(prefix)) found.push([key, JSON.parse(text) as T]);
    }
    return found;
  }

  *changes(): Generator<Change> {
    for (const [c, table] of this.tables) for (const [k, v] of table) yield { op: "put", c, k, v };
  }
}

function putChange(collection: string, key: string, value: unknown): Change {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`store: ${collection}/${key} is not a JSON value`);
  return { op: "put", c: collection, k: key, v: text };
}

/** A store that forgets; for tests and throw-away clouds. */
export function memoryStore(): DurableStore {
  const tables = new Tables();
  return {
    get: (collection, key) => tables.get(collection, key),
    put: (collection, key, value) => tables.apply(putChange(collection, key, value)),
    delete: (collection, key) => tables.apply({ op: "delete", c: collection, k: key }),
    list: (collection, prefix) => tables.list(collection, prefix),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/**
 * Opens (or makes) the store in a directory and locks it.
 * @param report told about a dropped torn last line.
 * @throws StoreError("StoreLocked" | "StoreDamaged")
 */
export function openStore(directory: string, report: (message: string) => void = () => {}): DurableStore {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, "journal.jsonl");
  const unlock = takeLock(path.join(directory, "lock"));
  try {
    return new JournalledStore(file, unlock, report);
  } catch (error) {
    unlock();
    throw error;
  }
}

class JournalledStore implements DurableStore {
  private readonly tables = new Tables();
  private pending: string[] = [];
  private waiters: Waiter[] = [];
  private ticket = 0;
  private bytes = 0;
  private handle: number;
  private draining = false;
  private closed = false;

  constructor(
    private readonly file: string,
    private readonly unlock: () => void,
    report: (message: string) => void,
  ) {
    let dropped = 0;
    if (fs.existsSync(file)) {
      const { changes, bytes, droppedBytes } = readJournal(file);
      for (const change of changes) this.tables.apply(change);
      this.bytes = bytes;
      dropped = droppedBytes;
      if (dropped > 0) report(`${file}: dropped ${dropped} bytes of a last write that was cut short`);
    }
    // A journal that is whole, and not too long for what it describes, goes on as it is.
    if (this.bytes === 0 || dropped > 0 || this.isOvergrown())
      this.bytes = writeJournal(file, this.tables.changes());
    this.handle = fs.openSync(file, "a");
  }

  get<T>(collection: string, key: string): T | undefined {
    return this.tables.get(collection, key);
  }

  list<T>(collection: string, prefix?: string): Array<[string, T]> {
    return this.tables.list(collection, prefix);
  }

  put<T>(collection: string, key: string, value: T): void {
    this.write(putChange(collection, key, value));
  }

  delete(collection: string, key: string): void {
    if (this.tables.get(collection, key) !== undefined) this.write({ op: "delete", c: collection, k: key });
  }

  flush(): Promise<void> {
    if (this.pending.length === 0 && !this.draining) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiters.push({ ticket: this.ticket, resolve, reject });
      this.schedule();
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    try {
      await this.flush();
    } finally {
      this.closed = true;
      fs.closeSync(this.handle);
      this.unlock();
    }
  }

  private write(change: Change): void {
    if (this.closed)
      throw new StoreError("StoreWriteFailed", this.file, "The local cloud's store is closed.");
    this.tables.apply(change);
    this.pending.push(encodeLine(JSON.stringify(change)));
    this.ticket++;
    this.schedule();
  }

  private schedule(): void {
    if (this.draining) return;
    this.draining = true;
    setImmediate(() => void this.drain());
  }

  /** Writes batch after batch; whoever waits is told as soon as the batch with his last change is on disk. */
  private async drain(): Promise<void> {
    try {
      while (this.pending.length > 0) {
        const batch = this.pending;
        const upTo = this.ticket;
        this.pending = [];
        await this.writeBatch(batch);
        this.settle(upTo);
        if (this.isOvergrown()) this.compact();
      }
      this.settle(this.ticket);
    } catch (error) {
      const failed = this.waiters;
      this.waiters = [];
      for (const waiter of failed) waiter.reject(error);
    } finally {
      this.draining = false;
    }
  }

  private isOvergrown(): boolean {
    return this.bytes > Math.max(COMPACT_AT_BYTES, 4 * this.tables.size);
  }

  private async writeBatch(batch: string[]): Promise<void> {
    const data = Buffer.from(batch.join(""));
    try {
      await new Promise<void>((resolve, reject) => {
        writeAll(this.handle, data, (error) => {
          if (error) reject(error);
          else fs.fdatasync(this.handle, (failed) => (failed ? reject(failed) : resolve()));
        });
      });
      this.bytes += data.length;
    } catch (error) {
      // Half a batch may be in the file: cut it off, keep the lines, and try again with the next write.
      fs.ftruncateSync(this.handle, this.bytes);
      this.pending = [...batch, ...this.pending];
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The local cloud cannot write ${this.file}: ${reason}. Free some disk space; nothing is lost while it runs.`;
      throw new StoreError("StoreWriteFailed", this.file, message, { cause: error });
    }
  }

  /** Everything pending is part of the rewritten file, so it is durable with it. */
  private compact(): void {
    const upTo = this.ticket;
    this.bytes = writeJournal(this.file, this.tables.changes());
    fs.closeSync(this.handle);
    this.handle = fs.openSync(this.file, "a");
    this.pending = [];
    this.settle(upTo);
  }

  private settle(upTo: number): void {
    const done = this.waiters.filter((waiter) => waiter.ticket <= upTo);
    this.waiters = this.waiters.filter((waiter) => waiter.ticket > upTo);
    for (const waiter of done) waiter.resolve();
  }
}

function writeAll(handle: number, data: Buffer, done: (error?: Error | null) => void): void {
  fs.write(handle, data, (error, written) => {
    if (error || written === data.length) done(error);
    else writeAll(handle, data.subarray(written), done);
  });
}
