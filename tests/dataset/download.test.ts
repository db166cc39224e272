import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chatFiles, row, rowsOf, run, startTestHub, type TestHub } from "./testHub";

const splits = {
  train_sft: rowsOf("train_sft", 3_000),
  test_sft: rowsOf("test_sft", 610),
  train_gen: rowsOf("train_gen", 1_030),
};

let hub: TestHub;
let counter = 0;
let directory: string;

beforeAll(async () => {
  hub = await startTestHub();
  await hub.publish({ id: "acme/chat", files: chatFiles(splits, 2) });
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.requests.length = 0;
  hub.fault = undefined;
  directory = `out${++counter}`;
});

const base = (...more: string[]): string[] => [
  "--dataset",
  "acme/chat",
  "--download_dir",
  directory,
  ...more,
];
const linesOf = async (split: string): Promise<unknown[]> =>
  (await readFile(join(hub.directory, directory, `${split}.jsonl`), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
const ranges = (): string[] =>
  hub.requests.filter(({ url }) => url.includes("/cdn/")).map(({ range = "" }) => range);
const lastLine = (text: string): unknown => JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");

describe("the data step", () => {
  test("writes exactly the first rows of every split, in order, with all values", async () => {
    const { code, err } = await run(hub, base());
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(await linesOf("train_sft")).toEqual(splits.train_sft.slice(0, 150));
    expect(await linesOf("test_sft")).toEqual(splits.test_sft.slice(0, 30)); // 30.5 → even
    expect(await linesOf("train_gen")).toEqual(splits.train_gen.slice(0, 52)); // 51.5 → even
  });

  test("reads a slice across row groups and files", async () => {
    await run(hub, base("--dataset_split_pc", "59", "--splits", "train_sft"));
    expect(await linesOf("train_sft")).toEqual(splits.train_sft.slice(0, 1_770));
  });

  test("prints the manifest as the last line of stdout with --json, with paths relative to the working directory", async () => {
    const { out, err } = await run(hub, base("--json"));
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    const manifest = lastLine(out) as Record<string, unknown> & {
      splits: Record<string, { sha256: string }>;
    };
    const repository = await hub.storage.find("acme/chat");
    expect(manifest).toMatchObject({
      dataset: "acme/chat",
      subset: "default",
      revision: repository?.refs.main,
      splitPercent: 5,
      firstRows: splits.train_sft.slice(0, 5),
    });
    expect(Object.keys(manifest.splits)).toEqual(["train_sft", "test_sft", "train_gen"]);
    expect(manifest.splits.train_sft).toMatchObject({
      file: `${directory}/train_sft.jsonl`,
      rows: 150,
      totalRows: 3_000,
    });
    expect(err).toContain("user: Question 4 of train_sft");
  });

  test("fetches footers and only the row groups that contain the slice", async () => {
    await run(hub, base("--dataset_split_pc", "20", "--splits", "train_sft"), { fetchBytes: 1 });
    // Two footers (each file is small: one range each), then the 600 rows = two groups of 500.
    expect(ranges()).toHaveLength(4);
    expect(ranges().filter((range) => range.startsWith("bytes=4-"))).toHaveLength(1);
  });

  test("fetches small adjacent row groups with one request", async () => {
    await run(hub, base("--dataset_split_pc", "50", "--splits", "train_sft"));
    expect(ranges()).toHaveLength(3); // two footers, three groups in one range
  });

  test("sends one request to the hub when nothing changed, and none when the revision is a commit", async () => {
    const first = await run(hub, base("--json"));
    hub.requests.length = 0;
    const second = await run(hub, base("--json"));
    expect(second.out).toBe(first.out);
    expect(hub.requests.map(({ url }) => url)).toEqual(["/hub/api/datasets/acme/chat/revision/main"]);
    hub.requests.length = 0;
    const { revision } = lastLine(first.out) as { revision: string };
    const third = await run(hub, base("--json", "--revision", revision));
    expect(third.out).toBe(first.out);
    expect(hub.requests).toEqual([]);
  });

  test("writes the same bytes again with --force and in another directory", async () => {
    const contents = async (): Promise<Record<string, string>> => {
      const all = await readdir(join(hub.directory, directory));
      const names = all.filter((name) => name !== ".verified.json").sort();
      const texts = await Promise.all(
        names.map((name) => readFile(join(hub.directory, directory, name), "utf8")),
      );
      return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
    };
    await run(hub, base());
    const first = await contents();
    expect(Object.keys(first)).toEqual([
      "manifest.json",
      "test_sft.jsonl",
      "train_gen.jsonl",
      "train_sft.jsonl",
    ]);
    await run(hub, base("--force"), { fetchBytes: 1, parallel: 1 });
    expect(await contents()).toEqual(first);
    directory = `${directory}-elsewhere`;
    await run(hub, base());
    expect(await contents()).toEqual(first);
  });

  test("fetches only the split whose file was changed", async () => {
    await run(hub, base());
    const path = join(hub.directory, directory, "test_sft.jsonl");
    await writeFile(path, (await readFile(path, "utf8")).replace("Question 3", "Question 9"));
    const { out } = await run(hub, base());
    expect(out).toMatch(/test_sft\.jsonl.*\(written\)/);
    expect(out).toMatch(/train_sft\.jsonl.*\(unchanged\)/);
    expect(await linesOf("test_sft")).toEqual(splits.test_sft.slice(0, 30));
  });

  test("adds a split that was not requested before", async () => {
    await run(hub, base("--splits", "test_sft"));
    const { out } = await run(hub, base("--json"));
    expect(Object.keys((lastLine(out) as { splits: object }).splits)).toHaveLength(3);
  });

  test("follows a revision that moves, and stays at a given commit", async () => {
    const id = "acme/moving";
    const first = await hub.publish({ id, files: chatFiles({ train: rowsOf("old", 100) }) });
    const args = ["--dataset", id, "--download_dir", directory];
    await run(hub, args);
    await hub.publish({ id, files: chatFiles({ train: rowsOf("new", 100) }) });
    await run(hub, args);
    expect(await linesOf("train")).toEqual(rowsOf("new", 5));
    await run(hub, [...args, "--revision", first.refs.main ?? ""]);
    expect(await linesOf("train")).toEqual(rowsOf("old", 5));
  });

  test("reads the hub's converted branch when the data set has no parquet files", async () => {
    const id = "acme/csv";
    const repository = await hub.publish({
      id,
      files: chatFiles({ train: rowsOf("train", 100), test: rowsOf("test", 40) }),
    });
    const main = repository.commits[repository.refs.main ?? ""];
    if (main) main.files = main.files.filter(({ path }) => !path.endsWith(".parquet"));
    await hub.storage.save(repository);
    const { out, code } = await run(hub, ["--dataset", id, "--download_dir", directory, "--json"]);
    expect(code).toBe(0);
    const { revision } = lastLine(out) as { revision: string };
    expect(revision).toBe(repository.refs["refs/convert/parquet"]);
    expect(await linesOf("test")).toEqual(rowsOf("test", 2));
    hub.requests.length = 0;
    await run(hub, ["--dataset", id, "--download_dir", directory]);
    expect(hub.requests).toHaveLength(1);
    directory += "-pinned";
    await run(hub, ["--dataset", id, "--download_dir", directory, "--revision", revision]);
    expect(await linesOf("test")).toEqual(rowsOf("test", 2));
  });

  test("finds the requested subset, and the default subset when none is requested", async () => {
    const files = async function* () {
      for await (const file of chatFiles({ train: rowsOf("a", 40) })) {
        if (file.path.endsWith(".parquet")) yield { ...file, path: "a/train.parquet" };
      }
      for await (const file of chatFiles({ train: rowsOf("b", 40) })) {
        if (file.path.endsWith(".parquet")) yield { ...file, path: "b/train.parquet" };
      }
      const config = (name: string): string => `- config_name: ${name}\n  data_files: ${name}/*.parquet\n`;
      yield {
        path: "README.md",
        bytes: Buffer.from(`---\nconfigs:\n${config("a")}${config("b")}  default: true\n---\n`),
      };
    };
    await hub.publish({ id: "acme/subsets", files: files() });
    const args = ["--dataset", "acme/subsets", "--download_dir", directory];
    await run(hub, args);
    expect(await linesOf("train")).toEqual(rowsOf("b", 2));
    await run(hub, [...args, "--dataset_subset", "a"]);
    expect(await linesOf("train")).toEqual(rowsOf("a", 2));
    await run(hub, args);
    expect(await linesOf("train")).toEqual(rowsOf("b", 2));
    await run(hub, [...args, "--dataset_subset", "b"]);
    const again = await run(hub, args);
    expect(again.out).toContain("(unchanged)");
  });

  test("skips or keeps bad rows as requested, and prints them", async () => {
    const rows = [row("x", 0), row("x", 1, { messages: [] }), ...rowsOf("x", 20).slice(2)];
    await hub.publish({ id: "acme/bad", files: chatFiles({ train: rows }) });
    const args = ["--dataset", "acme/bad", "--download_dir", directory, "--dataset_split_pc", "50"];
    const skipping = await run(hub, [...args, "--on-bad-row", "skip", "--max-bad-rows", "10"]);
    expect(skipping.code).toBe(0);
    expect(skipping.err).toContain("skipped: train, row 1: messages is empty");
    expect(await linesOf("train")).toEqual([rows[0], ...rows.slice(2, 10)]);
    const reporting = await run(hub, [...args, "--on-bad-row", "report"]);
    expect(reporting.err).toContain("kept bad row: train, row 1");
    expect(await linesOf("train")).toEqual(rows.slice(0, 10));
  });

  test("recognizes its files after the directory was moved", async () => {
    await run(hub, base());
    await rename(join(hub.directory, directory), join(hub.directory, `${directory}-moved`));
    directory += "-moved";
    hub.requests.length = 0;
    const { code } = await run(hub, base());
    expect(code).toBe(0);
    expect(hub.requests).toHaveLength(1);
  });
});
