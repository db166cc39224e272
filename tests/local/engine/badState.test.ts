import { mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { expectAnswer, Refusals, type Edit } from "./refusals";

describe("rejects an unusable state with the problem and the way to restore it", () => {
  let stack: Refusals;
  beforeAll(async () => {
    stack = await Refusals.make();
  });
  afterAll(() => stack.world.remove());

  test.each<[string, Record<string, unknown>, RegExp[]]>([
    ["a live process", { pid: process.pid, hostname: hostname() }, [new RegExp(`pid ${process.pid}`)]],
    ["a process on another host", { pid: 1, hostname: "elsewhere" }, [/somebody@elsewhere/]],
  ])("the stack is locked by %s", async (_who, holder, expected) => {
    const folder = join(stack.backend, "locks/organization/prop/dev");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "other.json");
    const lock = { username: "somebody", timestamp: "2026-01-01T00:00:00Z", ...holder };
    writeFileSync(path, JSON.stringify(lock));
    try {
      const { code, text } = await stack.run();
      expect(code).toBe(1);
      for (const pattern of [...expected, /locked by 1 lock/, /2026-01-01/, /cancel/, /other\.json/])
        expect(text).toMatch(pattern);
    } finally {
      unlinkSync(path);
    }
  });

  type Resource = { urn: string };
  /** The state, with its list of resources changed. */
  const withResources =
    (change: (resources: Resource[]) => Resource[]): Edit =>
    (text) => {
      const file = JSON.parse(text) as { checkpoint: { latest: { resources: Resource[] } } };
      file.checkpoint.latest.resources = change(file.checkpoint.latest.resources);
      return JSON.stringify(file);
    };
  const named = (name: string) => (resource: Resource) => resource.urn.endsWith(`::${name}`);
  const without = (name: string): Edit => withResources((all) => all.filter((one) => !named(name)(one)));
  test.each<[string, Edit, RegExp[]]>([
    ["truncated", (text) => text.slice(0, text.length / 2), [/not valid JSON/]],
    ["empty", () => "", [/is empty/]],
    ["no JSON", () => "<html>", [/not valid JSON/]],
    ["a list", () => "[]", [/expected object, received array/]],
    ["without a checkpoint", () => '{"version":3}', [/"checkpoint"/]],
    ["of version 2", (text) => text.replace('"version":3', '"version":2'), [/version is 2/, /expected 3/]],
    [
      "with a version that does not match its magic",
      (text) => text.replace(/"magic":"\w\w/, '"magic":"zz'),
      [/magic/],
    ],
    [
      "with a duplicate resource",
      withResources((all) => [...all, ...all.filter(named("one"))]),
      [/::one: appears twice/],
    ],
    ["with a dangling reference", without("one"), [/::two: refers to .*::one/]],
    ["without its provider", without("default"), [/its provider .* does not come before/]],
    [
      "with an invalid URN",
      withResources((all) => all.map((one) => (named("one")(one) ? { ...one, urn: "one" } : one))),
      [/"one"/],
    ],
  ])("the state is %s", async (_how, damage, expected) => {
    rmSync(`${stack.statePath}.bak`, { force: true });
    const { code, text } = await stack.runWith(stack.statePath, damage);
    expect(code).toBe(1);
    for (const pattern of [...expected, /is damaged/, /Nothing was changed/]) expect(text).toMatch(pattern);
    // The fix is a command: it copies a valid backup over the damaged file.
    const [, from = "", to = ""] = /cp '(.*)' '(.*)'/.exec(text) ?? [];
    expect(to).toBe(stack.statePath);
    expect(readFileSync(from, "utf8")).toBe(readFileSync(stack.statePath, "utf8"));
  });

  test("the state is damaged and has no valid backup", async () => {
    rmSync(`${stack.statePath}.bak`, { force: true });
    const backups = join(stack.backend, "backups");
    const kept = stack.world.files();
    rmSync(backups, { recursive: true });
    try {
      const { code, text } = await stack.runWith(stack.statePath, () => "{");
      expect(code).toBe(1);
      expect(text).toMatch(/no valid backup/);
      expect(text).not.toMatch(/cp '/);
    } finally {
      for (const [path, found] of Object.entries(kept)) {
        if (!path.startsWith(backups)) continue;
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, found.slice(found.indexOf(" ") + 1));
      }
    }
  });

  test.each<[string, Edit, number, RegExp[]]>([
    ["newer", (text) => text.replace('"version":3', '"version":4'), 2, [/version 4/, /Pulumi CLI/]],
    [
      "encrypted by another secrets provider",
      (text) => text.replace('"type":"passphrase"', '"type":"cloud"'),
      2,
      [/"cloud"/, /Pulumi CLI/],
    ],
    [
      "with a secret that cannot be decrypted",
      (text) => text.replace(/("ciphertext":"v1:[^:]*:)..../, "$1AAAA"),
      1,
      [/secret of .*::two/, /cannot be decrypted/],
    ],
  ])("the state is %s", async (_how, damage, exit, expected) => {
    expectAnswer(await stack.runWith(stack.statePath, damage), exit, expected);
  });

  test("the backend has another layout version, or compressed states", async () => {
    const layout = await stack.runWith(join(stack.backend, "meta.yaml"), () => "version: 2\n");
    expect(layout).toMatchObject({ code: 2, text: expect.stringMatching(/meta\.yaml.*version: 1/s) });
    const sound = readFileSync(stack.statePath);
    unlinkSync(stack.statePath);
    writeFileSync(`${stack.statePath}.gz`, "");
    try {
      const { code, text } = await stack.run();
      expect(code).toBe(2);
      expect(text).toMatch(/dev\.json\.gz is compressed.*Pulumi CLI/s);
    } finally {
      unlinkSync(`${stack.statePath}.gz`);
      writeFileSync(stack.statePath, sound);
    }
  });
});
