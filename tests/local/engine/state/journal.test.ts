import { parseCheckpoint } from "../../../../local/engine/state/checkpoint";
import { openJournal, type Journal } from "../../../../local/engine/state/journal";
import type { ResourceState } from "../../../../local/engine/state/state";
import { knownSecrets, provider, resource, urn } from "./support";

describe("the journal", () => {
  const writes: string[] = [];
  let gate: Promise<void>;
  let journal: Journal;
  const [a, b] = [resource("a"), resource("b", { dependencies: [urn("a")] })];

  beforeEach(async () => {
    writes.length = 0;
    gate = Promise.resolve();
    journal = openJournal(
      {
        resources: [{ ...provider }, { ...a }, { ...b }],
        pending: [{ resource: resource("lost"), type: "creating" }],
      },
      {
        stackPath: "organization/p/dev",
        version: "3.248.0",
        crypter: await knownSecrets(),
        write: async (pieces) => {
          await gate;
          writes.push(Buffer.concat(pieces).toString());
        },
      },
    );
  });
  const names = (text: string | undefined): string[] =>
    parseCheckpoint(text ?? "").resources.map(({ urn: name }) => name.split("::").at(-1) ?? "");
  const known = (name: string): ResourceState =>
    journal.resources().find((state) => state.urn.endsWith(`::${name}`)) as ResourceState;

  test("writes finished resources first, in their order, and the remaining ones after them in the old order", async () => {
    journal.add({ ...provider }, known("default"));
    journal.add(resource("new"));
    journal.add(resource("a", { protect: true }), known("a"));
    await journal.save();
    expect(names(writes[0])).toEqual(["default", "new", "a", "b"]);
    expect(journal.leftovers().map(({ id }) => id)).toEqual(["b"]);
  });

  test("combines saves that are requested during a write", async () => {
    let release = (): void => undefined;
    gate = new Promise((resolve) => (release = resolve));
    journal.add({ ...provider }, known("default"));
    const first = journal.save();
    while (journal.dirty()) await new Promise((resolve) => setImmediate(resolve));
    const rest = ["c", "d", "e"].map((name) => {
      journal.add(resource(name));
      return journal.save();
    });
    release();
    await first;
    expect(writes).toHaveLength(1);
    await Promise.all(rest);
    expect(writes.map(names)).toEqual([
      ["default", "a", "b"],
      ["default", "c", "d", "e", "a", "b"],
    ]);
  });

  test("detects a dependency on a later resource before it writes the state", async () => {
    journal.add(resource("c", { dependencies: [urn("b")] }));
    await expect(journal.save()).rejects.toThrow(/breaks its own rules.*::c: refers to .*::b/s);
    expect(writes).toEqual([]);
  });

  test("replaces an alias by the new name in all references", async () => {
    journal.add({ ...provider }, known("default"));
    journal.add(resource("renamed", { aliases: [urn("a")] }), known("a"));
    await journal.save();
    expect(parseCheckpoint(writes[0] ?? "").resources.at(-1)).toMatchObject({
      urn: urn("b"),
      dependencies: [urn("renamed")],
    });
  });

  test("writes a change inside a resource after `touch`", async () => {
    await journal.save();
    known("b").protect = true;
    await journal.save();
    journal.touch(known("b"));
    expect(journal.dirty()).toBe(true);
    await journal.save();
    expect(journal.dirty()).toBe(false);
    expect(writes.map((text) => parseCheckpoint(text).resources[2]?.protect)).toEqual([
      undefined,
      undefined,
      true,
    ]);
  });

  test("detects references to a dropped resource before it writes them", async () => {
    journal.drop(known("a"));
    await expect(journal.save()).rejects.toThrow(/breaks its own rules.*refers to .*::a/s);
    expect(writes).toEqual([]);
    expect(journal.dirty()).toBe(true);
  });

  test("keeps operations pending between begin and end, and those of an earlier run beside the next attempt", async () => {
    const operation = journal.begin(resource("lost"), "creating");
    const other = journal.begin(resource("a"), "updating");
    await journal.save();
    journal.end(operation);
    journal.end(other);
    await journal.save();
    const pending = writes.map((text) =>
      parseCheckpoint(text).pending.map(({ type, resource: { id } }) => `${type} ${id}`),
    );
    expect(pending).toEqual([["creating lost", "creating lost", "updating a"], ["creating lost"]]);
  });

  test("rejects all waiting saves after a failed write, and tries the next one", async () => {
    gate = Promise.reject(new Error("disk full"));
    await expect(journal.save()).rejects.toThrow("disk full");
    expect(journal.dirty()).toBe(true);
    gate = Promise.resolve();
    await journal.save();
    expect(writes).toHaveLength(1);
  });

  test("writes nothing after it is frozen", async () => {
    journal.touch(known("a"));
    const saved = journal.save();
    await journal.freeze();
    await saved;
    expect(writes).toEqual([]);
  });
});
