import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkExtraParameters } from "../../preflight/checks/extraParameters";
import { checkRequestFile } from "../../preflight/checks/requestFile";
import { config } from "../config/support";

describe("scoring.requestFile", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "request-file-"));
    mkdirSync(join(root, "folder"));
    writeFileSync(join(root, "notes.txt"), "mine");
    writeFileSync(join(root, "request.json"), '{"input_data": {}}');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test.each([
    ["folder", /"folder" is a directory/],
    ["new/", /names a directory/],
    ["notes.txt/a/request.json", /lies below .*notes\.txt, which is a file/],
    ["notes.txt", /exists and is not a scoring request; it would be overwritten/],
  ])("%s is refused, and nothing is written", async (file, message) => {
    const before = readdirSync(root);
    const problem = await checkRequestFile("scoring.requestFile", file, root);
    expect(problem?.seen).toMatch(message);
    expect(problem).toMatchObject({ property: "scoring.requestFile", allowed: expect.any(String) as string });
    expect(readdirSync(root)).toEqual(before);
  });

  test.each(["request.json", "a/b/new.json"])("%s is accepted", async (file) => {
    expect(await checkRequestFile("scoring.requestFile", file, root)).toBeUndefined();
    expect(readdirSync(root)).not.toContain("a");
  });
});

describe("finetune.extraParameters", () => {
  const component = {
    version: "0.0.90",
    inputs: {
      mlflow_model_path: { type: "mlflow_model", optional: true },
      deepspeed: { type: "uri_file", optional: true },
      packing: { type: "string", optional: true, enum: ["true", "false"] },
      pack_size: { type: "integer", optional: true, minimum: 1, maximum: 8 },
      pack_ratio: { type: "number", optional: true },
    },
  };
  const check = (extraParameters: Record<string, unknown>): string[] =>
    checkExtraParameters("x", config({ finetune: { extraParameters } }).finetune, component).map(
      ({ property, seen, allowed, remedy }) => [property, seen, allowed, remedy].join(" | "),
    );

  test("values that the component declares are accepted", () => {
    expect(check({ packing: true, pack_size: 8, pack_ratio: "1e-3", learning_rate: 0.1 })).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ["packing", "maybe", /x\.packing \| "maybe" \| true, false/],
    ["pack_size", 9, /x\.pack_size \| 9 \| a whole number, at least 1, at most 8/],
    ["pack_size", "1.5", /a whole number/],
    ["pack_ratio", "much", /x\.pack_ratio \| "much" \| a number/],
    ["deepspeed", "config.json", /the input is of type uri_file/],
    ["mlflow_model_path", "x", /the program sets this input/],
    ["pack_sise", 2, /0\.0\.90 has no input of this name .* Did you mean pack_size\?/],
    ["lora_alfa", 2, /Did you mean lora_alpha\?/],
    ["zzzzzzzz", 2, /set finetune\.component\.version/],
  ])("%s: %p is refused", (name, value, message) => {
    const found = check({ [name]: value });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});
