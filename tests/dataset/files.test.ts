import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, rowsOf, chatFiles, startTestHub } from "./testHub";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "own-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** No hub: these tests must not send a request. */
const prepare = (...args: string[]) =>
  run({ endpoint: "http://127.0.0.1:9", directory }, ["--download_dir", "out", ...args], { attempts: 1 });
const write = (name: string, text: string | Buffer): Promise<void> => writeFile(join(directory, name), text);
const linesOf = async (split: string): Promise<unknown[]> =>
  (await readFile(join(directory, "out", `${split}.jsonl`), "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const pair = (prompt: string, completion: string) => ({
  prompt,
  prompt_id: sha256(prompt),
  messages: [
    { role: "user", content: prompt },
    { role: "assistant", content: completion },
  ],
});

describe("local files", () => {
  test("JSON lines of messages become rows of the schema, all of them by default", async () => {
    const messages = pair("Hé?", "Ja.\n").messages;
    await write(
      "a.jsonl",
      `\ufeff${JSON.stringify({ messages, note: 1 })}\r\n\n${JSON.stringify({ messages })}`,
    );
    const { code, err, out } = await prepare("--files", "train=a.jsonl", "--json");
    expect(code).toBe(0);
    expect(err).toContain("own-files (SHA-256 of the files ");
    expect(await linesOf("train")).toEqual([pair("Hé?", "Ja.\n"), pair("Hé?", "Ja.\n")]);
    const manifest = JSON.parse(out) as { splits: Record<string, unknown> };
    expect(manifest.splits.train).toMatchObject({
      rows: 2,
      statistics: { messages: 4, mostMessages: 2, textBytes: 16 },
    });
  });

  test("a CSV table with quotes, line ends in fields and named columns becomes rows of the schema", async () => {
    await write("a.csv", '\ufeffid,question,answer\r\n1,"What, ""this""?","One\ntwo"\r\n2,Who?,Me.\n\n');
    const { code } = await prepare(
      "--files",
      "train=a.csv",
      "--columns",
      "prompt=question,completion=answer,prompt_id=id",
    );
    expect(code).toBe(0);
    expect(await linesOf("train")).toEqual([
      { ...pair('What, "this"?', "One\ntwo"), prompt_id: "1" },
      { ...pair("Who?", "Me."), prompt_id: "2" },
    ]);
  });

  test("a column may contain the list of messages as JSON, with other keys, and a system text goes first", async () => {
    const list = JSON.stringify([
      { from: "user", value: "A" },
      { from: "assistant", value: "B" },
    ]);
    await write(
      "a.tsv",
      `lead\ttalk\nBe kind.\t"${list.replaceAll('"', '""')}"\n\t"${list.replaceAll('"', '""')}"\n`,
    );
    const { code, err } = await prepare(
      ...["--files", "train=a.tsv", "--columns", "messages=talk,role=from,content=value,system=lead"],
    );
    expect(err).toBe("");
    expect(code).toBe(0);
    const plain = pair("A", "B");
    const lead = { role: "system", content: "Be kind." };
    expect(await linesOf("train")).toEqual([{ ...plain, messages: [lead, ...plain.messages] }, plain]);
  });

  test("parquet files are read like those of the hub", async () => {
    const rows = rowsOf("train", 1_200);
    for await (const { path, bytes } of chatFiles({ train: rows }, 2)) {
      if (path.endsWith(".parquet")) await write(path.includes("00000") ? "a.parquet" : "b.parquet", bytes);
    }
    await prepare("--files", "train=a.parquet", "--files", "train=b.parquet", "--dataset_split_pc", "60");
    expect(await linesOf("train")).toEqual(rows.slice(0, 720));
  });

  test("role names are mapped in JSON lines, in parquet and in data of the hub", async () => {
    const renamed = { user: "human", assistant: "gpt", system: "system" };
    const talk = (index: number) => ({
      conversations: [
        { from: "system", value: "Be kind." },
        ...pair(`Q${index}`, "A").messages.map(({ role, content }) => ({
          from: renamed[role as keyof typeof renamed],
          value: content,
        })),
      ],
    });
    const expected = (index: number) => ({
      ...pair(`Q${index}`, "A"),
      messages: [{ role: "system", content: "Be kind." }, ...pair(`Q${index}`, "A").messages],
    });
    await write("a.jsonl", [0, 1].map((index) => JSON.stringify(talk(index))).join("\n"));
    const columns = ["--columns", "messages=conversations,role=from,content=value"];
    const unnamed = await prepare("--files", "train=a.jsonl", ...columns);
    expect(unnamed.code).toBe(1);
    expect(unnamed.err).toContain(
      'train, row 0: conversations[1].from is "human", must be system, user or assistant; map "human", "gpt" with --roles (in a stack: dataset.roles) (a.jsonl, line 1)',
    );
    const roles = ["--roles", "human=user, gpt = assistant"];
    const { code, err } = await prepare("--files", "train=a.jsonl", ...columns, ...roles);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(await linesOf("train")).toEqual([expected(0), expected(1)]);

    const hub = await startTestHub();
    try {
      const rows = rowsOf("train", 3);
      const renamedRows = rows.map((one) => ({
        ...one,
        messages: one.messages.map(({ role, content }) => ({ role: renamed[role], content })),
      }));
      const files = chatFiles({ train: renamedRows as unknown as typeof rows });
      for await (const { path, bytes } of files)
        if (path.endsWith(".parquet")) await write("b.parquet", bytes);
      const bytes = await readFile(join(directory, "b.parquet"));
      await hub.publish({ id: "acme/talk", files: [{ path: "train.parquet", bytes }] });
      const all = ["--dataset_split_pc", "100", ...roles];
      const own = await prepare("--files", "train=b.parquet", ...all);
      expect([own.code, own.err]).toEqual([0, ""]);
      expect(await linesOf("train")).toEqual(rows);
      const theirs = await run({ ...hub, directory }, [
        "--dataset",
        "acme/talk",
        "--download_dir",
        "hub",
        ...all,
      ]);
      expect([theirs.code, theirs.err]).toEqual([0, ""]);
      expect(await readFile(join(directory, "hub", "train.jsonl"))).toEqual(
        await readFile(join(directory, "out", "train.jsonl")),
      );
    } finally {
      await hub.close();
    }
  });

  test("a file is written again when the role names change", async () => {
    await write("a.jsonl", JSON.stringify({ messages: [{ role: "x", content: "A" }] }));
    const named = (names: string) =>
      prepare("--files", "train=a.jsonl", "--on-bad-row", "report", "--roles", names);
    expect((await named("x=user")).out).toContain("(written)");
    expect((await named("x=user")).out).toContain("(unchanged)");
    expect((await named("x=assistant")).out).toContain("(written)");
  });

  test("several splits, as a slice or a sample, are compared with each other", async () => {
    const lines = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, index) =>
        JSON.stringify({ prompt: `Q${from + index}`, completion: from + index === 95 ? `${from}` : "A" }),
      ).join("\n");
    await write("train.jsonl", lines(0, 100));
    await write("test.jsonl", lines(90, 120));
    const files = ["--files", "train=train.jsonl", "--files", "test=test.jsonl", "--checks", "overlap=warn"];
    const all = await prepare(...files);
    expect(all.err).toContain(
      "overlap: 9 of 30 rows of test (rows 0, 1, 2, 3, 4, 6, 7, 8, 9, counted from 0) are also in train",
    );
    await prepare(...files, "--dataset_split_pc", "5");
    expect(await linesOf("train")).toEqual(["Q0", "Q1", "Q2", "Q3", "Q4"].map((prompt) => pair(prompt, "A")));
    await prepare(...files, "--dataset_split_pc", "10", "--shuffle", "--seed", "3");
    const sample = (await linesOf("train")) as Array<{ prompt: string }>;
    expect(sample).toHaveLength(10);
    expect(sample.map(({ prompt }) => prompt)).not.toEqual(
      Array.from({ length: 10 }, (_, index) => `Q${index}`),
    );
  });

  test("nothing is written again until the content of a file changes", async () => {
    await write("a.jsonl", JSON.stringify({ prompt: "Q", completion: "A" }));
    expect((await prepare("--files", "train=a.jsonl")).out).toContain("(written)");
    expect((await prepare("--files", "train=a.jsonl")).out).toContain("(unchanged)");
    await write("a.jsonl", JSON.stringify({ prompt: "Q", completion: "B" }));
    expect((await prepare("--files", "train=a.jsonl")).out).toContain("(written)");
    expect(await linesOf("train")).toEqual([pair("Q", "B")]);
  });
});

describe("mistakes in local files are reported:", () => {
  test.each<[string, string, string, string[]]>([
    [
      "a line that is not JSON",
      "a.jsonl",
      '{"prompt":"Q","completion":"A"}\n\n{"prompt":\n',
      ["[BadRow]: 1 bad row (counted from 0)", "train, row 1: is not JSON: ", "(a.jsonl, line 3)"],
    ],
    [
      "a row whose turns do not alternate",
      "a.jsonl",
      JSON.stringify({ messages: [{ role: "assistant", content: "x" }] }),
      ['train, row 0: messages[0].role is "assistant", but "user" must follow (a.jsonl, line 1)'],
    ],
    [
      "an empty answer",
      "a.csv",
      "prompt,completion\nQ,\n",
      ["train, row 0: completion is empty (a.csv, line 2)"],
    ],
    [
      "a record with too few fields",
      "a.csv",
      "prompt,completion\nQ,A\nQ\n",
      ["train, row 1: has 1 field, the header has 2 (a.csv, line 3)"],
    ],
    [
      "a quote that is never closed",
      "a.csv",
      'prompt,completion\nQ,"A\n',
      ["[BadFile]: a.csv cannot be read: the quote opened on line 2 is never closed"],
    ],
    [
      "missing columns",
      "a.csv",
      "question,answer\nQ,A\n",
      [
        '[SchemaMismatch]: split train is not a chat split: a.csv has neither a column "messages" nor "prompt" and "completion" (it has question, answer)',
        "Map the columns with --columns (in a stack: dataset.columns)",
      ],
    ],
    [
      "an unsupported type of file",
      "a.xlsx",
      "",
      [
        "[BadFile]: a.xlsx has a file type that is not supported",
        ".jsonl, .ndjson, .json, .csv, .tsv, .parquet",
      ],
    ],
  ])("%s", async (_name, file, content, expected) => {
    await write(file, content);
    const { code, err } = await prepare("--files", `train=${file}`);
    expect(code).toBe(1);
    for (const text of expected) expect(err).toContain(text);
  });

  test("a parquet file that is truncated, or damaged in the middle", async () => {
    for await (const { path, bytes } of chatFiles({ train: rowsOf("train", 1_200) })) {
      if (!path.endsWith(".parquet")) continue;
      await write("cut.parquet", bytes.subarray(0, 5_000));
      // The middle contains texts of messages; where exactly depends on the compression.
      await write("damaged.parquet", Buffer.from(bytes).fill(0xff, bytes.length >> 2, bytes.length >> 1));
    }
    for (const [file, what] of [
      ["cut.parquet", "it does not end with the parquet magic bytes PAR1"],
      ["damaged.parquet", "row group <n> cannot be read"],
    ]) {
      const { err } = await prepare("--files", `train=${file}`);
      expect(err.replace(/\n {2}cause: .*/, "").replace(/group \d \(.*?\)/, "group <n>")).toBe(
        `error [CorruptParquet]: ${file} is not a valid parquet file: ${what}\n` +
          "  what to do: Replace it with an intact file and run again.\n",
      );
    }
  });

  test("a file that does not exist", async () => {
    const { err } = await prepare("--files", "train=none.jsonl");
    expect(err).toContain("[BadFile]: none.jsonl: there is no such file");
  });

  test("bad rows are skipped on request", async () => {
    await write("a.jsonl", '{"prompt":"Q","completion":"A"}\nnonsense\n{"prompt":"R","completion":"B"}\n');
    const { code, err } = await prepare(
      "--files",
      "train=a.jsonl",
      "--on-bad-row",
      "skip",
      "--max-bad-rows",
      "40",
    );
    expect(code).toBe(0);
    expect(err).toContain("skipped: train, row 1: is not JSON");
    expect(await linesOf("train")).toEqual([pair("Q", "A"), pair("R", "B")]);
  });
});
