import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { commandLine } from "../../dataset/commandLine";
import { parseOptions } from "../../dataset/options";
import type { DatasetRequestInput } from "../../dataset/request";
import { config, problems } from "../config/support";
import { jsonLines, ownFiles, table } from "./ownFiles";

const { path, talks, write } = ownFiles();
const root = resolve(__dirname, "../..");

/** Runs the command of a stack in a shell, as Pulumi does. */
const runCommand = (request: DatasetRequestInput): void =>
  void execFileSync("sh", ["-c", commandLine({ ...request, directory: path("out") })], {
    cwd: root,
    stdio: "pipe",
  });

/** Columns of a table whose names are not words, by the field they are mapped to. */
const awkward = {
  prompt: '{Frage, kurz} ({größe x})\n\n{it\'s "so" $HOME}',
  completion: "réponse = 答え",
  system: "-lead|;&",
  prompt_id: "ид, №",
};
const header = [
  "Frage, kurz",
  "größe x",
  'it\'s "so" $HOME',
  awkward.completion,
  awkward.system,
  awkward.prompt_id,
];
const roles = { "роль, my": "user", "a b": "assistant" };

test("column names with spaces, commas, quotes and letters of any language go from a stack's configuration to the rows", async () => {
  await write("a.csv", table([Object.fromEntries(header.map((name, index) => [name, `v${index}`]))]));
  const { dataset } = config({
    dataset: { name: "mine/chats", files: { train: path("a.csv") }, columns: awkward, checks: "off" },
  });
  expect(dataset.columns).toEqual(awkward);
  const { name, files, columns, checks } = dataset;
  runCommand({ name, files, columns, checks });
  expect(await talks()).toEqual([["system: v4", "user: v0 (v1)\n\nv2", "assistant: v3"]]);
});

test("so do names of roles and keys of messages", async () => {
  const turn = (role: string, text: string) => ({ "wer?, wo": role, "das Wort": text });
  await write("a.jsonl", jsonLines([{ "die Liste": [turn("роль, my", "Q"), turn("a b", "A")] }]));
  const columns = { messages: "die Liste", role: "wer?, wo", content: "das Wort" };
  const { dataset } = config({
    dataset: { name: "mine/chats", files: { train: path("a.jsonl") }, columns, roles, checks: "off" },
  });
  const { name, files, checks } = dataset;
  const request = { name, files, checks, columns: dataset.columns, roles: dataset.roles };
  runCommand(request);
  expect(await talks()).toEqual([["user: Q", "assistant: A"]]);
});

test("the same names are taken by hand, as a list or as JSON", () => {
  for (const given of [
    "prompt=größe x, completion = réponse",
    '{"prompt": "größe x", "completion": "réponse"}',
  ])
    expect(parseOptions(["--files", "train=a.csv", "--columns", given])).toMatchObject({
      request: { columns: { prompt: "größe x", completion: "réponse" } },
    });
  expect(parseOptions(["--files", "train=a.csv", "--columns", JSON.stringify(awkward)])).toMatchObject({
    request: { columns: awkward },
  });
});

test("a name with a control character is refused by the stack", () => {
  expect(problems({ dataset: { columns: { prompt: "a\u0000b" } } })[0]).toContain("dataset.columns.prompt");
});
