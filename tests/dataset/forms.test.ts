import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { jsonLines, ownFiles, pairs, table, talksOfPairs } from "./ownFiles";

const { copy, ok, path, write } = ownFiles();
const lines = jsonLines(pairs);
const pretty = JSON.stringify(pairs, undefined, 2);

describe("the same rows are read from", () => {
  test.each<[string, string, string | Buffer, string]>([
    ["JSON lines", "a.jsonl", lines, "a.jsonl: JSON lines, rows in the format prompt-completion"],
    [
      "JSON lines with empty lines and CRLF",
      "a.ndjson",
      `\n${lines.replaceAll("\n", "\r\n\r\n")}\r\n`,
      "JSON lines",
    ],
    ["JSON lines in a .json file", "a.json", lines, "a.json: JSON lines"],
    ["a JSON array", "a.json", JSON.stringify(pairs), "a.json: JSON array"],
    ["a pretty-printed JSON array", "a.json", `\n${pretty}\n`, "a.json: JSON array"],
    ["a JSON array in a .jsonl file", "a.jsonl", pretty, "a.jsonl: JSON array"],
    [
      "pretty-printed objects",
      "a.json",
      pairs.map((row) => JSON.stringify(row, undefined, 2)).join("\n"),
      "a.json: JSON objects",
    ],
    ["a gzip JSON array", "a.json.gz", gzipSync(pretty), "a.json.gz: JSON array, gzip"],
    ["gzip JSON lines", "a.jsonl.gz", gzipSync(lines), "a.jsonl.gz: JSON lines, gzip"],
    [
      "gzip JSON lines in two members",
      "a.jsonl.gz",
      Buffer.concat([gzipSync(lines.slice(0, 50)), gzipSync(lines.slice(50))]),
      "JSON lines, gzip",
    ],
    ["gzip JSON lines whose name does not say so", "a.jsonl", gzipSync(lines), "a.jsonl: JSON lines, gzip"],
    ["a CSV table", "a.csv", table(pairs), "a.csv: CSV"],
    ["a CSV table with semicolons", "a.csv", table(pairs, ";"), "a.csv: CSV"],
    ["a CSV table with vertical bars", "a.csv", table(pairs, "|"), "a.csv: CSV"],
    ["a CSV table with CR only", "a.csv", table(pairs, ",", "\r"), "a.csv: CSV"],
    ["a CSV table with CRLF", "a.csv", table(pairs, ",", "\r\n"), "a.csv: CSV"],
    ["a CSV table with empty lines", "a.csv", `\n${table(pairs, ",", "\n\n")}`, "a.csv: CSV"],
    ["a tab-separated table", "a.tsv", table(pairs, "\t"), "a.tsv: CSV"],
    ["a gzip CSV table", "a.csv.gz", gzipSync(table(pairs)), "a.csv.gz: CSV, gzip"],
  ])("%s", async (_name, file, content, recognized) => {
    await write(file, content);
    const { out, rows } = await ok(file);
    expect(rows).toEqual(talksOfPairs);
    expect(out).toContain(recognized);
  });

  test("zstd, also in several frames", async () => {
    await write("a.jsonl", lines);
    const source = `SELECT * FROM read_json('${path("a.jsonl")}')`;
    await copy(source, "a.jsonl.zst", "FORMAT json, COMPRESSION zstd");
    const { out, rows } = await ok("a.jsonl.zst");
    expect(rows).toEqual(talksOfPairs);
    expect(out).toContain("a.jsonl.zst: JSON lines, zstd");
    const frame = await readFile(path("a.jsonl.zst"));
    await write("b.jsonl.zst", Buffer.concat([frame, frame]));
    expect((await ok("b.jsonl.zst")).rows).toEqual([...talksOfPairs, ...talksOfPairs]);
    await copy(source, "a.json.zst", "FORMAT json, ARRAY true, COMPRESSION zstd");
    expect((await ok("a.json.zst")).out).toContain("a.json.zst: JSON array, zstd");
    await copy(source, "a.csv.zst", "FORMAT csv, COMPRESSION zstd");
    const csv = await ok("a.csv.zst");
    expect(csv.rows).toEqual(talksOfPairs);
    expect(csv.out).toContain("a.csv.zst: CSV, zstd");
  });

  test.each(["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"])(
    "parquet compressed with %s",
    async (codec) => {
      await write("a.jsonl", lines);
      await copy(
        `SELECT * FROM read_json('${path("a.jsonl")}')`,
        "a.parquet",
        `FORMAT parquet, COMPRESSION ${codec}`,
      );
      const { out, rows } = await ok("a.parquet");
      expect(rows).toEqual(talksOfPairs);
      expect(out).toContain("a.parquet: parquet, rows in the format prompt-completion");
    },
  );

  test("parquet of one row group and of many, and a part of either", async () => {
    const query = `SELECT 'Q' || range AS prompt, 'A' || range AS completion FROM range(5000)`;
    await copy(query, "one.parquet", "FORMAT parquet, ROW_GROUP_SIZE 100000");
    await copy(query, "many.parquet", "FORMAT parquet, ROW_GROUP_SIZE 2048");
    const expected = Array.from({ length: 5000 }, (_, row) => [`user: Q${row}`, `assistant: A${row}`]);
    for (const file of ["one.parquet", "many.parquet"]) {
      expect((await ok(file)).rows).toEqual(expected);
      expect((await ok(file, "--dataset_split_pc", "50")).rows).toEqual(expected.slice(0, 2500));
    }
  });
});

// A file is read a megabyte at a time. Each case puts something of several bytes on that limit.
test("a character, escape, doubled quote or line end that two reads divide is read whole", async () => {
  const special = 'é"\\\\"\r\n\\"😀\n""';
  const limit = 1 << 20;
  for (let back = 0; back <= 24; back++) {
    // The text begins after `{"prompt":"` or the table's header and quote; an escape is up to two bytes a character.
    const prompt = `${"x".repeat(limit - 24 - back)}${special}${"y".repeat(40)}`;
    const rows = [
      { prompt, completion: special },
      { prompt: "Q", completion: "A" },
    ];
    const expected = rows.map((row) => [`user: ${row.prompt}`, `assistant: ${row.completion}`]);
    for (const [file, content] of [
      ["a.jsonl", jsonLines(rows)],
      ["a.json", JSON.stringify(rows)],
      ["a.csv", table(rows, ",", "\r\n")],
    ] as const) {
      await write(file, content);
      expect({
        file,
        back,
        isEqual: JSON.stringify((await ok(file)).rows) === JSON.stringify(expected),
      }).toEqual({
        file,
        back,
        isEqual: true,
      });
    }
  }
});

describe("a table", () => {
  test("keeps a carriage return at the end of the last quoted field, and drops that of an unquoted line end", async () => {
    await write("a.csv", 'prompt,completion\r\nQ,"A\r"\r\nR,"B\r\n"\r\nS,C\r\n');
    expect((await ok("a.csv")).rows).toEqual([
      ["user: Q", "assistant: A\r"],
      ["user: R", "assistant: B\r\n"],
      ["user: S", "assistant: C"],
    ]);
  });

  test("may contain its separator, other separators and line ends of other systems in quoted fields", async () => {
    const rows = [{ prompt: "a;b,c\td|e\rf\r\ng\nh", completion: '""' }];
    for (const separator of [",", ";", "\t", "|"])
      for (const lineEnd of ["\n", "\r\n", "\r"]) {
        await write("a.csv", table(rows, separator, lineEnd));
        expect((await ok("a.csv")).rows).toEqual([[`user: ${rows[0]?.prompt}`, 'assistant: ""']]);
      }
  });
});

test("the columns that are not used are listed, in every kind of file", async () => {
  const rows = pairs.map((row) => ({ ...row, source: "x", größe: "5" }));
  await write("a.jsonl", jsonLines(rows));
  await write("a.json", JSON.stringify(rows));
  await write("a.csv", table(rows));
  await copy(`SELECT * FROM read_json('${path("a.jsonl")}')`, "a.parquet");
  for (const file of ["a.jsonl", "a.json", "a.csv", "a.parquet"])
    expect((await ok(file)).out).toContain(
      "rows in the format prompt-completion; columns not used: source, größe",
    );
});

test("several files of a split are read one after the other, whatever they are", async () => {
  await write("a.csv", "question,answer\nQ0,A0\n");
  await copy("SELECT 'Q1' AS question, 'A1' AS answer", "b.parquet");
  await write("c.json.gz", gzipSync(JSON.stringify([{ answer: "A2", question: "Q2" }])));
  await write("d.jsonl", Buffer.from('\ufeff{"question":"Q3","answer":"A3"}', "utf16le"));
  const more = ["b.parquet", "c.json.gz", "d.jsonl"].flatMap((file) => ["--files", `train=${file}`]);
  expect((await ok("a.csv", ...more, "--columns", "prompt=question,completion=answer")).rows).toEqual(
    [0, 1, 2, 3].map((row) => [`user: Q${row}`, `assistant: A${row}`]),
  );
});
