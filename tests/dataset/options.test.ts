import { parseOptions } from "../../dataset/options";

function problem(...args: string[]): string {
  try {
    parseOptions(args);
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

describe("the command line", () => {
  test("has the notebook's defaults", () => {
    expect(parseOptions([])).toMatchObject({
      dataset: "HuggingFaceH4/ultrachat_200k",
      subset: undefined,
      directory: ".data/ultrachat_200k",
      splitPercent: 5,
      splits: undefined,
      revision: "main",
      onBadRow: "fail",
      force: false,
      json: false,
    });
  });

  test("takes the notebook's options", () => {
    const args =
      "--dataset a/b --dataset_subset s --download_dir d --dataset_split_pc 100 --splits x,y".split(" ");
    expect(parseOptions(args)).toMatchObject({
      dataset: "a/b",
      subset: "s",
      directory: "d",
      splitPercent: 100,
      splits: ["x", "y"],
    });
  });

  test.each(["0", "101", "five", "2.5", "", "1e1", " 5"])("refuses %j as a percentage", (value) => {
    expect(problem("--dataset_split_pc", value)).toBe(
      `--dataset_split_pc is ${JSON.stringify(value)}, must be a whole number from 1 to 100`,
    );
  });

  test("refuses a negative percentage", () => {
    expect(problem("--dataset_split_pc=-5")).toContain('is "-5", must be a whole number');
  });

  test.each(["../x", "a/b/c", "a/..", "https://x", ""])("refuses %j as a data set", (value) => {
    expect(problem(`--dataset=${value}`)).toContain("must be NAMESPACE/NAME");
  });

  test("takes what the data's names of roles stand for", () => {
    expect(parseOptions(["--roles", "human=user, gpt = assistant"]).columns).toEqual({
      roles: { human: "user", gpt: "assistant" },
    });
    expect(parseOptions(["--columns", "role=from", "--roles", "bot=assistant"]).columns).toEqual({
      role: "from",
      roles: { bot: "assistant" },
    });
    expect(parseOptions([]).columns).toBeUndefined();
  });

  test.each(["human", "human=", "=user", "human=person", ""])("refuses %j as names of roles", (value) => {
    expect(problem(`--roles=${value}`)).toBe(
      `--roles has ${JSON.stringify(value)}, must be NAME=ROLE with one of system, user, assistant, such as human=user`,
    );
  });

  test("reports all mistakes at once", () => {
    const text = problem(
      "--dataset",
      "a b",
      "--dataset_split_pc",
      "0",
      "--splits",
      "x,,y",
      "--on-bad-row",
      "maybe",
    );
    expect(text.split("\n")).toHaveLength(4);
  });

  test("names an unknown option and the one that was probably meant", () => {
    expect(problem("--dataset-split-pc", "5")).toBe(
      "unknown option --dataset-split-pc, did you mean --dataset_split_pc?",
    );
    expect(problem("--colour")).toBe("unknown option --colour");
  });

  test("says which option lacks its value, which takes none, and what is left over", () => {
    expect(problem("--dataset")).toBe("--dataset needs a value");
    expect(problem("--force=yes")).toBe("--force takes no value");
    expect(problem("here")).toBe("unexpected argument here");
  });
});
