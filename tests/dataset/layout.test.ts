import { cardSubsets } from "../../dataset/card";
import { inferSplits, matcher } from "../../dataset/patterns";

describe("file patterns", () => {
  test.each([
    ["data/train-*", "data/train-00000-of-00001.parquet", true],
    ["data/train-*", "data/sub/train-1.parquet", false],
    ["**/train*.parquet", "a/b/train.parquet", true],
    ["**/train*.parquet", "train.parquet", true],
    ["data/**", "data/a/b.parquet", true],
    ["{train,dev}/?.parquet", "dev/1.parquet", true],
    ["x-[0-9].parquet", "x-7.parquet", true],
    ["x-[!0-9].parquet", "x-7.parquet", false],
    ["a.b", "axb", false],
    ["./data/a.parquet", "data/a.parquet", true],
    ["data (1)/*", "data (1)/.a.parquet", true],
    ["!a/+(b).parquet", "!a/+(b).parquet", true],
  ])("%j against %j: %s", (pattern, path, expected) => {
    expect(matcher(pattern)(path)).toBe(expected);
  });
});

describe("splits inferred from file names", () => {
  test("are the names of numbered shards, in their order", () => {
    const splits = inferSplits([
      "data/train_sft-00001-of-00002-ab.parquet",
      "data/train_sft-00000-of-00002-cd.parquet",
      "data/test_gen-00000-of-00001-ef.parquet",
    ]);
    expect([...splits.keys()].sort()).toEqual(["test_gen", "train_sft"]);
    expect(splits.get("train_sft")).toEqual([
      "data/train_sft-00000-of-00002-cd.parquet",
      "data/train_sft-00001-of-00002-ab.parquet",
    ]);
  });

  test("are the usual words in file or directory names, otherwise train", () => {
    expect([...inferSplits(["x/eval.parquet", "x/training-1.parquet", "val/0.parquet"]).keys()]).toEqual([
      "train",
      "validation",
      "test",
    ]);
    expect([...inferSplits(["contest.parquet", "other.parquet"])]).toEqual([
      ["train", ["contest.parquet", "other.parquet"]],
    ]);
    expect(inferSplits([]).size).toBe(0);
  });
});

describe("the card's YAML header", () => {
  const read = (yaml: string) => cardSubsets(`---\n${yaml}\n---\n# Title`);

  test("lists subsets, splits and patterns in every form", () => {
    const [first, second, third] = read(
      [
        "configs:",
        "- config_name: a",
        "  default: true",
        "  data_files:",
        "  - split: train",
        "    path: data/a-*",
        "  - split: test",
        "    path: [x.parquet, y.parquet]",
        "- config_name: b",
        "  data_dir: ./some/dir/",
        "  data_files: '*.parquet'",
        "- config_name: c",
        "  data_dir: plain",
      ].join("\n"),
    );
    expect(first).toMatchObject({ name: "a", isDefault: true });
    expect([...(first?.patterns ?? [])]).toEqual([
      ["train", ["data/a-*"]],
      ["test", ["x.parquet", "y.parquet"]],
    ]);
    expect([...(second?.patterns ?? [])]).toEqual([["train", ["some/dir/*.parquet"]]]);
    expect(third).toMatchObject({ patterns: undefined, directory: "plain" });
  });

  test("is ignored when absent, without configs, or broken", () => {
    expect(cardSubsets(undefined)).toEqual([]);
    expect(cardSubsets("# No header")).toEqual([]);
    expect(read("license: mit")).toEqual([]);
    expect(read("configs: [")).toEqual([]);
  });
});
