import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { mappingKeys } from "../../dataset/columns";
import { commandLine, requestWords } from "../../dataset/commandLine";
import { parseOptions, type Options } from "../../dataset/options";
import { datasetRequest, type DatasetRequestInput } from "../../dataset/request";
import { requestOptions } from "../../dataset/requestOptions";
import { badRowPolicies } from "../../dataset/requestValues";
import { chatRoles } from "../../dataset/rowCheck";

function parsed(...args: string[]): Options {
  const options = parseOptions(args);
  if ("help" in options) throw new Error("only --help was requested");
  return options;
}

function problem(...args: string[]): string {
  try {
    parseOptions(args);
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

/** Any request that the schema accepts. Backslashes are excluded: the command line writes them as slashes. */
const anyRequest = (): fc.Arbitrary<DatasetRequestInput> => {
  const name = fc.stringMatching(/^[\w.-]{1,8}$/).filter((one) => !/^\.{1,2}$/.test(one));
  const text = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
    .filter((one) => /\S/.test(one) && !one.includes("\\"));
  // Characters that a list of names and columns gives a meaning, at any place.
  const special = fc.string({
    unit: fc.constantFrom(",", "=", " ", "\n", "{", '"', "a", "-"),
    minLength: 1,
    maxLength: 6,
  });
  const named = fc.oneof(
    text,
    special.filter((one) => /\S/.test(one)),
  );
  const split = fc.stringMatching(/^\w[\w.]{0,6}$/).filter((one) => one !== "__proto__");
  const common = {
    name: fc.tuple(name, name).map((parts) => parts.join("/")),
    columns: fc.record(Object.fromEntries(mappingKeys.map((key) => [key, named])), { requiredKeys: [] }),
    roles: fc.dictionary(named, fc.constantFrom(...chatRoles), { maxKeys: 3 }),
    directory: text,
    splitPercent: fc.integer({ min: 1, max: 100 }),
    sampleSeed: fc.integer({ min: 0, max: 2_147_483_647 }),
    tokenizer: text,
    onBadRow: fc.constantFrom(...badRowPolicies),
    splits: fc.array(split, { minLength: 1, maxLength: 3 }),
    force: fc.boolean(),
  };
  const files = fc.dictionary(split, fc.array(text, { minLength: 1, maxLength: 3 }), {
    minKeys: 1,
    maxKeys: 3,
  });
  return fc.oneof(
    fc.record({ ...common, subset: text, revision: text }, { requiredKeys: [] }),
    fc.record({ ...common, files }, { requiredKeys: ["files"] }),
  );
};

describe("the command line", () => {
  test("has the notebook's defaults", () => {
    expect(parsed()).toEqual({
      request: {
        name: "HuggingFaceH4/ultrachat_200k",
        directory: ".data/ultrachat_200k",
        splitPercent: 5,
        revision: "main",
        onBadRow: "fail",
        maxBadRows: 5,
        onLongRow: "cut",
        force: false,
      },
      json: false,
      rows: undefined,
    });
  });

  test("takes all rows of local files, and a directory named for them", () => {
    expect(
      parsed("--files", "train=a.csv", "--files", "train=b.csv", "--files", "test=c.csv").request,
    ).toMatchObject({
      name: "own-files",
      files: { train: ["a.csv", "b.csv"], test: ["c.csv"] },
      directory: ".data/own-files",
      splitPercent: 100,
    });
  });

  test("takes the notebook's options", () => {
    const args =
      "--dataset a/b --dataset_subset s --download_dir d --dataset_split_pc 100 --splits x,y".split(" ");
    expect(parsed(...args).request).toMatchObject({
      name: "a/b",
      subset: "s",
      directory: "d",
      splitPercent: 100,
      splits: ["x", "y"],
    });
  });

  test("takes a sample with a default seed, or with the given one", () => {
    expect(parsed("--shuffle").request.sampleSeed).toBe(42);
    expect(parsed("--shuffle", "--seed", "7").request.sampleSeed).toBe(7);
    expect(problem("--seed", "7")).toBe("--seed requires --shuffle");
  });

  test("takes the schema's role for the data's own names", () => {
    expect(parsed("--roles", "human=user, gpt = assistant").request.roles).toEqual({
      human: "user",
      gpt: "assistant",
    });
  });

  test("--help lists every option", () => {
    const options = parseOptions(["--help"]);
    for (const { flag } of Object.values(requestOptions))
      expect(options).toHaveProperty("help", expect.stringContaining(flag));
  });

  test.each(["0", "101", "five", "2.5", "", "1e1", " 5"])("rejects %j as a percentage", (value) => {
    expect(problem("--dataset_split_pc", value)).toBe(
      `--dataset_split_pc is ${JSON.stringify(value)}, must be a whole number from 1 to 100`,
    );
  });

  test("rejects a negative percentage", () => {
    expect(problem("--dataset_split_pc=-5")).toContain('is "-5", must be a whole number');
  });

  test.each(["../x", "a/b/c", "a/..", "https://x", ""])("rejects %j as a data set", (value) => {
    expect(problem(`--dataset=${value}`)).toContain("must be NAMESPACE/NAME");
  });

  test.each(["human", "human=", "=user", "human=person", ""])("rejects %j as names of roles", (value) => {
    expect(problem(`--roles=${value}`)).toBe(
      `--roles has ${JSON.stringify(value)}, must be NAME=ROLE with one of system, user, assistant, such as human=user`,
    );
  });

  test("rejects an encoding that Node does not decode", () => {
    const message = "must be an encoding, such as windows-1252, utf-16le or shift_jis";
    expect(problem("--encoding", "latin-x")).toBe(`--encoding is "latin-x", ${message}`);
    expect(problem("--request", '{"encoding": "latin-x"}')).toBe(
      `--request: encoding is latin-x, ${message}`,
    );
  });

  test("rejects an unknown field in --columns and suggests the one that was probably meant", () => {
    expect(problem("--columns", "promt=q")).toBe(
      '--columns has "promt=q", must be FIELD=COLUMN with one of messages, role, content, prompt, completion, system, prompt_id, did you mean prompt?',
    );
  });

  test("rejects options of the hub beside files", () => {
    expect(
      problem("--files", "train=a.csv", "--revision", "x", "--dataset_subset", "y").split("\n  "),
    ).toEqual([
      "--dataset_subset applies to a data set on the hub, not to files",
      "--revision applies to a data set on the hub, not to files",
    ]);
  });

  test("reports all mistakes at once", () => {
    const text = problem(
      ..."--colour --dataset a:b --dataset_split_pc 0 --splits x,,y --on-bad-row maybe --files train --files test".split(
        " ",
      ),
      ..."--roles human=person,gpt --seed 5".split(" "),
    );
    expect(text.split("\n")).toHaveLength(10);
  });

  test("names an unknown option and suggests the one that was probably meant", () => {
    expect(problem("--dataset-split-pc", "5")).toBe(
      "unknown option --dataset-split-pc, did you mean --dataset_split_pc?",
    );
    expect(problem("--colour")).toBe("unknown option --colour");
  });

  test("reports an option without its value, a value that an option does not take, and an argument", () => {
    expect(problem("--dataset")).toBe("--dataset needs a value");
    expect(problem("--dataset", "--force")).toBe("--dataset needs a value");
    expect(problem("--force=yes")).toBe("--force takes no value");
    expect(problem("here")).toBe("unexpected argument here");
  });
});

describe("--request", () => {
  test("takes the whole request as JSON", () => {
    const request = { name: "mine/chats", files: { train: ["a b.csv"] }, roles: { human: "user" as const } };
    expect(parsed("--request", JSON.stringify(request), "--json")).toEqual({
      request: datasetRequest.parse(request),
      json: true,
      rows: undefined,
    });
  });

  test("reports all mistakes at once, by field", () => {
    const request = {
      splitPercent: "5",
      onBadRow: "maybe",
      nam: "x",
      columns: { promt: "q" },
      files: { train: [] },
      revision: "main",
    };
    expect(problem("--request", JSON.stringify(request)).split("\n  ").sort()).toEqual([
      '--request: files.train is [], must be paths by split, such as {"train": ["data/train.jsonl"]}',
      "--request: onBadRow is maybe, must be fail, skip or report",
      "--request: revision applies to a data set on the hub, not to files",
      "--request: splitPercent is 5, must be a whole number from 1 to 100",
      "--request: there is no field columns.promt, did you mean prompt?",
      "--request: there is no field nam, did you mean name?",
    ]);
  });

  test.each(["[]", "null", "5"])("rejects %s", (text) => {
    expect(problem("--request", text)).toBe("--request must be a JSON object");
  });

  test("rejects text that is not JSON, and other options beside it", () => {
    expect(problem("--request", "{", "--force")).toMatch(
      /^--request contains the whole request: .*\n {2}--request is not JSON: /,
    );
  });
});

describe("the command of a stack", () => {
  test("contains the options that are set, in the order of version 0.1.0", () => {
    expect(
      commandLine({
        name: "a/b",
        subset: "s",
        revision: "main",
        files: { train_sft: ["x\\y.csv", "z.csv"], test: ["t.csv"] },
        columns: { prompt: "q", completion: "a" },
        roles: { human: "user" },
        directory: ".data/b",
        splitPercent: 5,
        sampleSeed: 7,
        tokenizer: "m/t",
        onBadRow: "skip",
      }),
    ).toBe(
      "node dist/scripts/download-dataset.js --dataset a/b --dataset_subset s --revision main --files train_sft=x/y.csv --files train_sft=z.csv" +
        " --files test=t.csv --columns prompt=q,completion=a --roles human=user --download_dir .data/b --dataset_split_pc 5 --shuffle --seed 7" +
        " --tokenizer m/t --on-bad-row skip --json",
    );
    expect(commandLine({ name: "a/b", columns: {}, onBadRow: "fail", splitPercent: 5 })).toBe(
      "node dist/scripts/download-dataset.js --dataset a/b --dataset_split_pc 5 --json",
    );
  });

  test("is parsed back to the same request", () => {
    fc.assert(
      fc.property(anyRequest(), (request) => {
        expect(parsed(...requestWords(request)).request).toEqual(datasetRequest.parse(request));
        expect(parsed("--request", JSON.stringify(request)).request).toEqual(datasetRequest.parse(request));
      }),
      { numRuns: 100 },
    );
  });

  (process.platform === "win32" ? test.skip : test)("keeps each word whole in a shell", () => {
    const request = { directory: 'it\'s $HOME `x` "y" & z', files: { train: ["a b.csv"] } };
    const line = commandLine(request).replace("node dist/scripts/download-dataset.js", "printf '%s\\n'");
    const words = execFileSync("sh", ["-c", line], { encoding: "utf8" }).trimEnd().split("\n");
    expect(words).toEqual([...requestWords(request), "--json"]);
  });
});
