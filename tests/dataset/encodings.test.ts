import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { jsonLines, ownFiles, pairs, table, talksOfPairs } from "./ownFiles";

const { copy, fails, ok, path, prepare, write } = ownFiles();
const lines = jsonLines(pairs);
const utf16 = (text: string, isBigEndian = false): Buffer => {
  const bytes = Buffer.from(text, "utf16le");
  return isBigEndian ? bytes.swap16() : bytes;
};

describe("a byte order mark decides:", () => {
  test.each<[string, string, Buffer, string]>([
    ["UTF-8 in a table", "a.csv", Buffer.from(`\ufeff${table(pairs)}`), "a.csv: CSV, rows"],
    ["UTF-8 in JSON lines", "a.jsonl", Buffer.from(`\ufeff${lines}`), "a.jsonl: JSON lines, rows"],
    [
      "UTF-8 in a JSON array",
      "a.json",
      Buffer.from(`\ufeff${JSON.stringify(pairs)}`),
      "a.json: JSON array, rows",
    ],
    ["UTF-16, little end first, in a table", "a.csv", utf16(`\ufeff${table(pairs)}`), "CSV, utf-16le"],
    ["UTF-16, big end first, in a table", "a.csv", utf16(`\ufeff${table(pairs)}`, true), "CSV, utf-16be"],
    ["UTF-16 in JSON lines", "a.jsonl", utf16(`\ufeff${lines}`), "JSON lines, utf-16le"],
    ["UTF-16 in a JSON array", "a.json", utf16(`\ufeff${JSON.stringify(pairs)}`), "JSON array, utf-16le"],
    ["UTF-16 in gzip", "a.csv.gz", gzipSync(utf16(`\ufeff${table(pairs)}`)), "CSV, gzip, utf-16le"],
  ])("%s", async (_name, file, content, recognized) => {
    await write(file, content);
    const { out, rows } = await ok(file);
    expect(rows).toEqual(talksOfPairs);
    expect(out).toContain(recognized);
  });
});

describe("text that is not UTF-8", () => {
  test("is refused with its position and a guess, and read with the stated encoding", async () => {
    for (const [file, text] of [
      ["a.csv", table(pairs)],
      ["a.jsonl", lines],
      ["a.json", JSON.stringify(pairs)],
    ] as const) {
      const bytes = Buffer.from(text, "latin1");
      await write(file, bytes);
      const err = await fails(file);
      expect(err).toContain(
        `[BadFile]: ${file} is not UTF-8: invalid bytes at position ${bytes.indexOf(0xe9)}; it looks like windows-1252`,
      );
      expect(err).toContain("Set --encoding windows-1252 (in a stack: dataset.encoding)");
      const { out, rows } = await ok(file, "--encoding", "windows-1252");
      expect(rows).toEqual(talksOfPairs);
      expect(out).toContain("windows-1252");
    }
  });

  test("is found wherever it is: after a byte order mark, in a later part of the file, at its end", async () => {
    const valid = table([{ prompt: "é".repeat(40), completion: "A" }]);
    const many = Buffer.from(`${valid}${`${"é".repeat(20_000)},A\n`.repeat(70)}`);
    for (const before of [Buffer.from("\ufeffprompt,completion\n"), many])
      for (const bad of [[0xe9], [0xe9, 0x20], [0xc3], [0xe2, 0x82], [0xff, 0x41], [0xed, 0xa0, 0x80]]) {
        await write("a.csv", Buffer.concat([before, Buffer.from(bad)]));
        expect(await fails("a.csv")).toContain(`is not UTF-8: invalid bytes at position ${before.length}`);
      }
  });

  test("gets a guess only if the bytes allow one", async () => {
    // The letters А to я are the bytes 0xc0 to 0xff of windows-1251.
    const cyrillic = Buffer.from(
      [..."Привет мир как дела ".repeat(20)].map((letter) => {
        const code = letter.charCodeAt(0);
        return code < 0x80 ? code : code - 0x410 + 0xc0;
      }),
    );
    await write("a.csv", Buffer.concat([Buffer.from("prompt,completion\n"), cyrillic, Buffer.from(",A\n")]));
    expect(await fails("a.csv")).toContain("it looks like windows-1251");
    expect((await ok("a.csv", "--encoding", "windows-1251")).rows).toEqual([
      [`user: ${"Привет мир как дела ".repeat(20)}`, "assistant: A"],
    ]);
    // Shift JIS has lead bytes below 0xc0.
    const japanese = Buffer.from("93fa967b8cea82cc95b68fcd".repeat(20), "hex");
    await write("b.csv", Buffer.concat([Buffer.from("prompt,completion\n"), japanese, Buffer.from(",A\n")]));
    const err = await fails("b.csv");
    expect(err).toMatch(/invalid bytes at position 18\n/);
    expect(err).toContain("Set --encoding to the file's encoding");
    expect((await ok("b.csv", "--encoding", "shift_jis")).rows).toEqual([
      [`user: ${"日本語の文章".repeat(20)}`, "assistant: A"],
    ]);
  });

  test("UTF-16 without a byte order mark is refused as binary, and read with the stated encoding", async () => {
    for (const encoding of ["utf-16le", "utf-16be"]) {
      await write("a.csv", utf16(table(pairs), encoding === "utf-16be"));
      const err = await fails("a.csv");
      expect(err).toContain("a.csv is a binary file: it contains a zero byte at");
      expect(err).toContain("for UTF-16 without a byte order mark set --encoding utf-16le");
      expect((await ok("a.csv", "--encoding", encoding)).rows).toEqual(talksOfPairs);
    }
  });

  test("of a parquet file is a bad row with file and row group", async () => {
    await copy(
      "SELECT 'Q' AS prompt, 'MARK' || range AS completion FROM range(5000)",
      "a.parquet",
      "FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 2048",
    );
    const bytes = await readFile(path("a.parquet"));
    bytes.fill(0xe9, bytes.indexOf("MARK3000"), bytes.indexOf("MARK3000") + 4);
    await write("a.parquet", bytes);
    expect(await fails("a.parquet")).toContain(
      "[BadRow]: a.parquet: row group 1 (rows 2048 to 4095) cannot be read: a text is not valid UTF-8",
    );
  });
});

describe("a stated encoding", () => {
  test("must have the bytes of the file", async () => {
    await write("a.csv", table(pairs));
    expect(await fails("a.csv", "--encoding", "utf-16le")).toMatch(/is not utf-16le|neither a column/);
    const bytes = Buffer.concat([Buffer.from(table(pairs), "latin1"), Buffer.from([0x81, 0xff, 0x0a])]);
    await write("b.csv", bytes);
    const err = await fails("b.csv", "--encoding", "shift_jis");
    expect(err).toContain("[BadFile]: b.csv is not shift_jis: it has bytes after position");
    expect(err).toContain("Correct --encoding (in a stack: dataset.encoding).");
  });

  test("that does not exist is refused before anything is read", async () => {
    const { code, err } = await prepare("a.csv", "--encoding", "latin-99");
    expect(code).toBe(2);
    expect(err).toContain('--encoding is "latin-99", must be an encoding, such as windows-1252');
  });

  test("applies to each text file, and not to parquet", async () => {
    await write("a.jsonl", lines);
    await copy(`SELECT * FROM read_json('${path("a.jsonl")}')`, "a.parquet");
    expect((await ok("a.parquet", "--encoding", "windows-1252")).rows).toEqual(talksOfPairs);
  });
});
