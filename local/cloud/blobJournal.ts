/**
 * A journal in front of Azurite's metadata (LokiJS 1.5.12), which writes all its records every five seconds. Each change is in a file of
 * the operating system before its request is answered, so a kill of the process loses nothing that was confirmed, and the cost of a write
 * does not grow with the number of blobs.
 */
import * as fs from "node:fs";
import * as path from "node:path";

interface Doc {
  $loki: number;
}

interface Collection {
  readonly name: string;
  maxId: number;
  get(id: number): Doc | null;
  insert(doc: unknown): unknown;
  update(doc: Doc): unknown;
  remove(doc: Doc): unknown;
  on(event: "insert" | "update" | "delete", changed: (doc: Doc) => void): void;
}

type Saved = (error?: unknown) => void;

/** A metadata store of Azurite. */
export interface Records {
  init(): Promise<void>;
  readonly db: {
    /** The file with all records. */
    readonly filename: string;
    readonly collections: Collection[];
    saveDatabase(done?: Saved): void;
    throttledSaveDrain(done: () => void): void;
  };
}

/** Collection, document, and whether it was deleted. */
type Change = [string, Doc, boolean];

/** Lets the store keep a journal from its start, which first applies the journal of a process that was killed. */
export function journaled(records: Records): void {
  const init = records.init.bind(records);
  records.init = async () => {
    await init();
    keepJournal(records.db);
  };
}

function keepJournal(db: Records["db"]): void {
  const prefix = `${path.basename(db.filename)}.journal.`;
  const folder = path.dirname(db.filename);
  const numberOf = (file: string): number => Number(file.slice(prefix.length));
  const names = fs.readdirSync(folder).filter((name) => name.startsWith(prefix));
  const files = names.sort((a, b) => numberOf(a) - numberOf(b));
  for (const name of files) replay(db, path.join(folder, name));

  let number = numberOf(files.at(-1) ?? `${prefix}0`);
  let file = -1;
  const next = (): void => {
    if (file >= 0) fs.closeSync(file);
    number += 1;
    files.push(`${prefix}${number}`);
    file = fs.openSync(path.join(folder, `${prefix}${number}`), "a", 0o600);
  };
  next();
  for (const collection of db.collections) {
    const append = (isDeleted: boolean) => (doc: Doc) =>
      void fs.writeSync(file, `${JSON.stringify([collection.name, doc, isDeleted] satisfies Change)}\n`);
    collection.on("insert", append(false));
    collection.on("update", append(false));
    collection.on("delete", append(true));
  }

  const save = db.saveDatabase.bind(db);
  db.saveDatabase = (done) => {
    const contained = files.splice(0);
    next();
    save((error) => {
      if (error) files.unshift(...contained);
      else for (const name of contained) fs.rmSync(path.join(folder, name), { force: true });
      done?.(error);
    });
  };
}

/** Applies changes in their order. Those that the records contain already change nothing. */
function replay(db: Records["db"], file: string): void {
  for (const line of fs.readFileSync(file, "utf8").split("\n")) {
    const change = parsed(line);
    if (!change) return;
    const [name, doc, isDeleted] = change;
    const collection = db.collections.find((one) => one.name === name);
    const before = collection?.get(doc.$loki);
    if (!collection) continue;
    if (isDeleted && before) collection.remove(before);
    else if (!isDeleted && before) collection.update(doc);
    else if (!isDeleted && doc.$loki > collection.maxId) {
      const { $loki, ...added } = doc;
      collection.maxId = $loki - 1;
      collection.insert(added);
    }
  }
}

/** Undefined for the end: a line that a kill cut off was not confirmed. */
function parsed(line: string): Change | undefined {
  try {
    return JSON.parse(line) as Change;
  } catch {
    return undefined;
  }
}
