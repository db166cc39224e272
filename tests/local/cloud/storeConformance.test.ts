/** What every store must do, whatever holds its documents. */
import fc from "fast-check";
import * as fs from "node:fs";
import * as path from "node:path";
import { type DurableStore, memoryStore, openStore } from "../../../local/cloud/store";
import { temporaryDirectory } from "./helpers/testCloud";

let directory = "";
beforeAll(() => (directory = temporaryDirectory()));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

/** A store, and how to open the same documents again after it was closed. */
interface Subject {
  store: DurableStore;
  reopen(): Promise<void>;
}

/** `move` returns the directory that has the documents from then on. */
function onDisk(move: (home: string, store: DurableStore) => Promise<string>): () => Subject {
  return () => {
    let home = fs.mkdtempSync(path.join(directory, "store-"));
    const subject: Subject = {
      store: openStore(home),
      reopen: async () => {
        home = await move(home, subject.store);
        subject.store = openStore(home);
      },
    };
    return subject;
  };
}

const KINDS: ReadonlyArray<readonly [string, () => Subject]> = [
  ["in memory", () => ({ store: memoryStore(), reopen: () => Promise.resolve() })],
  [
    "on disk, closed and opened again",
    onDisk(async (home, store) => {
      await store.close();
      return home;
    }),
  ],
  [
    "on disk, copied away under a running process",
    onDisk(async (home, store) => {
      await store.flush();
      const copy = fs.mkdtempSync(path.join(directory, "copy-"));
      fs.copyFileSync(path.join(home, "journal.jsonl"), path.join(copy, "journal.jsonl"));
      await store.close();
      return copy;
    }),
  ],
];

const KEYS = ["a", "a/b", "a/b/c", "b", "ü", "constructor", "__proto__", ""];
const COLLECTIONS = ["one", "two", "__proto__"];
const command = fc.oneof(
  fc.record({
    op: fc.constant("put" as const),
    collection: fc.constantFrom(...COLLECTIONS),
    key: fc.constantFrom(...KEYS),
    value: fc.jsonValue(),
  }),
  fc.record({
    op: fc.constant("delete" as const),
    collection: fc.constantFrom(...COLLECTIONS),
    key: fc.constantFrom(...KEYS),
  }),
  fc.record({ op: fc.constant("flush" as const) }),
  fc.record({ op: fc.constant("reopen" as const) }),
);

describe.each(KINDS)("a store %s", (_name, make) => {
  it("contains what maps would contain, in the order of first puts, after any operations", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
        const subject = make();
        const model = new Map(COLLECTIONS.map((name) => [name, new Map<string, unknown>()]));
        for (const step of [...commands, { op: "reopen" as const }]) {
          if (step.op === "put") {
            model.get(step.collection)?.set(step.key, JSON.parse(JSON.stringify(step.value)));
            subject.store.put(step.collection, step.key, step.value);
          } else if (step.op === "delete") {
            model.get(step.collection)?.delete(step.key);
            subject.store.delete(step.collection, step.key);
          } else if (step.op === "flush") await subject.store.flush();
          else await subject.reopen();
          for (const [name, documents] of model) {
            expect(subject.store.list(name)).toEqual([...documents]);
            for (const key of KEYS) expect(subject.store.get(name, key)).toEqual(documents.get(key));
          }
        }
        await subject.store.close();
      }),
      { numRuns: 30 },
    );
  });

  it("lists by key prefix, and nothing if nothing matches", async () => {
    const { store } = make();
    for (const key of KEYS) store.put("c", key, key);
    expect(store.list("c", "a/").map(([key]) => key)).toEqual(["a/b", "a/b/c"]);
    expect(store.list("c", "nothing")).toEqual([]);
    expect(store.list("none")).toEqual([]);
    await store.close();
  });

  it("returns copies: changing one does not change the store", async () => {
    const { store } = make();
    const value = { list: [1] };
    store.put("c", "k", value);
    value.list.push(2);
    store.get<typeof value>("c", "k")?.list.push(3);
    (store.list<typeof value>("c")[0]?.[1].list ?? []).push(4);
    expect(store.get("c", "k")).toEqual({ list: [1] });
    await store.close();
  });

  it("refuses values that are not JSON, and continues", async () => {
    const { store } = make();
    expect(() => store.put("c", "k", undefined)).toThrow(/not a JSON value/);
    expect(() => store.put("c", "k", 1n)).toThrow(TypeError);
    store.put("c", "k", 1);
    await store.flush();
    expect(store.get("c", "k")).toBe(1);
    await store.close();
  });
});
