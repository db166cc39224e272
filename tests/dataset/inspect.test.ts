import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openEngine } from "../../dataset/duckdb";
import { splitNames } from "../../dataset/splitNames";

let directory: string;
let warnings: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "inspect-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const inspect = async (name: string, text: string | Buffer, more: object = {}): Promise<unknown> => {
  await writeFile(join(directory, name), text);
  warnings = [];
  const warn = (line: string): number => warnings.push(line);
  const found = await splitNames({ files: { train: [name] }, ...more }, {}, directory, warn).catch(
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

describe("the quality of the first rows", () => {
  const secret = `ghp_${"aB3".repeat(12)}`;
  const pair = (prompt: string, completion: string): string => JSON.stringify({ prompt, completion });
  const text = [
    pair("Who?", "Me."),
    pair("Who?", "Me."),
    pair("Key?", `It is ${secret}.`),
    pair("What?", "N/A"),
  ];

  test("is reported by counts and row numbers, without values", async () => {
    expect(await inspect("a.jsonl", text.join("\n"))).toEqual(["train"]);
    expect(warnings).toEqual([
      expect.stringContaining("duplicates: 1 of 4 rows of train (a.jsonl) (1) repeat an earlier row"),
      expect.stringContaining("emptyAnswers: 1 of 4 rows of train (a.jsonl) (3)"),
      expect.stringContaining("secrets: 1 of 4 rows of train (a.jsonl) (2)"),
    ]);
    expect(warnings.join()).not.toMatch(/ghp_|Who|Key/);
  });

  test("names a finding that stops up, and none with checks that are off", async () => {
    await inspect("a.jsonl", text.join("\n"), {
      checks: { secrets: "fail", duplicates: "off", emptyAnswers: "off" },
    });
    expect(warnings).toEqual([expect.stringContaining("With the level fail, up stops here.")]);
    await inspect("a.jsonl", text.join("\n"), { checks: "off" });
    expect(warnings).toEqual([]);
  });

  test("estimates rows and tokens over the context of a tokenizer", async () => {
    const model = await mkdtemp(join(tmpdir(), "model-"));
    try {
      await cp(resolve(__dirname, "../../local/trainer/base/tokenizer.json"), join(model, "tokenizer.json"));
      await writeFile(join(model, "config.json"), JSON.stringify({ max_position_embeddings: 100 }));
      const rows = [pair("Who?", "Me."), pair("Why?", "because ".repeat(200))].join("\n");
      await inspect("a.jsonl", rows, { tokenizer: model, onLongRow: "drop" });
      expect(warnings).toEqual([
        expect.stringMatching(
          /length: 1 of 2 rows of train \(a.jsonl\) .*context of 100 tokens; [\d,]+ tokens are cut/,
        ),
      ]);
      expect(warnings[0]).toContain(
        "an estimate from the first rows; up counts all rows. dataset.onLongRow is drop.",
      );
      expect(await inspect("a.jsonl", rows, { tokenizer: "none.json" })).toMatchObject({ code: "Tokenizer" });
    } finally {
      await rm(model, { recursive: true, force: true });
    }
  });

  test("is that of a parquet file too", async () => {
    const source = await mkdtemp(join(tmpdir(), "parquet-"));
    const engine = await openEngine(source);
    try {
      await writeFile(join(source, "a.json"), text.join("\n"));
      await engine.rows(
        `COPY (SELECT * FROM read_json('${source}/a.json')) TO '${source}/a.parquet' (FORMAT parquet)`,
      );
      await inspect("a.parquet", await readFile(join(source, "a.parquet")));
    } finally {
      engine.close();
      await rm(source, { recursive: true, force: true });
    }
    expect(warnings).toContainEqual(expect.stringContaining("secrets: 1 of 4 rows of train (a.parquet) (2)"));
  });
});
