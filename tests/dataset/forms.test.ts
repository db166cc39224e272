import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openEngine } from "../../dataset/duckdb";
import { run } from "./testHub";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "forms-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const write = (name: string, text: string | Buffer): Promise<void> => writeFile(join(directory, name), text);
const prepare = (file: string, ...args: string[]) =>
  run({ endpoint: "http://127.0.0.1:9", directory }, [
    ...["--download_dir", "out", "--checks", "off", "--files", `train=${file}`],
    ...args,
  ]);
const talks = async (): Promise<string[][]> =>
  (await readFile(join(directory, "out", "train.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) =>
      (JSON.parse(line) as { messages: Array<{ role: string; content: string }> }).messages.map(
        ({ role, content }) => `${role}: ${content}`,
      ),
    );
const ok = async (file: string, ...args: string[]): Promise<{ out: string; rows: string[][] }> => {
  const { code, err, out } = await prepare(file, ...args);
  expect([code, err]).toEqual([0, ""]);
  return { out, rows: await talks() };
};
const fails = async (file: string, ...args: string[]): Promise<string> => {
  const { code, err } = await prepare(file, ...args);
  expect(code).toBe(1);
  expect(err).not.toMatch(/\n\s+at /);
  return err;
};

const pairs = [
  { prompt: "Café?", completion: 'Oui,\n[1] "so"' },
  { prompt: "42", completion: "true" },
  { prompt: "B", completion: '{"a": 1}' },
];
const expected = pairs.map(({ prompt, completion }) => [`user: ${prompt}`, `assistant: ${completion}`]);
const csv = (separator: string, end = "\n"): string =>
  [["prompt", "completion"], ...pairs.map(({ prompt, completion }) => [prompt, completion])]
    .map((fields) => fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(separator) + end)
    .join("");
const lines = pairs.map((row) => JSON.stringify(row)).join("\n");
const bom = Buffer.from("\ufeff");

describe("the same rows are read from", () => {
  test.each<[string, string, string | Buffer, string]>([
    ["JSON lines", "a.jsonl", lines, "a.jsonl: JSON lines, rows in the format prompt-completion"],
    ["JSON lines in a .json file", "a.json", lines, "a.json: JSON lines"],
    ["a JSON array", "a.json", JSON.stringify(pairs), "a.json: JSON array"],
    ["a pretty-printed JSON array", "a.json", `\n${JSON.stringify(pairs, undefined, 2)}\n`, "JSON array"],
    [
      "pretty-printed objects",
      "a.json",
      pairs.map((row) => JSON.stringify(row, undefined, 2)).join("\n"),
      "JSON objects",
    ],
    ["a gzip JSON array", "a.json.gz", gzipSync(JSON.stringify(pairs)), "a.json.gz: JSON array, gzip"],
    ["gzip JSON lines", "a.jsonl.gz", gzipSync(lines), "a.jsonl.gz: JSON lines, gzip"],
    ["a CSV table", "a.csv", csv(","), "a.csv: CSV"],
    ["a CSV table with semicolons", "a.csv", csv(";"), "a.csv: CSV"],
    ["a CSV table with CR only", "a.csv", csv(",", "\r"), "a.csv: CSV"],
    ["a CSV table with CRLF", "a.csv", csv(",", "\r\n"), "a.csv: CSV"],
    ["a tab-separated table", "a.tsv", csv("\t"), "a.tsv: CSV"],
    ["a gzip CSV table", "a.csv.gz", gzipSync(csv(",")), "a.csv.gz: CSV, gzip"],
    ["UTF-8 with a byte order mark", "a.csv", Buffer.concat([bom, Buffer.from(csv(","))]), "a.csv: CSV"],
    ["UTF-16 with a byte order mark", "a.csv", Buffer.from(`\ufeff${csv(",")}`, "utf16le"), "CSV, utf-16le"],
    [
      "UTF-16 JSON",
      "a.json",
      Buffer.from(`\ufeff${JSON.stringify(pairs)}`, "utf16le"),
      "JSON array, utf-16le",
    ],
  ])("%s", async (_name, file, content, recognized) => {
    await write(file, content);
    const { out, rows } = await ok(file);
    expect(rows).toEqual(expected);
    expect(out).toContain(recognized);
  });

  test("zstd", async () => {
    await write("a.jsonl", lines);
    const engine = await openEngine(directory);
    const path = join(directory, "a.jsonl.zst");
    await engine.rows(
      `COPY (SELECT * FROM read_json('${join(directory, "a.jsonl")}')) TO '${path}' (FORMAT json, COMPRESSION zstd)`,
    );
    await engine.rows(
      `COPY (SELECT * FROM read_json('${path}')) TO '${join(directory, "a.parquet")}' (FORMAT parquet)`,
    );
    engine.close();
    const { out, rows } = await ok("a.jsonl.zst");
    expect(rows).toEqual(expected);
    expect(out).toContain("a.jsonl.zst: JSON lines, zstd");
    expect((await ok("a.parquet")).rows).toEqual(expected);
  });
});

describe("the encoding of a text file", () => {
  test("is UTF-8 unless it is stated, and another one is refused with its position and a guess", async () => {
    for (const [file, text] of [
      ["a.csv", csv(",")],
      ["a.jsonl", lines],
    ] as const) {
      const bytes = Buffer.from(text, "latin1");
      await write(file, bytes);
      expect(await fails(file)).toContain(
        `[BadFile]: ${file} is not UTF-8: invalid bytes at position ${bytes.indexOf(0xe9)}; it looks like windows-1252`,
      );
      expect((await ok(file, "--encoding", "windows-1252")).rows).toEqual(expected);
    }
  });

  test("must fit the file", async () => {
    await write("a.csv", csv(","));
    expect(await fails("a.csv", "--encoding", "utf-16le")).toMatch(/is not utf-16le|binary|neither a column/);
  });
});

describe("common formats are recognized:", () => {
  test("alpaca, whose input vanishes when it is empty", async () => {
    const rows = [
      { instruction: "Add.", input: "1 2", output: "3" },
      { instruction: "Hi", input: "", output: "Hello" },
    ];
    await write("a.json", JSON.stringify(rows));
    const { out, rows: found } = await ok("a.json");
    expect(found).toEqual([
      ["user: Add.\n\n1 2", "assistant: 3"],
      ["user: Hi", "assistant: Hello"],
    ]);
    expect(out).toContain("rows in the format alpaca");
  });

  test("sharegpt, with a column that is not used", async () => {
    const conversations = [
      { from: "system", value: "Be kind." },
      { from: "human", value: "Q" },
      { from: "gpt", value: "A" },
    ];
    await write("a.json", JSON.stringify([{ id: "x", conversations }]));
    const { out, rows } = await ok("a.json");
    expect(rows).toEqual([["system: Be kind.", "user: Q", "assistant: A"]]);
    expect(out).toContain("rows in the format sharegpt; columns not used: id");
  });

  test("openai, with text parts; turns of tools are refused, or dropped by choice", async () => {
    const parts = [{ type: "text", text: "Q" }];
    const answer = { role: "assistant", content: "A" };
    const tool = [
      { role: "assistant", content: null, tool_calls: [{ id: "1" }] },
      { role: "tool", content: "7", tool_call_id: "1" },
    ];
    const rows = [
      { messages: [{ role: "user", content: parts }, answer] },
      { messages: [{ role: "user", content: "Q" }, ...tool, answer] },
    ];
    await write("a.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
    expect(await fails("a.jsonl")).toContain("train, row 1: messages[1].content is null, must be a string");
    expect((await ok("a.jsonl", "--tool-turns", "drop", "--format", "openai")).rows).toEqual([
      ["user: Q", "assistant: A"],
      ["user: Q", "assistant: A"],
    ]);
  });

  test("own templates, with names of any characters", async () => {
    await write("a.csv", '"Frage, kurz",größe x,Antwort\nQ,5,A\nR,,B\n');
    const columns = JSON.stringify({ prompt: "{Frage, kurz} ({größe x})", completion: "Antwort" });
    const { rows } = await ok("a.csv", "--columns", columns);
    expect(rows).toEqual([
      ["user: Q (5)", "assistant: A"],
      ["user: R)", "assistant: B"],
    ]);
  });
});

describe("refuses", () => {
  test.each<[string, string, string | Buffer, string]>([
    ["an empty file", "a.jsonl", "", "a.jsonl is empty"],
    ["a table with a header only", "a.csv", "prompt,completion\n", "a.csv contains no row"],
    ["an empty array", "a.json", "[]", "a.json contains no row"],
    [
      "an array that ends early",
      "a.json",
      '[{"prompt":"Q","completion":"A"},{"prom',
      "a.json ends within record 2",
    ],
    ["duplicate columns", "a.csv", "prompt,prompt\n1,2\n", 'a.csv has two columns "prompt"'],
    ["a binary file", "a.jsonl", Buffer.from([0x7b, 0, 1, 2]), "a.jsonl is a binary file"],
    [
      "a zip archive",
      "a.csv",
      Buffer.from("504b030414000000", "hex"),
      "a.csv is a zip archive (such as .xlsx)",
    ],
    [
      "damaged gzip",
      "a.jsonl.gz",
      gzipSync(lines).subarray(0, 30),
      "a.jsonl.gz cannot be decompressed (gzip)",
    ],
    [
      "an encrypted parquet file",
      "a.parquet",
      Buffer.from(`PARE${"x".repeat(20)}\x04\0\0\0PARE`),
      "a.parquet is an encrypted parquet file",
    ],
    [
      "a content of another type",
      "a.jsonl",
      '{"messages":[{"role":"user","content":5}]}',
      "messages[0].content is a number, must be a string",
    ],
    [
      "a list as content",
      "a.jsonl",
      '{"prompt":["x"],"completion":"A"}',
      "messages[0].content is a list, must be a string",
    ],
    [
      "an object as message text",
      "a.jsonl",
      '{"messages":[{"role":"user","content":{"a":1}}]}',
      "messages[0].content is an object",
    ],
    [
      "half of a surrogate pair",
      "a.jsonl",
      '{"prompt":"\\ud800","completion":"A"}',
      "messages[0].content contains half of a surrogate pair",
    ],
  ])("%s", async (_name, file, content, message) => {
    await write(file, content);
    expect(await fails(file)).toContain(message);
  });

  test("a directory and a pipe", async () => {
    await mkdir(join(directory, "d.jsonl"));
    execFileSync("mkfifo", [join(directory, "p.jsonl")]);
    expect(await fails("d.jsonl")).toContain("d.jsonl is a directory, not a file");
    expect(await fails("p.jsonl")).toContain("p.jsonl is a pipe, not a file");
  });

  test("too many skipped rows, with the commonest reasons", async () => {
    const bad = JSON.stringify({ prompt: "", completion: "A" });
    await write("a.jsonl", `${lines}\n${bad}\n${bad}\nnonsense\n`);
    const err = await fails("a.jsonl", "--on-bad-row", "skip");
    expect(err).toContain(
      "train: 3 of 6 rows are bad, more than 5 %\n  2 × messages.content is empty\n  1 × is not JSON",
    );
    await write("b.jsonl", bad);
    expect(await fails("b.jsonl", "--on-bad-row", "skip", "--max-bad-rows", "100")).toContain(
      "and none is left",
    );
  });

  test("a row longer than 16 MB by its line, and reads the others", async () => {
    const long = JSON.stringify({ prompt: "x".repeat(17 << 20), completion: "A" });
    await write("a.jsonl", `${lines}\n${long}\n${lines}\n`);
    expect(await fails("a.jsonl")).toContain("train, row 3: is longer than 16 MB (a.jsonl, line 4)");
    const { code } = await prepare("a.jsonl", "--on-bad-row", "skip", "--max-bad-rows", "20");
    expect([code, await talks()]).toEqual([0, [...expected, ...expected]]);
  });

  test("a bad row of a parquet file with file and row", async () => {
    const engine = await openEngine(directory);
    await engine.rows(
      `COPY (SELECT 'Q' AS prompt, CASE range WHEN 7 THEN '' ELSE 'A' END AS completion FROM range(9)) TO '${join(directory, "a.parquet")}' (FORMAT parquet)`,
    );
    engine.close();
    expect(await fails("a.parquet")).toContain(
      "train, row 7: messages[1].content is empty (a.parquet, row 7)",
    );
  });
});
