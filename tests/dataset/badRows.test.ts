import { spawnSync } from "node:child_process";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { jsonLines, ownFiles, pairs, table, talksOfPairs } from "./ownFiles";

const { copy, fails, ok, path, prepare, talks, write } = ownFiles();
const skip = ["--on-bad-row", "skip"];
const good = (count: number) =>
  Array.from({ length: count }, (_, row) => ({ prompt: `Q${row}`, completion: "A" }));
const bad = { prompt: "", completion: "A" };

describe("bad rows are left out with skip", () => {
  test("up to 5 % of a split by default: the message names each, and the number is printed", async () => {
    await write("a.jsonl", jsonLines([...good(19), bad]));
    const { code, err, out } = await prepare("a.jsonl", ...skip);
    expect([code, err]).toEqual([0, "warning: skipped: train, row 19: prompt is empty (a.jsonl, line 20)\n"]);
    expect(out).toContain("19 of 20 rows");
    expect(out).toContain("1 bad rows skipped");
    expect(await talks()).toHaveLength(19);
    await write("a.jsonl", jsonLines([...good(18), bad]));
    expect(await fails("a.jsonl", ...skip)).toContain("train: 1 of 19 rows are bad, more than 5 %");
  });

  test("up to the configured share, and the commonest reasons are listed if there are more", async () => {
    await write("a.jsonl", `${jsonLines([...pairs, bad, bad])}\nnonsense\n`);
    const err = await fails("a.jsonl", ...skip, "--max-bad-rows", "49.9");
    expect(err).toContain(
      "[BadRow]: train: 3 of 6 rows are bad, more than 49.9 %\n  2 × prompt is empty\n  1 × is not JSON",
    );
    expect(err).toContain("--max-bad-rows (in a stack: dataset.maxBadRows)");
    expect((await prepare("a.jsonl", ...skip, "--max-bad-rows", "50")).code).toBe(0);
    expect(await talks()).toEqual(talksOfPairs);
  });

  test("but not if none is left, in any kind of file", async () => {
    await write("a.jsonl", jsonLines([bad]));
    await write("a.csv", table([bad]));
    await copy("SELECT '' AS prompt, 'A' AS completion", "a.parquet");
    for (const file of ["a.jsonl", "a.csv", "a.parquet"])
      expect(await fails(file, ...skip, "--max-bad-rows", "100")).toContain(
        "[BadRow]: train: 1 of 1 rows are bad, and none is left\n  1 × prompt is empty",
      );
  });
});

test("bad rows are kept with report, except those that cannot be read", async () => {
  await write("a.jsonl", `${jsonLines([pairs[0] as object, bad])}\nnonsense\n`);
  const { code, err } = await prepare("a.jsonl", "--on-bad-row", "report");
  expect(code).toBe(0);
  expect(err).toContain("kept bad row: train, row 1: prompt is empty (a.jsonl, line 2)");
  expect(err).toContain("train, row 2: is not JSON");
  expect(await talks()).toEqual([talksOfPairs[0], ["user: ", "assistant: A"]]);
});

describe("a bad row is reported with its file and place:", () => {
  test("the line of a table's row, behind fields with line ends and empty lines", async () => {
    for (const lineEnd of ["\n", "\r\n", "\r"]) {
      await write("a.csv", ["prompt,completion", '"Q', 'Q","A', '"', "", "R,", ""].join(lineEnd));
      expect(await fails("a.csv")).toContain("train, row 1: completion is empty (a.csv, line 6)");
    }
  });

  test("the record of a JSON array, with an element that is no JSON", async () => {
    await write("a.json", `[${JSON.stringify(pairs[0])},\n{"prompt": Q},\n${JSON.stringify(bad)}]`);
    const err = await fails("a.json");
    expect(err).toContain("[BadRow]: 2 bad rows (counted from 0)\n  train, row 1: is not JSON");
    expect(err).toContain("(a.json, record 2)\n  train, row 2: prompt is empty (a.json, record 3)");
  });

  test("the row of a parquet file, and the one of several files", async () => {
    const query = (row: number) =>
      `SELECT 'Q' AS prompt, CASE range WHEN ${row} THEN '' ELSE 'A' END AS completion FROM range(5000)`;
    await copy(query(-1), "a.parquet");
    await copy(query(4000), "b.parquet", "FORMAT parquet, ROW_GROUP_SIZE 2048");
    expect(await fails("a.parquet", "--files", "train=b.parquet")).toContain(
      "train, row 9000: completion is empty (b.parquet, row 4000)",
    );
  });
});

describe("a row over 16 MB", () => {
  const rows = [...pairs, { prompt: "x".repeat((16 << 20) + 1), completion: "A" }, ...pairs];

  test.each([
    ["JSON lines", "a.jsonl", "line 4", jsonLines],
    ["a JSON array", "a.json", "record 4", (all: object[]) => JSON.stringify(all)],
    [
      "JSON objects",
      "a.json",
      "record 4",
      (all: object[]) => all.map((row) => JSON.stringify(row, null, 1)).join("\n"),
    ],
  ])("of %s is a bad row by its place, and the others are read", async (_name, file, place, text) => {
    await write(file, text(rows));
    expect(await fails(file)).toContain(`train, row 3: is longer than 16 MB (${file}, ${place})`);
    const { code, err } = await prepare(file, ...skip, "--max-bad-rows", "20");
    expect([code, err]).toEqual([
      0,
      `warning: skipped: train, row 3: is longer than 16 MB (${file}, ${place})\n`,
    ]);
    expect(await talks()).toEqual([...talksOfPairs, ...talksOfPairs]);
  });

  test("of a table is a bad row by its line, and the others are read", async () => {
    const talk = ["user: Q", "assistant: A"];
    // Quotes, separators and line ends in the field; a field that a read divides; one that ends the file; a quote that begins no field.
    const texts = [
      `"${`""\n,""\r${"z".repeat(99_993)}`.repeat(200)}"`,
      `"${"x".repeat(17 << 20)}"`,
      `${"y".repeat((16 << 20) + 1)}`,
      `5" ${"y".repeat(17 << 20)}`,
    ];
    for (const lineEnd of ["\n", "\r\n", "\r"])
      for (const text of lineEnd === "\n" ? texts : texts.slice(0, 1)) {
        const rows = ["prompt,completion", "Q,A", `${text},"B`, 'C"', "Q,A", `Q,${text}`];
        await write("a.csv", rows.join(lineEnd));
        const { code, err } = await prepare("a.csv", ...skip, "--max-bad-rows", "50");
        const second = 6 + (text.startsWith('"""') ? 200 : 0);
        expect([code, err]).toEqual([
          0,
          "warning: skipped: train, row 1: is longer than 16 MB (a.csv, line 3)\n" +
            `warning: skipped: train, row 3: is longer than 16 MB (a.csv, line ${second})\n`,
        ]);
        expect(await talks()).toEqual([talk, talk]);
      }
  });

  test("of a table is an error if its quote is never closed", async () => {
    await write("a.csv", `prompt,completion\nQ,A\nQ,"${"x".repeat(20 << 20)}\nQ,A\n`);
    expect(await fails("a.csv", ...skip)).toContain(
      "[BadFile]: a.csv cannot be read: the quote opened on line 3 is never closed",
    );
  });

  test("of parquet is a bad row by its place, and the others are read", async () => {
    const text = `CASE range WHEN 3 THEN repeat('x', ${17 << 20}) ELSE 'A' || range END`;
    const talk = (row: number): string[] => ["user: Q", `assistant: A${row}`];
    for (const [file, columns] of [
      ["pairs.parquet", `'Q' AS prompt, ${text} AS completion`],
      ["lists.parquet", `[{role: 'user', content: 'Q'}, {role: 'assistant', content: ${text}}] AS messages`],
    ] as const) {
      await copy(`SELECT ${columns} FROM range(6)`, file);
      const problem = `train, row 3: is longer than 16 MB (${file}, row 3)`;
      expect(await fails(file)).toContain(problem);
      const { code, err } = await prepare(file, ...skip, "--max-bad-rows", "20");
      expect([code, err]).toEqual([0, `warning: skipped: ${problem}\n`]);
      expect(await talks()).toEqual([0, 1, 2, 4, 5].map(talk));
    }
  });

  test("is read if it is just shorter", async () => {
    const long = { prompt: "x".repeat((16 << 20) - 100), completion: "A" };
    for (const [file, text] of [
      ["a.jsonl", jsonLines([long])],
      ["a.json", JSON.stringify([long])],
      ["a.csv", table([long])],
    ] as const) {
      await write(file, text);
      expect((await ok(file)).rows).toEqual([[`user: ${long.prompt}`, "assistant: A"]]);
    }
  });
});

describe("a line of more than 512 MB, the longest text of JavaScript,", () => {
  const measureModule = JSON.stringify(resolve(__dirname, "../../dist/scripts/bench/measure.js"));
  /** Runs the compiled command in a process of its own. It prints its peak of memory. */
  const measured = (file: string) => {
    const script = `require(${JSON.stringify(resolve(__dirname, "../../dist/dataset/cli.js"))}).main(${JSON.stringify(
      [
        ...["--download_dir", "out", "--checks", "off", "--files", `train=${file}`],
        ...[...skip, "--max-bad-rows", "50"],
      ],
    )}, { env: {}, cwd: ".", out: () => {}, err: (text) => process.stderr.write(text) })
      .then((code) => console.log(JSON.stringify({ code, peakMB: require(${measureModule}).peakBytesOf("self") / 1e6 })))`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
      cwd: path("."),
      encoding: "utf8",
    });
    return { err: stderr, ...(JSON.parse(stdout) as { code: number; peakMB: number }) };
  };

  test("is a bad row, and memory stays within 400 MB", async () => {
    // A hole in the file: zero bytes are valid UTF-8. The first 64 kB decide what kind of file it is.
    const file = await open(path("a.jsonl"), "w");
    const head = Buffer.from(`${jsonLines(good(3000))}\n`);
    await file.write(head, 0, head.length, 0);
    const tail = Buffer.from(`\n${jsonLines(pairs)}\n`);
    await file.write(tail, 0, tail.length, head.length + (520 << 20));
    await file.close();
    const { code, err, peakMB } = measured("a.jsonl");
    expect([code, err]).toEqual([
      0,
      "warning: skipped: train, row 3000: is longer than 16 MB (a.jsonl, line 3001)\n",
    ]);
    expect(peakMB).toBeLessThan(400);
    expect((await talks()).slice(3000)).toEqual(talksOfPairs);
  });

  test("is a bad row of a table too, and an error as its header", async () => {
    const member = gzipSync(Buffer.alloc(16 << 20, "x"));
    const members = Array.from({ length: 33 }, () => member);
    const [head, tail] = [gzipSync("prompt,completion\nQ,A\n"), gzipSync(",A\nQ,A\n")];
    await write("a.csv.gz", Buffer.concat([head, ...members, tail]));
    const { code, err, peakMB } = measured("a.csv.gz");
    expect([code, err]).toEqual([
      0,
      "warning: skipped: train, row 1: is longer than 16 MB (a.csv.gz, line 3)\n",
    ]);
    expect(peakMB).toBeLessThan(400);
    expect(await talks()).toHaveLength(2);
    await write("b.csv.gz", Buffer.concat(members));
    const header = measured("b.csv.gz");
    expect([header.code, header.err]).toEqual([
      1,
      expect.stringContaining("[BadFile]: b.csv.gz: its header is longer than 1 MB"),
    ]);
  });

  test("is a bad row in gzip too", async () => {
    // Members of a gzip file follow each other: the same 16 MB 33 times.
    const member = gzipSync(Buffer.alloc(16 << 20, "x"));
    const members = Array.from({ length: 33 }, () => member);
    const lines = gzipSync(`\n${jsonLines(pairs)}\n`);
    await write("a.jsonl.gz", Buffer.concat([lines, ...members, lines]));
    const { code, err, peakMB } = measured("a.jsonl.gz");
    expect([code, err]).toEqual([
      0,
      "warning: skipped: train, row 3: is longer than 16 MB (a.jsonl.gz, line 5)\n",
    ]);
    expect(peakMB).toBeLessThan(400);
    expect(await talks()).toEqual([...talksOfPairs, ...talksOfPairs]);
  });
});
