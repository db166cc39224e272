import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { breakLocks, lockStack } from "../../../../local/engine/state/lock";
import { temporaryPlace } from "./support";

/** A process that answers each line it receives: `lock` with the outcome, `release` with `free`. */
const holder = `
const { lockStack } = require(${JSON.stringify(resolve(__dirname, "../../../../dist/local/engine/state/lock.js"))});
let held;
require("node:readline").createInterface(process.stdin).on("line", async (line) => {
  try {
    if (line === "lock") held = await lockStack({ root: process.argv[1] }, "p", "dev", () => undefined);
    else await held?.release();
    console.log(line === "lock" ? "held" : "free");
  } catch (error) {
    console.log(error.code);
  }
  if (line === "release") held = undefined;
}).on("close", () => process.exit());
console.log("ready");
`;

describe("locks", () => {
  const { backend, project, stack } = temporaryPlace();
  const folder = join(backend.root, "locks/organization/p/dev");
  const notices: string[] = [];
  const lock = (): ReturnType<typeof lockStack> =>
    lockStack(backend, project, stack, (message) => notices.push(message));
  const leave = (name: string, contents: unknown): void =>
    writeFileSync(join(folder, name), typeof contents === "string" ? contents : JSON.stringify(contents));
  const dead = { pid: 999_999_999, hostname: hostname(), username: "me", timestamp: "2026-01-01T00:00:00Z" };

  beforeAll(() => mkdirSync(folder, { recursive: true }));
  beforeEach(async () => {
    notices.length = 0;
    await breakLocks(backend, project, stack);
  });

  test("writes a lock file that the CLI understands, and deletes it on release", async () => {
    const held = await lock();
    expect(readdirSync(folder)).toHaveLength(1);
    await expect(lock()).rejects.toThrow(
      new RegExp(`pid ${process.pid}\\).*cancel|cancel.*pid ${process.pid}`, "s"),
    );
    await held.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("takes over and reports the lock of a process that died on this host", async () => {
    leave("stale.json", dead);
    const held = await lock();
    expect(notices).toEqual([
      expect.stringMatching(/taking over the lock of process 999999999.*since 2026-01-01/),
    ]);
    await held.release();
  });

  test.each<[string, unknown, string]>([
    ["of a live process", { ...dead, pid: process.pid }, `me@${hostname()} (pid ${process.pid})`],
    [
      "of another host",
      { ...dead, hostname: "elsewhere" },
      "me@elsewhere (pid 999999999) at 2026-01-01T00:00:00Z",
    ],
    ["that cannot be read", "nonsense", "odd.json: unreadable"],
    ["without an owner", "null", "odd.json: unreadable"],
  ])(
    "respects a lock %s; the message names cancel, which removes the lock",
    async (_which, contents, expected) => {
      leave("odd.json", contents);
      await expect(lock()).rejects.toMatchObject({ code: "state-locked", exitCode: 1 });
      await expect(lock()).rejects.toThrow(expected);
      await expect(lock()).rejects.toThrow("cancel --yes");
      expect(readdirSync(folder)).toEqual(["odd.json"]);
      expect(await breakLocks(backend, project, stack)).toBe(1);
      await (await lock()).release();
    },
  );

  test("lets exactly one of several engines continue that start at once after a crash", async () => {
    const children = Array.from({ length: 3 }, () => spawn(process.execPath, ["-e", holder, backend.root]));
    const lines = children.map((child) => createInterface(child.stdout)[Symbol.asyncIterator]());
    const answers = (): Promise<unknown[]> =>
      Promise.all(lines.map(async (line) => (await line.next()).value));
    const ask = (word: string): Promise<unknown[]> => {
      for (const child of children) child.stdin.write(`${word}\n`);
      return answers();
    };
    try {
      expect(await answers()).toEqual(["ready", "ready", "ready"]);
      for (let round = 0; round < 20; round += 1) {
        leave("stale.json", dead);
        expect((await ask("lock")).sort()).toEqual(["held", "state-locked", "state-locked"]);
        expect(readdirSync(folder)).toHaveLength(1);
        expect(await ask("release")).toEqual(["free", "free", "free"]);
        expect(readdirSync(folder)).toEqual([]);
      }
      leave("stale.json", dead);
      await ask("lock");
    } finally {
      for (const child of children) child.stdin.end();
      await Promise.all(children.map((child) => new Promise((done) => child.once("exit", done))));
    }
    // The last owner ended without releasing it.
    await (await lock()).release();
    expect(notices).toHaveLength(1);
  });
});
