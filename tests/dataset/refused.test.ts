import { execFileSync } from "node:child_process";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { jsonLines, ownFiles, pairs } from "./ownFiles";

const { copy, fails, path, write } = ownFiles();
const lines = jsonLines(pairs);
const isLinux = process.platform === "linux";

describe("a file without rows is refused by its name:", () => {
  test.each<[string, string, string | Buffer, string]>([
    ["empty JSON lines", "a.jsonl", "", "a.jsonl is empty"],
    ["an empty table", "a.csv", "", "a.csv is empty"],
    ["an empty parquet file", "a.parquet", "", "a.parquet is empty"],
    ["nothing in gzip", "a.jsonl.gz", gzipSync(""), "a.jsonl.gz contains no row"],
    ["blank lines", "a.jsonl", " \n\n", "a.jsonl contains no row"],
    ["a byte order mark", "a.jsonl", "\ufeff", "a.jsonl contains no row"],
    ["a table with a header only", "a.csv", "prompt,completion\n", "a.csv contains no row"],
    ["an empty array", "a.json", " [ ]\n", "a.json contains no row"],
  ])("%s", async (_name, file, content, message) => {
    await write(file, content);
    expect(await fails(file)).toContain(`[BadFile]: ${message}`);
  });

  test("parquet without rows, also beside a file with rows", async () => {
    await copy("SELECT 'Q' AS prompt, 'A' AS completion WHERE false", "a.parquet");
    await write("b.jsonl", lines);
    expect(await fails("a.parquet")).toContain("[BadFile]: a.parquet contains no row");
    expect(await fails("b.jsonl", "--files", "train=a.parquet")).toContain(
      "[BadFile]: a.parquet contains no row",
    );
  });
});

describe("what is no file is refused:", () => {
  test("a directory", async () => {
    await mkdir(path("d.jsonl"));
    expect(await fails("d.jsonl")).toContain("[BadFile]: d.jsonl is a directory, not a file");
  });

  (process.platform === "win32" ? test.skip : test)("a pipe", async () => {
    execFileSync("mkfifo", [path("p.jsonl")]);
    expect(await fails("p.jsonl")).toContain("[BadFile]: p.jsonl is a pipe, not a file");
  });

  (isLinux ? test : test.skip)("a device", async () => {
    await symlink("/dev/zero", path("z.jsonl"));
    expect(await fails("z.jsonl")).toContain("[BadFile]: z.jsonl is a device, not a file");
  });

  (process.platform === "win32" ? test.skip : test)("a socket", async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(path("s.jsonl"), done));
    try {
      expect(await fails("s.jsonl")).toContain("[BadFile]: s.jsonl is a socket, not a file");
    } finally {
      await new Promise((done) => server.close(done));
    }
  });
});

describe("binary content is refused by what it is, whatever the file's name:", () => {
  test.each<[string, string, string]>([
    ["a zip archive", "504b030414000000", "is a zip archive (such as .xlsx)"],
    ["a PDF document", "255044462d312e37", "is a PDF document"],
    ["an SQLite database", "53514c69746520666f726d6174203300", "is an SQLite database"],
    ["an Arrow file", "4152524f57310000", "is an Arrow file"],
    ["an image", "89504e470d0a1a0a", "is an image"],
    ["bzip2", "425a683931415926", "is a bzip2 file"],
    ["xz", "fd377a585a000004", "is an xz file"],
    ["any zero byte", "7b22000102", "is a binary file: it contains a zero byte at 2"],
  ])("%s", async (_name, hex, message) => {
    for (const file of ["a.jsonl", "a.csv", "a.json"]) {
      await write(file, Buffer.from(hex, "hex"));
      expect(await fails(file)).toContain(`[BadFile]: ${file} ${message}`);
    }
  });

  test("binary content in gzip", async () => {
    await write("a.jsonl.gz", gzipSync(Buffer.from([0x7b, 0, 1])));
    expect(await fails("a.jsonl.gz")).toContain("[BadFile]: a.jsonl.gz is a binary file");
  });

  test("a file with an unknown extension", async () => {
    for (const file of ["a.txt", "a", "a.jsonl.bak", "a.txt.gz"]) {
      await write(file, file.endsWith(".gz") ? gzipSync(lines) : lines);
      expect(await fails(file)).toContain(`[BadFile]: ${file} has a file type that is not supported`);
    }
  });
});

describe("a damaged file is refused:", () => {
  test.each<[string, string, string | Buffer, string]>([
    [
      "an array that ends early",
      "a.json",
      '[{"prompt":"Q","completion":"A"},{"prom',
      "a.json ends within record 2",
    ],
    ["an array without its end", "a.json", '[{"prompt":"Q","completion":"A"}', "a.json ends within record"],
    [
      "text after an array",
      "a.json",
      `${JSON.stringify(pairs)}\n${lines}`,
      "a.json continues after the end of its array",
    ],
    [
      "gzip that ends early",
      "a.jsonl.gz",
      gzipSync(lines).subarray(0, 60),
      "a.jsonl.gz cannot be decompressed (gzip)",
    ],
    [
      "gzip with another checksum",
      "a.jsonl.gz",
      Buffer.concat([gzipSync(lines).subarray(0, -8), Buffer.alloc(8)]),
      "a.jsonl.gz cannot be decompressed (gzip)",
    ],
    ["duplicate columns", "a.csv", 'prompt,"prompt"\n1,2\n', 'a.csv has two columns "prompt"'],
    [
      "a quote that is not closed",
      "a.csv",
      'prompt,completion\nQ,"A\n',
      "the quote opened on line 2 is never closed",
    ],
  ])("%s", async (_name, file, content, message) => {
    await write(file, content);
    expect(await fails(file)).toContain(
      `[BadFile]: ${message.startsWith("the") ? "a.csv cannot be read: " : ""}${message}`,
    );
  });

  test("zstd that ends early", async () => {
    await write("a.jsonl", lines);
    await copy(
      `SELECT * FROM read_json('${path("a.jsonl")}')`,
      "b.jsonl.zst",
      "FORMAT json, COMPRESSION zstd",
    );
    const bytes = await readFile(path("b.jsonl.zst"));
    await write("b.jsonl.zst", bytes.subarray(0, bytes.length - 20));
    expect(await fails("b.jsonl.zst")).toContain("[BadFile]: b.jsonl.zst cannot be decompressed (zstd)");
  });
});

test("an encrypted parquet file is refused by that word, with an encrypted or a readable footer", async () => {
  const key = ["SET force_mbedtls_unsafe = 'true'", "PRAGMA add_parquet_key('key', '0123456789012345')"];
  await copy(
    "SELECT 'Q' AS prompt",
    "a.parquet",
    "FORMAT parquet, ENCRYPTION_CONFIG {footer_key: 'key'}",
    key,
  );
  const bytes = await readFile(path("a.parquet"));
  expect([bytes.toString("latin1", 0, 4), bytes.toString("latin1", bytes.length - 4)]).toEqual([
    "PARE",
    "PARE",
  ]);
  expect(await fails("a.parquet")).toContain("[BadFile]: a.parquet is an encrypted parquet file");
  bytes.write("PAR1");
  await write("b.parquet", bytes);
  expect(await fails("b.parquet")).toContain("[BadFile]: b.parquet is an encrypted parquet file");
});

describe("a row of another form is a bad row:", () => {
  test.each<[string, string, string]>([
    [
      "a number as content",
      '{"messages":[{"role":"user","content":5}]}',
      "messages[0].content is a number, must be a string",
    ],
    ["a list as prompt", '{"prompt":["x"],"completion":"A"}', "prompt is a list, must be a string"],
    [
      "an object as content",
      '{"messages":[{"role":"user","content":{"a":1}}]}',
      "messages[0].content is an object, must be a string",
    ],
    ["an object as messages", '{"messages":{"role":"user"}}', "messages is an object, must be a list"],
    [
      "a missing answer",
      '{"prompt":"Q"}\n{"prompt":"Q","completion":"A"}',
      "completion is missing, must be a string",
    ],
    [
      "half of a surrogate pair",
      '{"prompt":"\\ud800","completion":"A"}',
      "prompt contains half of a surrogate pair",
    ],
    ["a list as row", '{"prompt":"Q","completion":"A"}\n["Q","A"]', "train, row 1: is not a JSON object"],
  ])("%s", async (_name, content, message) => {
    await write("a.jsonl", content);
    const err = await fails("a.jsonl");
    expect(err).toContain(message);
    expect(err).not.toMatch(/\ba object/);
  });
});
