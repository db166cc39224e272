import * as fs from "node:fs";
import * as path from "node:path";
import { isAlive, takeLock } from "../../../local/cloud/lock";
import { encodeLine, openStore } from "../../../local/cloud/store";
import { temporaryDirectory } from "./helpers/testCloud";

let directory = "";
beforeEach(() => (directory = temporaryDirectory()));
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));
const journal = (): string => path.join(directory, "journal.jsonl");

describe("the store on disk", () => {
  it("has flushed documents on disk although nobody closed it", async () => {
    const store = openStore(directory);
    store.put("c", "k", { n: 1 });
    await store.flush();
    const copy = fs.mkdtempSync(path.join(directory, "copy-"));
    fs.copyFileSync(journal(), path.join(copy, "journal.jsonl"));
    const other = openStore(copy);
    expect(other.get("c", "k")).toEqual({ n: 1 });
    await other.close();
    await store.close();
  });

  it("drops a last line that was truncated anywhere, reports it, and keeps all lines before it", async () => {
    const store = openStore(directory);
    store.put("c", "one", 1);
    await store.flush();
    const length = fs.statSync(journal()).size;
    store.put("c", "two", { text: "two" });
    await store.close();
    const whole = fs.readFileSync(journal());
    for (let end = length + 1; end < whole.length; end += 7) {
      fs.writeFileSync(journal(), whole.subarray(0, end));
      const reports: string[] = [];
      const again = openStore(directory, (message) => void reports.push(message));
      expect(again.list("c")).toEqual([["one", 1]]);
      expect(reports.join()).toContain("truncated");
      await again.close();
    }
  });

  it("reports damage in the middle with file, line and remedy, and does not change the file", async () => {
    const store = openStore(directory);
    store.put("c", "one", 1);
    store.put("c", "two", 2);
    await store.close();
    const damaged = fs
      .readFileSync(journal(), "utf8")
      .replace('\\"one\\"', '"uno"')
      .replace('"k":"one"', '"k":"uno"');
    fs.writeFileSync(journal(), damaged);
    expect(() => openStore(directory)).toThrow(
      expect.objectContaining({
        code: "StoreDamaged",
        message: expect.stringMatching(/journal\.jsonl, line 2.*reset/),
      }),
    );
    expect(fs.readFileSync(journal(), "utf8")).toBe(damaged);
  });

  it.each([
    ["empty", ""],
    ["not a journal", "hello\n"],
    ["another version", encodeLine(JSON.stringify({ format: "azureml-local-cloud-journal", version: 9 }))],
  ])("never treats an existing file as an empty store: %s", (_name, text) => {
    fs.writeFileSync(journal(), text);
    expect(() => openStore(directory)).toThrow(expect.objectContaining({ code: "StoreDamaged" }));
  });

  it("rewrites a journal that has grown, without losing anything", async () => {
    const store = openStore(directory);
    const text = "x".repeat(100_000);
    for (let index = 0; index < 120; index++) {
      store.put("c", `k${index % 3}`, { index, text });
      if (index % 10 === 0) await store.flush();
    }
    await store.flush();
    expect(fs.statSync(journal()).size).toBeLessThan(5 * 1024 * 1024);
    await store.close();
    const again = openStore(directory);
    expect(again.list<{ index: number }>("c").map(([key, { index }]) => [key, index])).toEqual([
      ["k0", 117],
      ["k1", 118],
      ["k2", 119],
    ]);
    await again.close();
  });

  it("can be opened only once, and takes over the lock of a process that has exited", async () => {
    const store = openStore(directory);
    expect(() => openStore(directory)).toThrow(expect.objectContaining({ code: "StoreLocked" }));
    await store.close();
    fs.writeFileSync(path.join(directory, "lock"), JSON.stringify({ pid: process.ppid, startedTicks: "1" }));
    const again = openStore(directory);
    await again.close();
  });
});

describe("locks", () => {
  it("distinguish a process from a later one with the same id", () => {
    expect(isAlive({ pid: process.pid })).toBe(true);
    if (process.platform === "linux") expect(isAlive({ pid: process.pid, startedTicks: "1" })).toBe(false);
    const unlock = takeLock(path.join(directory, "a.lock"));
    expect(() => takeLock(path.join(directory, "a.lock"))).toThrow(/held by process/);
    unlock();
    takeLock(path.join(directory, "a.lock"))();
  });
});
