import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { expectSuccess } from "../expectExit";
import { makeTestSandbox, outputs, stateOf } from "./support";

/** A text that stands for personal data, in every row. */
const personal = "Alice Example, born 1 April 1970";

/** The rows of a file, in one of the forms that people publish. */
const forms = {
  alpaca: (question: string, answer: string) => ({ instruction: question, input: "", output: answer }),
  sharegpt: (question: string, answer: string) => ({
    conversations: [
      { from: "human", value: question },
      { from: "gpt", value: answer },
    ],
  }),
  openai: (question: string, answer: string) => ({
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
  }),
};

function writeRows(sandbox: Sandbox, split: string, count: number, form: keyof typeof forms): string {
  const rows = Array.from({ length: count }, (_, index) =>
    forms[form](`${personal}: question ${index} of ${split}?`, `${personal}: answer ${index}.`),
  );
  const isArray = form === "alpaca";
  const file = `own/${split}.${isArray ? "json" : "jsonl"}`;
  const text = isArray ? JSON.stringify(rows, null, 2) : rows.map((row) => JSON.stringify(row)).join("\n");
  mkdirSync(path.join(sandbox.root, "own"), { recursive: true });
  writeFileSync(path.join(sandbox.root, file), `${text}\n`);
  return file;
}

/** All files below a directory, except those of the local cloud itself, which contains the uploaded data. */
function textsBelow(directory: string): string {
  return readdirSync(directory)
    .map((name) => path.join(directory, name))
    .map((file) => (statSync(file).isDirectory() ? textsBelow(file) : readFileSync(file, "utf8")))
    .join("\n");
}

describe("a stack that trains on a user's own files", () => {
  let sandbox: Sandbox;
  let printed = "";

  const succeed = async (script: string, ...argv: string[]) => {
    const done = await sandbox.run(script, ...argv);
    expectSuccess(done);
    printed += done.all;
    return done.all;
  };
  const state = () => textsBelow(path.join(sandbox.root, ".local/state"));

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    const files = {
      train_sft: writeRows(sandbox, "train_sft", 40, "alpaca"),
      test_sft: writeRows(sandbox, "test_sft", 8, "sharegpt"),
      test_gen: writeRows(sandbox, "test_gen", 8, "openai"),
    };
    const dataset = { name: "mine/people", files };
    sandbox.setConfig("azureml-finetune:dataset", dataset);
  });
  afterAll(() => sandbox.dispose());

  test("has no row in the state, its history, the outputs and everything that is printed", async () => {
    await succeed("stack", "preview");
    const started = await succeed("start");
    expect(started).toContain("The model answered. dataset.showRows: true");
    await succeed("stack", "outputs");
    await succeed("stack", "outputs", "--json", "--show-secrets");
    await succeed("stack", "preview", "--diff", "--expect-no-changes");
    expect(state().includes(personal)).toBe(false);
    expect(printed.includes(personal)).toBe(false);
    expect(outputs(sandbox)).not.toHaveProperty("firstRows");
    expect(outputs(sandbox)).not.toHaveProperty("sampleScore");
    expect(outputs(sandbox)).toMatchObject({
      dataSummary: {
        columns: { prompt: "string", messages: "list", prompt_id: "string" },
        splits: { train_sft: { rows: 40 }, test_sft: { rows: 8 }, test_gen: { rows: 8 } },
      },
    });
  });

  test("has them as secrets with dataset.showRows, and trains nothing again", async () => {
    const job = outputs(sandbox).jobName;
    sandbox.setConfig("azureml-finetune:dataset.showRows", true);
    await succeed("start");
    await succeed("stack", "refresh", "--expect-no-changes");
    await succeed("stack", "preview", "--diff", "--expect-no-changes");
    expect(await succeed("stack", "outputs")).toContain("Secrets are hidden. --show-secrets prints them.");
    expect(outputs(sandbox).jobName).toBe(job);
    expect(state().includes(personal)).toBe(false);
    expect(printed.includes(personal)).toBe(false);
    const shown = await sandbox.run("stack", "outputs", "--json", "--show-secrets");
    const { firstRows, sampleScore } = JSON.parse(shown.stdout) as Record<string, unknown>;
    expect(firstRows).toHaveLength(5);
    expect(JSON.stringify(firstRows)).toContain(personal);
    expect(JSON.stringify(sampleScore)).toContain(personal);
    const secret = stateOf(sandbox).resources.filter(({ inputs }) =>
      JSON.stringify(inputs ?? {}).includes("ciphertext"),
    );
    expect(secret.map(({ type }) => type)).toEqual([]);
  });

  test("has none again after showRows is taken back", async () => {
    sandbox.setConfig("azureml-finetune:dataset.showRows", undefined);
    await succeed("stack", "up");
    const shown = await sandbox.run("stack", "outputs", "--json", "--show-secrets");
    expect(shown.stdout).not.toContain(personal);
    await succeed("stack", "destroy");
  });
});
