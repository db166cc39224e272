import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { main } from "../../dataset/cli";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "long-rows-"));
  await mkdir(join(directory, "model"));
  await cp(
    resolve(__dirname, "../../local/trainer/base/tokenizer.json"),
    join(directory, "model/tokenizer.json"),
  );
  await writeFile(join(directory, "model/config.json"), JSON.stringify({ max_position_embeddings: 100 }));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function prepare(...args: string[]): Promise<{ code: number; out: string; err: string; file: string }> {
  let [out, err] = ["", ""];
  const code = await main(["--download_dir", "out", "--checks", "off", ...args], {
    ...{ env: {}, cwd: directory },
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  const file = await readFile(join(directory, "out/train.jsonl"), "utf8").catch(() => "");
  return { code, out, err, file };
}

describe("rows over the context of the tokenizer's model", () => {
  const rows = [1, 200, 1, 300].map((words, index) =>
    JSON.stringify({ prompt: `Q${index}?`, completion: "because ".repeat(words) }),
  );
  const run = (policy: string) =>
    prepare("--files", "train=a.jsonl", "--tokenizer", "model", "--on-long-row", policy);
  beforeEach(() => writeFile(join(directory, "a.jsonl"), rows.join("\n")));
  const prompts = (file: string): unknown[] =>
    file
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { prompt: unknown }).prompt);

  test("are left out with drop, and counted", async () => {
    const { code, out, file } = await run("drop");
    expect([code, prompts(file)]).toEqual([0, ["Q0?", "Q2?"]]);
    expect(out).toContain("train: 2 of 4 rows");
    expect(out).toContain("2 rows over the context length dropped");
  });

  test("are an error with fail, which names the rows and the next step", async () => {
    const { code, err, file } = await run("fail");
    expect([code, file]).toEqual([1, ""]);
    expect(err).toContain("[LongRow]: train: 2 rows are longer than the context of 100 tokens: 1, 3");
    expect(err).toContain("--on-long-row drop");
    expect(err).toContain("dataset.onLongRow");
  });

  test("are written whole with cut: the training cuts them", async () => {
    expect(prompts((await run("cut")).file)).toEqual(["Q0?", "Q1?", "Q2?", "Q3?"]);
  });

  test("are an error if drop leaves no row", async () => {
    await writeFile(join(directory, "a.jsonl"), rows[1] ?? "");
    const { code, err } = await run("drop");
    expect(code).toBe(1);
    expect(err).toContain("split train has no row left: 0 bad rows, 1 rows over the context length");
  });
});

test("splits without train in their names are compared with the named training split, or with the first", async () => {
  const same = JSON.stringify({ prompt: "Who are you today, my friend?", completion: "I am me." });
  await writeFile(join(directory, "a.jsonl"), same);
  await writeFile(join(directory, "b.jsonl"), same);
  const files = ["--files", "judge=a.jsonl", "--files", "fit=b.jsonl", "--checks", "overlap=fail"];
  expect((await prepare(...files)).err).toContain(
    "overlap: 1 of 1 rows of fit (row 0, counted from 0) are also in judge",
  );
  const named = await prepare(...files, "--train-split", "fit");
  expect([
    named.code,
    named.err.includes("1 of 1 rows of judge (row 0, counted from 0) are also in fit"),
  ]).toEqual([1, true]);
});
