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

  test("what is finished comes first, in its order; what is not yet touched follows in the old one", async () => {
    journal.add({ ...provider }, known("default"));
    journal.add(resource("new"));
    journal.add(resource("a", { protect: true }), known("a"));
    await journal.save();
    expect(names(writes[0])).toEqual(["default", "new", "a", "b"]);
    expect(journal.leftovers().map(({ id }) => id)).toEqual(["b"]);
  });

  test("saves that come while one is written share the next", async () => {
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

  test("a dependency on a later resource is detected before the state is written", async () => {
    journal.add(resource("c", { dependencies: [urn("b")] }));
    await expect(journal.save()).rejects.toThrow(/breaks its own rules.*::c: refers to .*::b/s);
    expect(writes).toEqual([]);
  });

  test("an alias is written as the new name wherever it is mentioned", async () => {
    journal.add({ ...provider }, known("default"));
    journal.add(resource("renamed", { aliases: [urn("a")] }), known("a"));
    await journal.save();
    expect(parseCheckpoint(writes[0] ?? "").resources.at(-1)).toMatchObject({
      urn: urn("b"),
      dependencies: [urn("renamed")],
    });
  });

  test("a change inside a resource is written after `touch`", async () => {
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

  test("what a dropped resource leaves dangling is noticed before it is written", async () => {
    journal.drop(known("a"));
    await expect(journal.save()).rejects.toThrow(/breaks its own rules.*refers to .*::a/s);
    expect(writes).toEqual([]);
    expect(journal.dirty()).toBe(true);
  });

  test("operations are pending between begin and end; those of an earlier run stay beside the next attempt", async () => {
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

  test("a failed write rejects all waiting saves, and the next one is tried", async () => {
    gate = Promise.reject(new Error("disk full"));
    await expect(journal.save()).rejects.toThrow("disk full");
    expect(journal.dirty()).toBe(true);
    gate = Promise.resolve();
    await journal.save();
    expect(writes).toHaveLength(1);
  });

  test("a frozen journal writes nothing any more", async () => {
    journal.touch(known("a"));
    const saved = journal.save();
    await journal.freeze();
    await saved;
    expect(writes).toEqual([]);
  });
});
