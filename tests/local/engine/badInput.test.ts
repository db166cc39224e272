import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { World } from "./properties/world";
import { expectAnswer, Refusals, type Edit } from "./refusals";

const up = ["up", "--yes", "--stack", "dev"];

describe("rejects wrong input before any change, with the value and what to do", () => {
  let stack: Refusals;
  beforeAll(async () => {
    stack = await Refusals.make();
  });
  afterAll(() => stack.world.remove());

  test.each<[string, NodeJS.ProcessEnv, RegExp[]]>([
    [
      "wrong",
      { PULUMI_CONFIG_PASSPHRASE: "wrong" },
      [/incorrect passphrase/, /set PULUMI_CONFIG_PASSPHRASE/],
    ],
    ["wrong because it is empty", { PULUMI_CONFIG_PASSPHRASE: "" }, [/incorrect passphrase/]],
    ["missing", { PULUMI_CONFIG_PASSPHRASE: undefined }, [/PULUMI_CONFIG_PASSPHRASE or .*_FILE/]],
    [
      "in a file that does not exist",
      { PULUMI_CONFIG_PASSPHRASE: undefined, PULUMI_CONFIG_PASSPHRASE_FILE: "/nowhere/phrase" },
      [/PULUMI_CONFIG_PASSPHRASE_FILE: "\/nowhere\/phrase" cannot be read/],
    ],
  ])("the passphrase is %s", async (_how, changes, expected) => {
    expectAnswer(await stack.run(stack.up, { ...stack.env, ...changes }), 2, expected);
  });

  test.each<[string, string[], number, RegExp[]]>([
    ["an unknown stack", ["up", "--yes", "--stack", "prod"], 6, [/'prod'/, /: dev/, /Pulumi\.prod\.yaml/]],
    ["no stack", ["up", "--yes"], 2, [/--stack/, /dev/]],
    ["an unknown option", [...up, "--tarrget", "x"], 2, [/--tarrget/, /--help/]],
    ["an option that the engine does not support", [...up, "--exclude", "x"], 2, [/--target/]],
    ["an unknown command", ["fly", "--stack", "dev"], 2, [/fly/, /--help/]],
    ["one argument too many", ["destroy", "everything", "--yes", "--stack", "dev"], 2, [/destroy/, /--help/]],
    ["a degree of parallelism of 0", [...up, "--parallel", "0"], 2, [/--parallel/, /"?0"?/, /at least 1/]],
    ["no --yes in non-interactive mode", ["up", "--stack", "dev"], 2, [/--yes/, /non-interactive/]],
    ["an unknown output", ["outputs", "none", "--stack", "dev"], 2, [/"none"/, /one\b/]],
  ])("the command line: %s", async (_what, argv, exit, expected) => {
    expectAnswer(await stack.run(argv, stack.env), exit, expected);
  });

  test.each<[string, string | undefined, RegExp[]]>([
    ["none", undefined, [/PULUMI_BACKEND_URL/, /file:\/\//]],
    ["elsewhere", "s3://bucket", [/s3:\/\/bucket/, /file:\/\//, /Pulumi CLI/]],
  ])("the backend: %s", async (_what, url, expected) => {
    expectAnswer(await stack.run(stack.up, { ...stack.env, PULUMI_BACKEND_URL: url }), 2, expected);
  });

  test.each<[string, string, RegExp[]]>([
    ["malformed", "name: prop\nruntime: {name: nodejs\n", [/Pulumi\.yaml:\d+:\d+/, /malformed YAML/]],
    ["with a tab", "name: prop\nruntime:\n\tname: nodejs\n", [/Pulumi\.yaml:3:\d+/]],
    ["a list", "- name: prop\n", [/Pulumi\.yaml:1:1/, /mapping/]],
    ["nameless", "runtime: nodejs\n", [/Pulumi\.yaml/, /name/]],
    ["in another language", "name: prop\nruntime: python\n", [/Pulumi\.yaml/, /"python"/, /nodejs/]],
    [
      "with a main that does not exist",
      "name: prop\nruntime: nodejs\nmain: gone.js\n",
      [/gone\.js/, /exist/],
    ],
    [
      "with a configuration of an unknown type",
      "name: prop\nruntime: nodejs\nconfig:\n  size: {type: huge}\n",
      [/Pulumi\.yaml:4:\d+/, /size/, /integer/],
    ],
  ])("Pulumi.yaml is %s", async (_how, text, expected) => {
    expectAnswer(await stack.runWith(join(stack.world.root, "Pulumi.yaml"), () => text), 2, expected);
  });

  test("no Pulumi.yaml anywhere", async () => {
    const { code, text } = await stack.run(stack.up, stack.env, dirname(stack.world.root));
    expect(code).toBe(2);
    expect(text).toMatch(/no Pulumi\.yaml/);
  });

  const appended =
    (more: string): Edit =>
    (text) =>
      `${text}${more}`;
  test.each<[string, Edit, RegExp[]]>([
    [
      "malformed",
      appended("config:\n  a: [1, 2\n  b: 3\n"),
      [/Pulumi\.dev\.yaml:[34]:\d+/, /malformed YAML/],
    ],
    ["with a duplicate key", appended("config:\n  a: 1\n  a: 2\n"), [/Pulumi\.dev\.yaml:4:\d+/]],
    ["with a configuration that is a list", appended("config: [a]\n"), [/Pulumi\.dev\.yaml/, /mapping/]],
    ["with an environment", appended("environment: [shared]\n"), [/Pulumi\.dev\.yaml/, /ESC/, /Pulumi CLI/]],
    [
      "with another secrets provider",
      appended("secretsprovider: awskms://key\n"),
      [/Pulumi\.dev\.yaml/, /awskms/, /passphrase/],
    ],
    [
      "with a secret that cannot be decrypted",
      appended("config:\n  prop:token:\n    secure: v1:AAAA:BBBB\n"),
      [/prop:token/, /cannot be decrypted/],
    ],
    [
      "with a damaged salt",
      (text) => text.replace(/v1:.*/, "v1:short"),
      [/encryptionsalt/, /v1:short/, /v1:<salt>:v1:<nonce>:<text>/],
    ],
  ])("Pulumi.dev.yaml is %s", async (_how, edit, expected) => {
    expectAnswer(await stack.runWith(join(stack.world.root, "Pulumi.dev.yaml"), edit), 2, expected);
  });
});

test("reports all configuration values of the wrong type at once and shows no secrets", async () => {
  const world = await World.make();
  try {
    writeFileSync(
      join(world.root, "Pulumi.yaml"),
      "name: prop\nruntime: nodejs\nconfig:\n  count: {type: integer}\n  list: {type: array, items: {type: string}}\n" +
        "  must: {type: string}\n  shape: {type: object, default: {a: 1}}\n  pin: {type: integer, secret: true, default: s3cret}\n",
    );
    const file = join(world.root, "Pulumi.dev.yaml");
    writeFileSync(file, `${readFileSync(file, "utf8")}config:\n  count: five\n  list: [a, 2]\n`);
    const { errors } = { errors: await world.run({ operation: "preview", graph: [] }).catch(String) };
    const lines = String(errors)
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
    expect(lines).toEqual([
      'prop:count: expected an integer, got "five"',
      "prop:list[1]: expected a string, got 2",
      expect.stringMatching(/^prop:must is missing.*Pulumi\.dev\.yaml/),
      "prop:pin: expected an integer, got [secret]",
    ]);
  } finally {
    world.remove();
  }
});
