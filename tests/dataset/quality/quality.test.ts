import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Manifest, Quality, SplitRecord } from "../../../dataset/manifest";
import { assessQuality } from "../../../dataset/quality/assess";
import { run, type Run } from "../testHub";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "quality-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const prepare = (...args: string[]): Promise<Run> =>
  run({ endpoint: "http://127.0.0.1:9", directory }, ["--download_dir", "out", ...args], { attempts: 1 });
const stored = async (): Promise<{ quality: Quality }> =>
  JSON.parse(await readFile(join(directory, "out/manifest.json"), "utf8")) as { quality: Quality };

const animals = ["giraffe", "badger", "heron", "salmon", "otter", "lynx", "beetle", "walrus", "ibis", "mole"];
/** A conversation of about seventy words. Two indexes have few words in common. */
const talk = (index: number, change: { prompt?: string; completion?: string } = {}) => {
  const animal = `${animals[index % 10]}${index}`;
  const prompt = `Where does the ${animal} number ${index} live when winter${index} comes to valley${index}?`;
  const words = Array.from({ length: 60 }, (_, at) => `${animal}word${(index * 7 + at) % 61}`);
  return { prompt, completion: `It lives ${words.join(" ")}.`, ...change };
};
const write = (name: string, rows: object[]): Promise<void> =>
  writeFile(join(directory, name), rows.map((row) => JSON.stringify(row)).join("\n"));
const many = (from: number, count: number) => Array.from({ length: count }, (_, index) => talk(from + index));

/** Values that must appear nowhere. */
const canaries = {
  email: "canary.person@contoso-canary.com",
  phone: "+49 30 9018277",
  card: "4111 1111 1111 1111",
  key: ["AKIA", "CANARYCANARY2345"].join(""),
  refused: "I'm sorry, but I cannot assist with the canary question.",
};

describe("the quality report", () => {
  test("finds a shared conversation by default, and names check, count, rows and remedy", async () => {
    await write("train.jsonl", many(0, 30));
    await write("test.jsonl", [...many(100, 5), talk(3), talk(7)]);
    const files = ["--files", "train=train.jsonl", "--files", "test=test.jsonl"];
    const failed = await prepare(...files);
    expect(failed.code).toBe(1);
    expect(failed.err).toContain(
      "error [Quality]: the data did not pass a check\n" +
        "  overlap: 2 of 7 rows of test (rows 5, 6, counted from 0) are also in train.",
    );
    expect(failed.err).toContain("--checks NAME=warn (in a stack: dataset.checks)");
    // The same on every run, also when the files are already there.
    const { quality } = await stored();
    expect((await prepare(...files)).err).toBe(failed.err);
    expect((await stored()).quality).toEqual(quality);
    const warned = await prepare(...files, "--checks", "overlap=warn");
    expect(warned.code).toBe(0);
    expect(warned.err).toContain(
      "warning: overlap: 2 of 7 rows of test (rows 5, 6, counted from 0) are also in train.",
    );
    expect((await prepare(...files, "--checks", "overlap=off")).err).toBe("");
  });

  test("finds rows that are almost the same, in a split and across splits", async () => {
    const similar = talk(4, { completion: talk(4).completion.replace("It lives", "They live") });
    await write("train.jsonl", [...many(0, 20), talk(2), talk(9, { prompt: `${talk(9).prompt} Please.` })]);
    await write("test.jsonl", [...many(50, 5), similar]);
    const { code, out } = await prepare(
      "--files",
      "train=train.jsonl",
      "--files",
      "test=test.jsonl",
      "--json",
    );
    expect(code).toBe(0);
    const { quality } = JSON.parse(out) as Manifest;
    expect(quality?.splits.train?.found).toMatchObject({
      duplicates: { count: 1, rows: [20] },
      nearDuplicates: { count: 1, rows: [21] },
    });
    expect(quality?.overlaps).toEqual([
      { split: "train", other: "test", same: { count: 0, rows: [] }, similar: { count: 1, rows: [5] } },
    ]);
    expect(quality?.findings.map(({ check, level }) => [check, level])).toEqual([
      ["nearOverlap", "warn"],
      ["duplicates", "warn"],
      ["nearDuplicates", "warn"],
    ]);
  });

  test("counts secrets, personal data, refusals and empty answers, and shows none of them anywhere", async () => {
    await write("train.jsonl", [
      talk(0),
      talk(1, { completion: `Write to ${canaries.email}.` }),
      talk(2, { prompt: `My number is ${canaries.phone}, and my card ${canaries.card}.` }),
      talk(3, { completion: `Use ${canaries.key}.` }),
      talk(4, { completion: canaries.refused }),
      talk(5, { completion: "N/A" }),
      talk(6),
    ]);
    const { code, out, err } = await prepare("--files", "train=train.jsonl", "--rows", "none");
    expect(code).toBe(0);
    const { quality } = await stored();
    expect(quality.splits.train?.found).toMatchObject({
      emails: { count: 1, rows: [1] },
      phoneNumbers: { count: 1, rows: [2] },
      cardNumbers: { count: 1, rows: [2] },
      secrets: { count: 1, rows: [3] },
      refusals: { count: 1, rows: [4] },
      emptyAnswers: { count: 1, rows: [5] },
    });
    const failed = await prepare(
      ...["--files", "train=train.jsonl", "--rows", "none", "--json"],
      ...["--checks", "secrets=fail,personalData=fail"],
    );
    expect(failed.code).toBe(1);
    expect(failed.err).toContain(
      "secrets: 1 of 7 rows of train (row 3, counted from 0) likely contain a key, token or password.",
    );
    const shown = [out, err, failed.out, failed.err, JSON.stringify(await stored())].join("\n");
    for (const value of [
      ...Object.values(canaries),
      "4111",
      "CANARY",
      "contoso-canary",
      "giraffe",
      "canary question",
    ])
      expect([value, shown.includes(value)]).toEqual([value, false]);
  });

  test("examines the other columns of a row too, and can be interrupted", async () => {
    const row = { messages: [{ role: "user", content: "Hi" }], owner: canaries.email, prompt_id: "1" };
    await write("train.jsonl", [row]);
    const record = { file: "train.jsonl", rows: 1, sha256: "0", tokenizer: null } as unknown as SplitRecord;
    const examine = (signal?: AbortSignal) =>
      assessQuality(directory, { train: record }, ["train"], undefined, { signal });
    expect((await examine()).splits.train?.found.emails).toEqual({ count: 1, rows: [0] });
    await expect(examine(AbortSignal.abort())).rejects.toMatchObject({ code: "Interrupted" });
  });

  test("counts tokens by role with the tokenizer, and rows over the context", async () => {
    const tokenizer = resolve(__dirname, "../../../local/trainer/base/tokenizer.json");
    await writeFile(join(directory, "tokenizer.json"), await readFile(tokenizer));
    await writeFile(join(directory, "config.json"), JSON.stringify({ max_position_embeddings: 100 }));
    await write("train.jsonl", [talk(0), talk(1, { completion: "because ".repeat(200) })]);
    const { code, out } = await prepare(
      "--files",
      "train=train.jsonl",
      "--tokenizer",
      "tokenizer.json",
      "--json",
    );
    expect(code).toBe(0);
    const { quality } = JSON.parse(out) as Manifest;
    const length = quality?.splits.train?.length;
    const { system, user, assistant } = length?.byRole ?? { system: 0, user: 0, assistant: 0 };
    expect(system + user + assistant).toBeGreaterThan(200);
    expect(length).toMatchObject({ estimated: false, context: 100, longest: { row: 1 } });
    expect(length?.cut).toBeGreaterThanOrEqual((length?.longest.tokens ?? 0) - 100);
    expect(length?.histogram.reduce((sum, { rows }) => sum + rows, 0)).toBe(2);
    expect(quality?.findings.find(({ check }) => check === "length")).toMatchObject({
      level: "warn",
      rows: [],
    });
  });

  test("names the languages of a sample of rows", async () => {
    await write("train.jsonl", [
      { prompt: "Where is the nearest station?", completion: "The station is at the end of this street." },
      { prompt: "Wo ist der nächste Bahnhof?", completion: "Der Bahnhof ist am Ende dieser Straße." },
      { prompt: "Où est la gare la plus proche ?", completion: "La gare se trouve au bout de cette rue." },
      { prompt: "最寄りの駅はどこですか？", completion: "駅はこの通りの突き当たりにあります。" },
      { prompt: "ok", completion: "5" },
    ]);
    await prepare("--files", "train=train.jsonl");
    const { quality } = await stored();
    expect(quality.splits.train?.languages).toEqual({
      sampled: 5,
      rows: { de: 1, en: 1, fr: 1, ja: 1, unknown: 1 },
    });
  });

  test("is not created with --checks off", async () => {
    await write("train.jsonl", [talk(0), talk(0)]);
    const { code, err, out } = await prepare("--files", "train=train.jsonl", "--checks", "off", "--json");
    expect(code).toBe(0);
    expect(err).not.toContain("warning");
    expect(JSON.parse(out)).not.toHaveProperty("quality");
    expect(await stored()).not.toHaveProperty("quality");
  });

  test("refuses an unknown check or level and names those that exist", async () => {
    const { code, err } = await prepare(
      "--files",
      "train=train.jsonl",
      "--checks",
      "overlaps=fail,secrets=stop",
    );
    expect(code).toBe(2);
    expect(err).toContain("--checks");
    expect(err).toContain("nearOverlap");
    expect(err).toContain("fail, warn, off");
  });
});
