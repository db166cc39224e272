import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openEngine } from "../../dataset/duckdb";
import type { DatasetError } from "../../dataset/errors";
import { splitNames } from "../../dataset/splitNames";

let directory: string;
let warnings: string[];
let notes: string[];
let problems: DatasetError[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "inspect-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const inspectFiles = async (files: Record<string, string | Buffer>, more: object = {}): Promise<unknown> => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  [warnings, notes, problems] = [[], [], []];
  const splits = Object.fromEntries(Object.keys(files).map((name) => [name.replace(/\..*/, ""), [name]]));
  const found = await splitNames({ files: splits, ...more }, {}, directory, {
    // The note about a tokenizer that is not set is tested with tokens (previewTokens.test.ts).
    info: (line) => line.startsWith("Data of ") && notes.push(line),
    warn: (line) => warnings.push(line),
    problem: (error) => problems.push(error),
  }).catch((error: unknown) => error);
  expect(await readdir(directory)).toEqual(Object.keys(files));
  return problems[0] ?? found;
};

/** Looks into one file, as the split train. */
const inspect = (name: string, text: string | Buffer, more: object = {}): Promise<unknown> =>
  inspectFiles({ [name]: text }, { files: { train: [name] }, ...more });

const pair = (prompt: string, completion: string): string => JSON.stringify({ prompt, completion });

test("a preview looks into local files, and writes nothing", async () => {
  const rows = Array.from({ length: 1200 }, (_, index) => pair(`Q${index}`, "A"));
  expect(await inspect("a.jsonl", rows.slice(0, 20).join("\n"))).toEqual(["train"]);
  expect(notes).toEqual([
    "Data of train: a.jsonl: JSON lines, rows in the format prompt-completion; all 20 rows checked",
  ]);
  await inspect("a.jsonl", rows.join("\n"));
  expect(notes).toEqual([expect.stringMatching(/; the first 1,000 rows checked$/)]);
});

test.each([
  [";", "CSV with semicolons"],
  ["\t", "CSV with tabs"],
  ["|", "CSV with |"],
  [",", "CSV"],
])("a preview names the separator %j of a table", async (separator, form) => {
  await inspect("a.csv", ["prompt,completion", "Q,A", ""].join("\n").replaceAll(",", separator));
  expect(notes).toEqual([expect.stringContaining(`a.csv: ${form}, rows in the format`)]);
});

test("a preview reports the problems of all files", async () => {
  await inspectFiles({ "a.jsonl": "", "b.csv": "question,answer\nQ,A\n", "c.jsonl": pair("Q", "A") });
  expect(problems.map(({ message }) => message)).toEqual([
    "a.jsonl is empty",
    expect.stringContaining("b.csv has neither a column"),
  ]);
});

describe("bad rows in a preview", () => {
  const rows = (bad: number, of: number): string =>
    Array.from({ length: of }, (_, index) => pair(`Q${index}`, index < bad ? "" : "A")).join("\n");

  test("are counted if they are left out or kept", async () => {
    await inspect("a.jsonl", rows(4, 100), { onBadRow: "skip" });
    expect([problems, warnings]).toEqual([
      [],
      [
        expect.stringMatching(
          /^train: 4 of 100 rows are bad and left out \(dataset.onBadRow: skip\): 4 × .*is empty\.$/,
        ),
      ],
    ]);
    await inspect("a.jsonl", rows(8, 100), { onBadRow: "report" });
    expect(warnings).toEqual([expect.stringContaining("8 of 100 rows are bad and kept")]);
  });

  test("stop it if up would stop", async () => {
    await inspect("a.jsonl", rows(8, 100), { onBadRow: "skip" });
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("train: 8 of 100 rows are bad, more than 5 %"),
    ]);
    await inspect("a.jsonl", rows(3, 3), { onBadRow: "skip", maxBadRows: 100 });
    expect(problems).toEqual([
      expect.objectContaining({
        message: expect.stringContaining("3 of 3 rows are bad, and none is left") as string,
        remedy: "Correct the rows or the mapping of columns and roles.",
      }),
    ]);
  });

  test("do not stop it if the file has more rows", async () => {
    await inspect("a.jsonl", rows(100, 2000), { onBadRow: "skip" });
    expect([problems, warnings]).toEqual([
      [],
      [expect.stringMatching(/100 of the first 1,000 rows .* up stops if .* more than 5 % of all rows/)],
    ]);
  });
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
  const text = [
    pair("Who?", "Me."),
    pair("Who?", "Me."),
    pair("Key?", `It is ${secret}.`),
    pair("What?", "N/A"),
  ];

  test("is reported by counts and row numbers, without values", async () => {
    expect(await inspect("a.jsonl", text.join("\n"))).toEqual(["train"]);
    expect(warnings).toEqual([
      expect.stringContaining(
        "duplicates: 1 of 4 rows of train, a.jsonl (row 1, counted from 0) repeat an earlier row",
      ),
      expect.stringContaining("emptyAnswers: 1 of 4 rows of train, a.jsonl (row 3, counted from 0)"),
      expect.stringContaining("secrets: 1 of 4 rows of train, a.jsonl (row 2, counted from 0)"),
    ]);
    expect(warnings.join()).not.toMatch(/ghp_|Who|Key/);
  });

  test("stops at a finding at which up would stop, and at none with checks that are off", async () => {
    const checks = { secrets: "fail", duplicates: "off", emptyAnswers: "off" };
    await inspect("a.jsonl", text.join("\n"), { checks });
    expect([warnings, problems]).toEqual([[], [expect.objectContaining({ code: "Quality" })]]);
    expect(problems[0]?.message).toContain("secrets: 1 of 4 rows of train, a.jsonl (row 2, counted from 0)");
    // The rows can be outside of the slice.
    await inspect("a.jsonl", text.join("\n"), { checks, splitPercent: 50 });
    expect([warnings, problems]).toEqual([
      [expect.stringContaining("Its level is fail: up stops here.")],
      [],
    ]);
    await inspect("a.jsonl", text.join("\n"), { checks: "off" });
    expect(warnings).toEqual([]);
  });

  test("finds rows of a test file that are also in the training file", async () => {
    const files = {
      "test.jsonl": [pair("Why?", "So."), pair("Who?", "Me.")].join("\n"),
      "train.jsonl": text.join("\n"),
    };
    await inspectFiles(files, { checks: { duplicates: "off", secrets: "off", emptyAnswers: "off" } });
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining(
        "overlap: 1 of 2 rows of test, test.jsonl (row 1, counted from 0) are also in train.",
      ),
    ]);
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
          /length: 1 of 2 rows of train, a.jsonl are longer than the model's context of 100 tokens\. dataset.onLongRow is drop: up leaves them out\.$/,
        ),
      ]);
      await inspect("a.jsonl", rows, { tokenizer: model });
      expect(warnings).toEqual([expect.stringMatching(/context of 100 tokens; [\d,]+ tokens are cut/)]);
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
    expect(warnings).toContainEqual(
      expect.stringContaining("secrets: 1 of 4 rows of train, a.parquet (row 2, counted from 0)"),
    );
  });
});
