import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bench } from "./harness";
import { main } from "../../../local/engine/cli";

describe("bad input is refused with what is wrong and what to do", () => {
  const bench = new Bench("failures");
  beforeAll(async () => {
    await bench.run("up");
  });
  afterAll(() => bench.remove());
  const stackFile = join(bench.project, "Pulumi.dev.yaml");

  /** Runs the command line with stderr and stdout captured. */
  async function command(...argv: string[]): Promise<{ code: number; text: string }> {
    let text = "";
    const catchText = (chunk: unknown): boolean => {
      text += String(chunk);
      return true;
    };
    const spies = [jest.spyOn(process.stdout, "write"), jest.spyOn(process.stderr, "write")];
    spies.forEach((spy) => spy.mockImplementation(catchText));
    const saved = process.env;
    process.env = bench.env;
    try {
      return { code: await main([...argv, "--cwd", bench.project]), text: text };
    } finally {
      process.env = saved;
      spies.forEach((spy) => spy.mockRestore());
    }
  }

  test.each([
    ["truncated", (text: string) => text.slice(0, text.length / 2), "not valid JSON"],
    ["empty", () => "", "it is empty"],
    [
      "without its provider",
      (text: string) => text.replace(/^\{"urn":"[^"]*pulumi:providers[^\n]*\n/m, ""),
      "does not come before it",
    ],
  ])(
    "a state file that is %s names the backup and the command that restores it",
    async (_how, damage, what) => {
      const sound = readFileSync(bench.statePath, "utf8");
      rmSync(`${bench.statePath}.bak`, { force: true });
      writeFileSync(bench.statePath, damage(sound));
      const log = bench.cloud.log;
      try {
        const error = await bench.run("up").catch((thrown: Error) => thrown);
        const message = (error as Error).message;
        expect(message).toContain(what);
        const [, from = "", to = ""] = /cp '(.*)' '(.*)'/.exec(message) ?? [];
        expect(to).toBe(bench.statePath);
        copyFileSync(from, to);
        expect((await bench.run("preview", { expectNoChanges: true })).exitCode).toBe(0);
        expect(bench.cloud.log).toEqual(log);
      } finally {
        writeFileSync(bench.statePath, sound);
      }
    },
  );

  test("a newer state version is left to the Pulumi CLI", async () => {
    const sound = readFileSync(bench.statePath, "utf8");
    writeFileSync(bench.statePath, sound.replace('"version":3', '"version":4'));
    await expect(bench.run("up")).rejects.toThrow(/version 4.*Pulumi CLI/);
    writeFileSync(bench.statePath, sound);
  });

  test("a wrong or missing passphrase", async () => {
    await expect(
      bench.run("up", { env: { ...bench.env, PULUMI_CONFIG_PASSPHRASE: "wrong" } }),
    ).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("incorrect passphrase"),
    });
    const env = { ...bench.env };
    delete env.PULUMI_CONFIG_PASSPHRASE;
    await expect(bench.run("up", { env })).rejects.toThrow(/PULUMI_CONFIG_PASSPHRASE_FILE/);
  });

  test("malformed YAML is named with line and column", async () => {
    const sound = readFileSync(stackFile, "utf8");
    writeFileSync(stackFile, `${sound}\nconfig:\n  a: [1, 2\n  b: 3\n`);
    await expect(bench.run("preview")).rejects.toThrow(/Pulumi\.dev\.yaml:\d+:\d+: malformed YAML/);
    writeFileSync(stackFile, sound);
  });

  test("configuration of the wrong type: every mistake at once, secrets not shown", async () => {
    const project = join(bench.project, "Pulumi.yaml");
    const sound = readFileSync(project, "utf8");
    writeFileSync(
      project,
      `${sound}config:\n  count: {type: integer}\n  list: {type: array, items: {type: string}}\n  must: {type: string}\n  shape: {type: object, default: {a: 1}}\n`,
    );
    const salted = readFileSync(stackFile, "utf8");
    writeFileSync(stackFile, `${salted}\nconfig:\n  count: five\n  list: [a, 2]\n`);
    const error = await bench.run("preview").catch((thrown: Error) => thrown);
    expect(
      (error as Error).message
        .split("\n")
        .slice(1)
        .map((line) => line.trim()),
    ).toEqual([
      'failures:count: expected an integer, got "five"',
      "failures:list[1]: expected a string, got 2",
      expect.stringMatching(/^failures:must is missing/),
    ]);
    writeFileSync(stackFile, salted);
    writeFileSync(project, sound);
  });

  test("the command line: unknown options, refused features, missing --yes, outputs", async () => {
    expect(await command("up", "--stack", "dev")).toMatchObject({
      code: 2,
      text: expect.stringContaining("--yes must be passed in"),
    });
    expect(await command("up", "--stack", "dev", "--tarrget", "x")).toMatchObject({
      code: 2,
      text: expect.stringContaining("--tarrget"),
    });
    expect(await command("up", "--stack", "dev", "--exclude", "x")).toMatchObject({
      code: 2,
      text: expect.stringContaining("name the others with --target instead"),
    });
    expect(await command("preview")).toMatchObject({
      code: 2,
      text: expect.stringContaining("there are: dev"),
    });
    expect(await command("fly", "--stack", "dev")).toMatchObject({
      code: 2,
      text: expect.stringContaining('unknown command "fly"'),
    });
    expect(await command("outputs", "--stack", "dev", "--json")).toMatchObject({
      code: 0,
      text: expect.stringContaining('"badId": "thing-2"'),
    });
    expect((await command("up", "--help")).text).toContain("--skip-preview");
  });
});
