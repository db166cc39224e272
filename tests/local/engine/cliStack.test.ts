import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, type CommandResult } from "./cliSupport";
import { Bench } from "./harness";

const bench = new Bench("lifecycle");
const stackFile = join(bench.project, "Pulumi.dev.yaml");
const engine = (...argv: string[]): Promise<CommandResult> =>
  run([...argv, "--stack", "dev", "--cwd", bench.project], bench.env);
afterAll(() => bench.remove());

describe("config", () => {
  beforeAll(() => writeFileSync(stackFile, "config:\n  # kept\n  plain: hello\n"));

  test("sets, shows and removes values; a secret is stored encrypted and shown only on request", async () => {
    for (const argv of [
      ["size", "5"],
      ["other:key", "elsewhere"],
      ["--path", "tags.owner.name", "me"],
      ["--path", "tags.sizes[0]", "7"],
      ["--secret", "token", "hush hush"],
    ])
      expect(await engine("config", "set", ...argv)).toEqual({ code: 0, out: "", err: "" });
    const text = readFileSync(stackFile, "utf8");
    expect(text).toContain("# kept");
    expect(text).toMatch(/lifecycle:token:\n +secure: v1:/);
    expect(text).not.toContain("hush");

    expect((await engine("config")).out.trimEnd().split("\n")).toEqual([
      "KEY        VALUE",
      "plain      hello",
      "size       5",
      'tags       {"owner":{"name":"me"},"sizes":[7]}',
      "token      [secret]",
      "other:key  elsewhere",
    ]);
    expect((await engine("config", "--show-secrets")).out).toContain("token      hush hush");
    expect((await engine("config", "get", "token")).out).toBe("hush hush\n");
    expect((await engine("config", "get", "--path", "tags.owner")).out).toBe('{"name":"me"}\n');

    expect(await engine("config", "rm", "size")).toMatchObject({ code: 0 });
    expect(await engine("config", "rm", "--path", "tags.owner")).toMatchObject({ code: 0 });
    expect((await engine("config", "get", "--path", "tags", "--json")).out).toBe(
      `${JSON.stringify({ value: '{"sizes":[7]}', objectValue: { sizes: [7] }, secret: false }, null, 2)}\n`,
    );
  });

  test("prints JSON in the format of the Pulumi CLI, secrets without their value", async () => {
    expect(JSON.parse((await engine("config", "--json")).out)).toEqual({
      "lifecycle:plain": { value: "hello", secret: false },
      "lifecycle:tags": { value: '{"sizes":[7]}', objectValue: { sizes: [7] }, secret: false },
      "lifecycle:token": { secret: true },
      "other:key": { value: "elsewhere", secret: false },
    });
    const printed = await engine("config", "--json", "--show-secrets");
    expect(JSON.parse(printed.out)["lifecycle:token"]).toEqual({ value: "hush hush", secret: true });
  });

  test.each([
    ["a missing key", ["config", "get", "nope"], "configuration key 'nope' not found for stack 'dev'"],
    ["removing a missing key", ["config", "rm", "nope"], "configuration key 'nope' not found"],
    [
      "a path that does not match the value",
      ["config", "set", "--path", "tags.sizes.first", "1"],
      "for an array must be a number",
    ],
    [
      "both secret and plaintext",
      ["config", "set", "--secret", "--plaintext", "a", "b"],
      "exclude each other",
    ],
    ["no key", ["config", "set"], 'missing required argument "key"'],
  ])("refuses %s", async (_what, argv, part) => {
    const before = readFileSync(stackFile, "utf8");
    expect(await engine(...argv)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(part) });
    expect(readFileSync(stackFile, "utf8")).toBe(before);
  });
});

describe("stack export and import", () => {
  const file = join(bench.root, "exported.json");

  test("export the state with encrypted secrets and import it again without changes", async () => {
    bench.config({ plain: "hello" });
    await bench.run("up");
    expect(await engine("stack", "export", "--file", file)).toEqual({ code: 0, out: "", err: "" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain("hush");
    expect(JSON.parse(text)).toMatchObject({ version: 3, deployment: { resources: expect.any(Array) } });
    expect((await engine("stack", "export")).out).toBe(text);
    expect((await engine("stack", "export", "--show-secrets")).out).toContain('"plaintext": "\\"hush\\""');

    const dot = join(bench.root, "graph.dot");
    expect((await engine("stack", "graph", dot, "--short-node-name")).out).toBe(
      `Wrote stack dependency graph to \`${dot}\`\n`,
    );
    expect(readFileSync(dot, "utf8")).toMatch(/^strict digraph \{\n {4}Resource0 \[label="/);

    await bench.run("destroy");
    expect(bench.state.resources).toEqual([]);
    const printed = await engine("stack", "import", "--file", file);
    expect(printed).toMatchObject({ code: 0, out: expect.stringMatching(/Import complete.*backups/) });
    expect(bench.resource("base")).toMatchObject({ id: "thing-1" });
    expect((await engine("preview", "--expect-no-changes")).code).toBe(0);
  });

  test.each([
    ["a missing file", () => undefined, 2, /nothing\.json cannot be read/],
    ["a file that is not an export", () => "{}", 1, /cannot import.*version/s],
    ["a damaged export", (text: string) => text.slice(0, 100), 1, /cannot import.*JSON/s],
    [
      "another stack's export",
      (text: string) => text.replaceAll("urn:pulumi:dev::", "urn:pulumi:prod::"),
      1,
      /prod.*--force.*Nothing was changed/s,
    ],
  ])("reject %s and leave the state unchanged", async (_what, change, code, message) => {
    const before = bench.state.text;
    const text = change(readFileSync(file, "utf8"));
    const wrong = join(bench.root, text === undefined ? "nothing.json" : "wrong.json");
    if (text !== undefined) writeFileSync(wrong, text);
    const printed = await engine("stack", "import", "--file", wrong);
    expect(printed).toMatchObject({ code, out: "", err: expect.stringMatching(message) });
    expect(bench.state.text).toBe(before);
  });
});
