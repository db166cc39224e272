import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { splitNames } from "../../dataset/splitNames";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "inspect-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const inspect = async (name: string, text: string | Buffer, more: object = {}): Promise<unknown> => {
  await writeFile(join(directory, name), text);
  const found = await splitNames({ files: { train: [name] }, ...more }, {}, directory).catch(
    (error: unknown) => error,
  );
  expect(await readdir(directory)).toEqual([name]);
  return found;
};

test("a preview looks into local files, and writes nothing", async () => {
  const rows = Array.from({ length: 20 }, (_, index) =>
    JSON.stringify({ prompt: `Q${index}`, completion: "A" }),
  );
  expect(await inspect("a.jsonl", rows.join("\n"))).toEqual(["train"]);
});

test.each<[string, string, string | Buffer, object, string, string]>([
  ["a wrong column", "a.csv", "question,answer\nQ,A\n", {}, "SchemaMismatch", "2 columns"],
  [
    "a wrong mapping",
    "a.jsonl",
    '{"q":"Q","a":"A"}',
    { columns: { prompt: "x", completion: "a" } },
    "SchemaMismatch",
    'no column "x"',
  ],
  [
    "another encoding",
    "a.csv",
    Buffer.from("prompt,completion\nCaf\xe9,A\n", "latin1"),
    {},
    "BadFile",
    "windows-1252",
  ],
  [
    "unknown roles, without their names",
    "a.jsonl",
    '{"messages":[{"role":"geheim","content":"Q"}]}',
    {},
    "BadRow",
    "map other names",
  ],
])("a preview reports %s", async (_name, file, text, more, code, message) => {
  const error = (await inspect(file, text, more)) as { code: string; message: string };
  expect(error.code).toBe(code);
  expect(error.message).toContain(message);
  expect(error.message).not.toMatch(/question|geheim|Caf/);
});
