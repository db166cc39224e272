import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { breakLocks, lockStack } from "../../../../local/engine/state/lock";
import { temporaryPlace } from "./support";

/** A process that locks the stack, says what came of it, and holds the lock until its input ends. */
const holder = `
const { lockStack } = require(${JSON.stringify(resolve(__dirname, "../../../../dist/local/engine/state/lock.js"))});
process.stdin.resume();
process.stdin.once("data", () => lockStack({ root: process.argv[1] }, "p", "dev", () => undefined).then(
  () => console.log("held"),
  (error) => console.log(error.code),
));
process.stdin.on("end", () => process.exit());
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

  test("a lock is a file the CLI understands, gone once it is released", async () => {
    const held = await lock();
    expect(readdirSync(folder)).toHaveLength(1);
    await expect(lock()).rejects.toThrow(
      new RegExp(`pid ${process.pid}\\).*cancel|cancel.*pid ${process.pid}`, "s"),
    );
    await held.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("the lock of a process that died on this host is taken over, and people are told", async () => {
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
    ["that says nothing", "null", "odd.json: unreadable"],
  ])("a lock %s is respected; cancel is named, and removes it", async (_which, contents, expected) => {
    leave("odd.json", contents);
    await expect(lock()).rejects.toMatchObject({ code: "state-locked", exitCode: 1 });
    await expect(lock()).rejects.toThrow(expected);
    await expect(lock()).rejects.toThrow("cancel --yes");
    expect(readdirSync(folder)).toEqual(["odd.json"]);
    expect(await breakLocks(backend, project, stack)).toBe(1);
    await (await lock()).release();
  });

  test("of engines that start at once after a crash, exactly one goes on", async () => {
    for (let round = 0; round < 3; round += 1) {
      leave("stale.json", dead);
      const children = Array.from({ length: 4 }, () => spawn(process.execPath, ["-e", holder, backend.root]));
      try {
        const answers = children.map(
          (child) =>
            new Promise<string>((done) => child.stdout.once("data", (text) => done(String(text).trim()))),
        );
        for (const child of children) child.stdin.write("go\n");
        expect((await Promise.all(answers)).sort()).toEqual([
          "held",
          "state-locked",
          "state-locked",
          "state-locked",
        ]);
        expect(readdirSync(folder)).toHaveLength(1);
      } finally {
        for (const child of children) child.stdin.end();
        await Promise.all(children.map((child) => new Promise((done) => child.once("exit", done))));
      }
    }
    // The last one was not released: its process is gone.
    await (await lock()).release();
    expect(notices).toHaveLength(1);
  });
});
