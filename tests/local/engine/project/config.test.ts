import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  listConfig,
  readStackSettings,
  resolveConfig,
  type Config,
} from "../../../../local/engine/project/config";
import { getConfig, removeConfig, setConfig, writeSalt } from "../../../../local/engine/project/edit";
import { readProject, type Project } from "../../../../local/engine/project/project";
import type { Crypter } from "../../../../local/engine/state/secrets";
import { knownSecrets } from "../state/support";

const folder = mkdtempSync(join(tmpdir(), "project-"));
const projectFile = join(folder, "Pulumi.yaml");
const stackFile = join(folder, "Pulumi.dev.yaml");
let crypter: Crypter;
beforeAll(async () => {
  crypter = await knownSecrets();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function project(more = ""): Promise<Project> {
  writeFileSync(projectFile, `name: p\nruntime: nodejs\n${more}`);
  return readProject(folder);
}

async function configOf(stackText: string, projectText = ""): Promise<Config> {
  const read = await project(projectText);
  writeFileSync(stackFile, stackText);
  return resolveConfig(read, "dev", await readStackSettings(read, "dev"), crypter);
}

describe("Pulumi.yaml", () => {
  test("the settings that the engine uses", async () => {
    writeFileSync(join(folder, "index.js"), "");
    const read = await project(
      [
        "main: index.js",
        "backend: {url: 'file://./state'}",
        "plugins: {providers: [{name: gadget, path: ./bin}]}",
        "options: {refresh: always}",
        "config: {a: 1, b: {type: integer, default: 2}}",
        "unheard: of",
      ].join("\n"),
    );
    expect(read).toEqual({
      name: "p",
      root: folder,
      programDirectory: folder,
      entry: "index.js",
      runtimeOptions: {},
      config: { a: { default: 1 }, b: { type: "integer", default: 2 } },
      backendUrl: "file://./state",
      stackConfigDirectory: folder,
      pluginPaths: { gadget: join(folder, "bin") },
      alwaysRefresh: true,
    });
  });

  test.each([
    ["no name", "runtime: nodejs\n", 'Pulumi.yaml:1:1: "name": expected string'],
    ["a name that is a list", "runtime: nodejs\nname:\n  [a]\n", 'Pulumi.yaml:3:3: "name": expected string'],
    ["no runtime", "name: p\n", '"runtime": expected nodejs, or a mapping with name and options'],
    ["another runtime", "name: p\nruntime: {name: go}\n", 'runtime "go" is not supported'],
    [
      "a main that does not exist",
      "name: p\nruntime: nodejs\nmain: gone.js\n",
      'main "gone.js" does not exist',
    ],
    [
      "an unknown type",
      "name: p\nruntime: nodejs\nconfig:\n  a:\n    type: text\n",
      'Pulumi.yaml:5:11: "config.a.type": Invalid option',
    ],
    ["malformed YAML", "name: p\nruntime: [nodejs\nmain: x\n", /Pulumi\.yaml:3:\d+: malformed YAML/],
    ["a list", "- name: p\n", "Pulumi.yaml:1:1: expected a mapping (key: value)"],
  ])("rejects %s and reports the position", async (_what, text, expected) => {
    writeFileSync(projectFile, text);
    await expect(readProject(folder)).rejects.toMatchObject({ code: "project", exitCode: 2 });
    await expect(readProject(folder)).rejects.toThrow(expected);
  });
});

describe("configuration", () => {
  const secure = (text: string): string => `{secure: "${crypter.encrypt(text)}"}`;

  test("reads every form of value, decrypts secrets and completes the project's keys", async () => {
    const config = await configOf(
      [
        "config:",
        "  plain: yes it is",
        "  p:flag: true",
        "  p:config:old: 1.50",
        "  azure-native:location: westus",
        "  list: [1, {a: null}]",
        `  password: ${secure("hush hush")}`,
        `  nested: {user: me, token: ${secure("t0ken")}}`,
        "  empty:",
      ].join("\n"),
    );
    expect(Object.fromEntries(config)).toEqual({
      "azure-native:location": { text: "westus", secret: false, object: false },
      "p:empty": { text: "", secret: false, object: false },
      "p:flag": { text: "true", secret: false, object: false },
      "p:list": { text: '[1,{"a":null}]', secret: false, object: true },
      "p:nested": { text: '{"user":"me","token":"t0ken"}', secret: true, object: true },
      "p:old": { text: "1.5", secret: false, object: false },
      "p:password": { text: "hush hush", secret: true, object: false },
      "p:plain": { text: "yes it is", secret: false, object: false },
    });
    expect(listConfig(await project(), config)).toContainEqual({
      key: "nested",
      value: "[secret]",
      secret: true,
      object: true,
    });
    expect(listConfig(await project(), config, true)[0]).toMatchObject({ key: "azure-native:location" });
  });

  test.each([
    ["1e21", "1e+21"],
    ["0.00001", "1e-05"],
    ["-12.5", "-12.5"],
    ["0x10", "16"],
  ])("reads the number %s as the text %s, as Go prints it", async (written, expected) => {
    expect((await configOf(`config: {n: ${written}}`)).get("p:n")?.text).toBe(expected);
  });

  test("applies the project's defaults and types and reports all mistakes at once", async () => {
    const declarations = [
      "config:",
      "  count: {type: integer}",
      "  list: {type: array, items: {type: string}}",
      "  must: {type: string, description: who}",
      "  shape: {type: object, default: {a: 1}}",
      "  port: 8080",
      "  key: {type: string, secret: true}",
    ].join("\n");
    const good = `config: {count: "5", list: [a], must: 12, key: ${secure("k")}}`;
    const config = await configOf(good, declarations);
    expect([...config].map(([key, { text }]) => `${key}=${text}`)).toEqual([
      "p:count=5",
      "p:key=k",
      'p:list=["a"]',
      "p:must=12",
      "p:port=8080",
      'p:shape={"a":1}',
    ]);
    const bad = `config: {count: ${secure("five")}, list: [a, 2], key: open, shape: []}`;
    await expect(configOf(bad, declarations)).rejects.toThrow(
      [
        'configuration of stack "dev" is not valid:',
        "p:count: expected an integer, got [secret]",
        "p:list[1]: expected a string, got 2",
        `p:must is missing (who); set it in ${stackFile}`,
        "p:shape: expected an object, got []",
        "p:key is declared secret, but not encrypted; use `config set --secret key`",
      ].join("\n  "),
    );
  });

  test.each([
    ["environment: [prod]\n", "ESC environments are not supported"],
    ["secretsprovider: awskms://x\n", 'secrets provider "awskms://x" is not supported'],
    ["config: [1]\n", 'Pulumi.dev.yaml:1:9: "config": expected a mapping of keys to values'],
    ["config: {a: [1, 2\n  b: 3\n", /Pulumi\.dev\.yaml:1:17: malformed YAML/],
    ["config: {a:b:c: 1}\n", '"a:b:c" is not a configuration key'],
    ['config: {a: {secure: "v1:AAAA:AAAA"}}\n', "p:a: its secure value cannot be decrypted"],
  ])("rejects %j", async (text, expected) => {
    await expect(configOf(text)).rejects.toThrow(expected);
  });
});

describe("configuration edits", () => {
  const start = [
    "# who runs this",
    "config:",
    "  # where",
    "  azure-native:location: westus # near",
    "  p:deep:",
    "    list:",
    "      - one",
    "    flag: false",
    "  p:old: { secure: v1:AAAA:AAAA }",
    "",
  ].join("\n");
  const edited = async (
    key: string,
    value: string | undefined,
    options = {},
    from = start,
  ): Promise<string> => {
    writeFileSync(stackFile, from);
    const read = await project();
    if (value === undefined) await removeConfig(read, "dev", key, (options as { path?: boolean }).path);
    else await setConfig(read, "dev", key, value, options);
    return readFileSync(stackFile, "utf8");
  };
  const path = { path: true };

  test.each<[string, string, string | undefined, object, string, string]>([
    ["a new key", "new", "true", {}, "AAAA }\n", 'AAAA }\n  p:new: "true"\n'],
    ["a number is stored as text", "new", "5", {}, "AAAA }\n", 'AAAA }\n  p:new: "5"\n'],
    ["a key of another namespace", "x:y", "z", {}, "AAAA }\n", "AAAA }\n  x:y: z\n"],
    ["an existing key", "azure-native:location", "eastus", {}, "westus", "eastus"],
    ["a plain value replaces a secret", "old", "seen", {}, "{ secure: v1:AAAA:AAAA }", "seen"],
    ["an element", "deep.list[0]", "two", path, "one", "two"],
    ["an element at the end", "deep.list[1]", "2", path, "one\n", "one\n      - 2\n"],
    ["a boolean keeps its type in a structure", "deep.flag", "true", path, "flag: false", "flag: true"],
    ["leading zeros are text", "deep.flag", "007", path, "flag: false", 'flag: "007"'],
    ["a new path", 'p:deep["a.b"].c', "d", path, "flag: false\n", "flag: false\n    a.b:\n      c: d\n"],
    ["a structure replaces a value", "old.x", "1", path, " { secure: v1:AAAA:AAAA }", "\n    x: 1"],
    ["removing a key", "deep", undefined, {}, "  p:deep:\n    list:\n      - one\n    flag: false\n", ""],
    ["removing an element", "deep.list[0]", undefined, path, "list:\n      - one\n", "list: []\n"],
    ["removing a missing key", "nothing.at.all", undefined, path, "", ""],
  ])(
    "%s; comments and all other content stay unchanged",
    async (_what, key, value, options, before, after) => {
      expect(await edited(key, value, options)).toBe(start.replace(before, after));
    },
  );

  test("creates the file with the first value and removes the section with the last one", async () => {
    rmSync(stackFile);
    const read = await project();
    await setConfig(read, "dev", "a", "1");
    expect(readFileSync(stackFile, "utf8")).toBe('config:\n  p:a: "1"\n');
    expect(await removeConfig(read, "dev", "a")).toBe(true);
    expect(await removeConfig(read, "dev", "a")).toBe(false);
    expect((await readStackSettings(read, "dev")).values).toEqual({});
  });

  test("encrypts a secret and writes the salt with the first one", async () => {
    const text = await edited("password", "hush hush", { crypter });
    expect(text.startsWith(`encryptionsalt: ${crypter.salt}\n`)).toBe(true);
    expect(text).not.toContain("hush hush");
    const again = await edited("deep.token", "123456", { crypter, path: true }, text);
    expect(again.split("encryptionsalt").length).toBe(2);
    const read = await project();
    await removeConfig(read, "dev", "old");
    const config = resolveConfig(read, "dev", await readStackSettings(read, "dev"), crypter);
    expect(config.get("p:password")).toEqual({ text: "hush hush", secret: true, object: false });
    expect(getConfig(read, config, "deep.token", true)).toEqual({
      text: "123456",
      secret: true,
      object: false,
    });
    expect(getConfig(read, config, "deep.list", true)).toMatchObject({ text: '["one"]', object: true });
    expect(getConfig(read, config, "azure-native:location")?.text).toBe("westus");
    expect(getConfig(read, config, "deep.list[1]", true)).toBeUndefined();
  });

  test("writes a lone salt first and moves nothing else", async () => {
    writeFileSync(stackFile, start);
    await writeSalt(await readStackSettings(await project(), "dev"), "v1:s:v1:n:t");
    expect(readFileSync(stackFile, "utf8")).toContain("encryptionsalt: v1:s:v1:n:t\n");
    expect(readFileSync(stackFile, "utf8")).toContain(start.slice(start.indexOf("config:")));
  });

  test.each([
    ["a:b:c", {}, '"a:b:c" is not a configuration key'],
    ["deep.flag.more", path, 'cannot set "deep.flag.more": expected a map before more'],
    ["deep.flag[0]", path, "expected an array before 0"],
    ["deep.list[5]", path, "array index 5 out of range (there are 1)"],
    ["deep.list.x", path, "for an array must be a number"],
    ["deep[0]", path, "for a map must be a name"],
    ["deep.secure", path, 'maps with the single key "secure" are reserved'],
    ["deep..", path, "invalid configuration key"],
    ["[0]", path, "does not begin with a name"],
  ])("rejects %s and writes nothing", async (key, options, expected) => {
    await expect(edited(key, "x", options)).rejects.toMatchObject({ code: "config" });
    await expect(edited(key, "x", options)).rejects.toThrow(expected);
    expect(readFileSync(stackFile, "utf8")).toBe(start);
  });
});
