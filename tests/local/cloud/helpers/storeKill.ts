/** Kills a process that writes to a store, and checks what the store contains then. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { compiledFile } from "../../../../local/cloud/paths";
import { openStore } from "../../../../local/cloud/store";
import { temporaryDirectory } from "./testCloud";

/**
 * Puts numbered documents endlessly, and prints the number of the last one that is confirmed to be on disk.
 */
const WRITER = `
const { openStore } = require(process.argv[1]);
const store = openStore(process.argv[2]);
let serial = Number(process.argv[3]);
const text = "x".repeat(20000);
(async () => {
  for (;;) {
    serial++;
    store.put("numbers", "k" + (serial % 50), { serial, text });
    store.put("last", "serial", serial);
    if (serial % 7 === 0) store.delete("numbers", "k" + ((serial + 25) % 50));
    if (serial % 3 === 0) { await store.flush(); process.stdout.write(serial + "\\n"); }
  }
})();
`;

/** Runs the writer and kills it after that many confirmations; returns the last confirmed number. */
async function writeAndKill(directory: string, from: number, confirmations: number): Promise<number> {
  const store = compiledFile("local/cloud/store.js");
  const child = spawn(process.execPath, ["-e", WRITER, store, directory, String(from)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    printed += chunk;
    if (printed.split("\n").length > confirmations) child.kill("SIGKILL");
  });
  const signal = await new Promise((resolve) => child.on("close", (_code, name) => resolve(name)));
  expect(signal).toBe("SIGKILL");
  // A number without a line feed may be truncated.
  return Number(printed.slice(0, printed.lastIndexOf("\n")).split("\n").at(-1));
}

/**
 * Kills a writer that often and checks after each kill that the store contains everything that was confirmed.
 * @returns whether the journal was rewritten on the way
 */
export async function surviveKills(rounds: number): Promise<boolean> {
  const directory = temporaryDirectory();
  let last = 0;
  let rewritten = false;
  for (let round = 0; round < rounds; round++) {
    const before = fs.existsSync(path.join(directory, "journal.jsonl"))
      ? fs.statSync(path.join(directory, "journal.jsonl")).ino
      : 0;
    // From at once to late enough for the journal to be rewritten (at four megabytes).
    const confirmed = await writeAndKill(directory, last, 1 + 8 * round);
    expect(confirmed).toBeGreaterThan(last);
    const inode = fs.statSync(path.join(directory, "journal.jsonl")).ino;
    rewritten ||= before !== 0 && inode !== before;
    const store = openStore(directory);
    const stored = store.get<number>("last", "serial") ?? 0;
    expect(stored).toBeGreaterThanOrEqual(confirmed);
    for (const [key, { serial, text }] of store.list<{ serial: number; text: string }>("numbers")) {
      expect([key, text.length]).toEqual([`k${serial % 50}`, 20_000]);
      expect(serial).toBeLessThanOrEqual(stored + 1);
    }
    // The number before the last confirmed one was put, and its slot is not among those deleted since.
    expect(store.get("last", "serial")).toBeDefined();
    last = stored;
    await store.close();
  }
  fs.rmSync(directory, { recursive: true, force: true });
  return rewritten;
}
