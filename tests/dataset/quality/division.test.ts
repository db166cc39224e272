import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Manifest } from "../../../dataset/manifest";
import { partOf, type Division } from "../../../dataset/quality/division";
import { run, type Run } from "../testHub";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "division-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const prepare = (...args: string[]): Promise<Run> =>
  run({ endpoint: "http://127.0.0.1:9", directory }, ["--download_dir", "out", ...args], { attempts: 1 });
const talk = (index: number) => ({ prompt: `Question ${index}?`, completion: `Answer ${index * 7}.` });
const write = (rows: object[]): Promise<void> =>
  writeFile(join(directory, "all.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
const promptsOf = async (part: string): Promise<string[]> => {
  const text = await readFile(join(directory, "out", `${part}.jsonl`), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { prompt: string }).prompt);
};
const many = (from: number, count: number) => Array.from({ length: count }, (_, index) => talk(from + index));
const files = ["--files", "all=all.jsonl", "--split", "train=80,validation=10,test=10"];

describe("dividing one file", () => {
  test("gives every row to one part, in the file's order, with the configured shares", async () => {
    await write(many(0, 400));
    const { code, out } = await prepare(...files, "--json");
    expect(code).toBe(0);
    const parts = {
      train: await promptsOf("train"),
      validation: await promptsOf("validation"),
      test: await promptsOf("test"),
    };
    const all = many(0, 400).map(({ prompt }) => prompt);
    expect(Object.values(parts).flat().sort()).toEqual([...all].sort());
    for (const part of Object.values(parts))
      expect(part).toEqual(all.filter((prompt) => part.includes(prompt)));
    // Four standard deviations of 400 draws.
    expect(Math.abs(parts.train.length - 320)).toBeLessThan(32);
    expect(Math.abs(parts.test.length - 40)).toBeLessThan(24);
    const { splits, quality } = JSON.parse(out) as Manifest;
    expect(Object.keys(splits)).toEqual(["train", "validation", "test"]);
    expect(splits.test).toMatchObject({ rows: parts.test.length, statistics: { rows: parts.test.length } });
    expect(quality?.overlaps.map(({ other, same }) => [other, same.count])).toEqual([
      ["validation", 0],
      ["test", 0],
    ]);
    expect(
      (await readdir(join(directory, "out"))).filter((name) => !/^\.|^manifest/.test(name)).sort(),
    ).toEqual(["test.jsonl", "train.jsonl", "validation.jsonl"]);
    expect((await prepare(...files)).out).toContain("test.jsonl: ");
    expect((await prepare(...files)).out).not.toContain("(written)");
  });

  test("leaves every row on its side when the file grows, and puts duplicates on one side", async () => {
    await write(many(0, 200));
    await prepare(...files);
    const before = { train: await promptsOf("train"), test: await promptsOf("test") };
    // New rows at the beginning and at the end, and every old row a second time with other white space.
    const copies = many(0, 200).map(({ prompt, completion }) => ({ prompt, completion: ` ${completion}\n` }));
    await write([...many(1000, 50), ...copies, ...many(0, 200), ...many(2000, 50)]);
    const { code } = await prepare(...files);
    expect(code).toBe(0);
    for (const part of ["train", "test"] as const) {
      const old = (await promptsOf(part)).filter((prompt) => Number(/\d+/.exec(prompt)?.[0]) < 1000);
      expect(old).toEqual([...before[part], ...before[part]]);
    }
  });

  test("another seed gives another division, another percentage moves only rows of the training part", () => {
    const division: Division = { train: 80, validation: 10, test: 10, seed: 1 };
    const rowOf = (text: string) => ({ messages: [{ role: "user", content: text }] });
    fc.assert(
      fc.property(fc.string(), (text) => {
        const part = partOf(rowOf(text), division);
        expect(partOf(rowOf(` ${text}\n`), division)).toBe(part);
        const smaller = partOf(rowOf(text), { ...division, train: 85, validation: 5 });
        expect(smaller === part || (part === "validation" && smaller === "train")).toBe(true);
      }),
      { seed: 1 },
    );
    const sides = (seed: number): string =>
      Array.from({ length: 100 }, (_, index) => partOf(rowOf(`q${index}`), { ...division, seed })).join();
    expect(sides(1)).not.toBe(sides(2));
  });

  test("a part that shares its name with the file's split replaces it", async () => {
    await write(many(0, 200));
    const { code } = await prepare("--files", "train=all.jsonl", "--split", "train=50,test=50");
    expect(code).toBe(0);
    expect((await promptsOf("train")).length + (await promptsOf("test")).length).toBe(200);
  });

  test("is refused for several splits, for a part without rows, and for percentages that are not 100", async () => {
    await write(many(0, 3));
    const several = await prepare(...files, "--files", "more=all.jsonl");
    expect(several.err).toContain("[SplitNotFound]: --split divides one split, but the data has all, more");
    const empty = await prepare("--files", "all=all.jsonl", "--split", "train=98,validation=1,test=1");
    expect(empty.err).toContain("[EmptySlice]: --split leaves no row for");
    const wrong = await prepare("--files", "all=all.jsonl", "--split", "train=90,test=5");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("add up to 100");
  });
});
