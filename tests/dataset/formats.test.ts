import { jsonLines, ownFiles, table } from "./ownFiles";

const { copy, fails, ok, path, prepare, write } = ownFiles();

/** Writes rows as JSON lines and as parquet, and expects the same conversations and output of both. */
async function both(rows: object[], ...args: string[]): Promise<{ out: string; rows: string[][] }> {
  await write("a.jsonl", jsonLines(rows));
  const read = await ok("a.jsonl", ...args);
  await copy(`SELECT * FROM read_json('${path("a.jsonl")}')`, "a.parquet");
  const parquet = await ok("a.parquet", ...args);
  expect(parquet.rows).toEqual(read.rows);
  const recognized = (out: string): string | undefined => /: (?:JSON lines|parquet)(, .*)/.exec(out)?.[1];
  expect(recognized(parquet.out)).toBe(recognized(read.out));
  return read;
}

const user = { role: "user", content: "Q" };
const assistant = { role: "assistant", content: "A" };
const talk = ["user: Q", "assistant: A"];

describe("a format is recognized:", () => {
  test("messages, as they are", async () => {
    const system = { role: "system", content: "Be kind." };
    const { out, rows } = await both([{ messages: [system, user, assistant, user] }, { messages: [user] }]);
    expect(rows).toEqual([["system: Be kind.", ...talk, "user: Q"], ["user: Q"]]);
    expect(out).toContain("rows in the format messages");
  });

  test("messages in a table, as JSON text", async () => {
    await write("a.csv", table([{ messages: JSON.stringify([user, assistant]) }]));
    const { out, rows } = await ok("a.csv");
    expect(rows).toEqual([talk]);
    expect(out).toContain("rows in the format messages");
  });

  test("prompt-completion", async () => {
    const { out, rows } = await both([{ prompt: "Q", completion: "A" }]);
    expect(rows).toEqual([talk]);
    expect(out).toContain("rows in the format prompt-completion");
  });

  test("alpaca, whose input vanishes when it is empty", async () => {
    const { out, rows } = await both([
      { instruction: "Add.", input: "1 2", output: "3" },
      { instruction: "Hi", input: "", output: "Hello" },
      { instruction: "Ho", input: null, output: "Hello" },
      { instruction: "", input: "Only the input", output: "Hello" },
    ]);
    expect(rows).toEqual([
      ["user: Add.\n\n1 2", "assistant: 3"],
      ["user: Hi", "assistant: Hello"],
      ["user: Ho", "assistant: Hello"],
      ["user: Only the input", "assistant: Hello"],
    ]);
    expect(out).toContain("rows in the format alpaca\n");
  });

  test("alpaca without input, with a system text", async () => {
    const { out, rows } = await both([
      { instruction: "Q", output: "A", system: "Be kind." },
      { instruction: "Q", output: "A", system: "" },
    ]);
    expect(rows).toEqual([["system: Be kind.", ...talk], talk]);
    expect(out).toContain("rows in the format alpaca\n");
  });

  test("sharegpt, with a system text and a column that is not used", async () => {
    const conversations = [
      { from: "human", value: "Q" },
      { from: "gpt", value: "A" },
      { from: "user", value: "Q" },
      { from: "chatgpt", value: "A" },
    ];
    const first = [{ from: "system", value: "Be kind." }, ...conversations.slice(0, 2)];
    const { out, rows } = await both([
      { id: "x", conversations: first, system: "" },
      { id: "y", conversations, system: "Be brief." },
    ]);
    expect(rows).toEqual([
      ["system: Be kind.", ...talk],
      ["system: Be brief.", ...talk, ...talk],
    ]);
    expect(out).toContain("rows in the format sharegpt; columns not used: id\n");
  });
});

describe("the format openai", () => {
  const call = { role: "assistant", content: null, tool_calls: [{ id: "1" }] };
  const result = { role: "tool", content: "7", tool_call_id: "1" };

  test("joins text parts, and reads developer as system", async () => {
    const parts = ["Q", "1"].map((text) => ({ type: "text", text }));
    await write(
      "a.jsonl",
      jsonLines([
        {
          messages: [{ role: "developer", content: "Be kind." }, { role: "user", content: parts }, assistant],
        },
      ]),
    );
    const { out, rows } = await ok("a.jsonl", "--format", "openai");
    expect(rows).toEqual([["system: Be kind.", "user: Q1", "assistant: A"]]);
    expect(out).toContain("rows in the format openai");
    expect(await fails("a.jsonl")).toContain(
      'messages[0].role is "developer", must be system, user or assistant',
    );
  });

  test("has turns of tools, which are refused", async () => {
    await write(
      "a.jsonl",
      jsonLines([{ messages: [user, assistant] }, { messages: [user, call, result, assistant] }]),
    );
    for (const args of [[], ["--format", "openai"], ["--tool-turns", "fail"]])
      expect(await fails("a.jsonl", ...args)).toContain(
        "train, row 1: messages[1] is a tool's turn or a call; leave such turns out with --tool-turns drop",
      );
    await write(
      "b.jsonl",
      jsonLines([{ messages: [user, { ...call, content: "Wait." }, result, assistant] }]),
    );
    expect(await fails("b.jsonl")).toContain("messages[2] is a tool's turn or a call");
  });

  test("has turns of tools, which are left out on request; a text beside a call stays", async () => {
    const rows = [
      { messages: [user, call, result, assistant] },
      { messages: [user, { ...call, content: "A" }, result] },
      { messages: [user, assistant] },
    ];
    await write("a.jsonl", jsonLines(rows));
    expect((await ok("a.jsonl", "--tool-turns", "drop")).rows).toEqual([talk, talk, talk]);
    await copy(`SELECT * FROM read_json('${path("a.jsonl")}')`, "a.parquet");
    expect((await ok("a.parquet", "--tool-turns", "drop", "--format", "openai")).rows).toEqual([
      talk,
      talk,
      talk,
    ]);
  });

  test("has a picture, which is a bad row", async () => {
    const parts = [
      { type: "text", text: "Q" },
      { type: "image_url", image_url: { url: "x" } },
    ];
    await write("a.jsonl", jsonLines([{ messages: [{ role: "user", content: parts }, assistant] }]));
    expect(await fails("a.jsonl")).toContain("messages[0].content is a list, must be a string");
  });
});

describe("a stated format", () => {
  const everything = {
    ...{ prompt: "P", completion: "C", instruction: "I", output: "O", messages: [user, assistant] },
    conversations: [
      { from: "human", value: "H" },
      { from: "gpt", value: "G" },
    ],
  };

  test.each([
    ["messages", talk],
    ["prompt-completion", ["user: P", "assistant: C"]],
    ["alpaca", ["user: I", "assistant: O"]],
    ["sharegpt", ["user: H", "assistant: G"]],
    ["openai", talk],
  ])("%s decides where the columns allow several", async (format, expected) => {
    const { out, rows } = await both([everything], "--format", format);
    expect(rows).toEqual([expected]);
    expect(out).toContain(`rows in the format ${format}; columns not used: `);
  });

  test("is not guessed where the columns allow several: messages are read, and what is left is listed", async () => {
    const { out, rows } = await both([everything]);
    expect(rows).toEqual([talk]);
    expect(out).toMatch(
      /a\.jsonl: JSON lines; columns not used: prompt, completion, instruction, output, conversations\n/,
    );
  });

  test("whose columns are absent is an error that names them and the formats", async () => {
    await write("a.csv", "question,answer\nQ,A\n");
    const err = await fails("a.csv", "--format", "alpaca");
    expect(err).toContain('a.csv has no column "instruction", "output" (it has question, answer)');
    expect(err).toContain(
      "--format (dataset.format) to one of messages, prompt-completion, alpaca, sharegpt, openai",
    );
    expect((await prepare("a.csv", "--format", "alpacca")).err).toContain(
      '--format is "alpacca", must be one of messages, prompt-completion, alpaca, sharegpt, openai',
    );
  });

  test("gives way to the columns of the request", async () => {
    const rows = [{ instruction: "I", input: "X", output: "O", answer: "A", lead: "Be kind." }];
    for (const format of [[], ["--format", "alpaca"]])
      expect((await both(rows, "--columns", "completion=answer,system=lead", ...format)).rows).toEqual([
        ["system: Be kind.", "user: I\n\nX", "assistant: A"],
      ]);
    expect((await both(rows, "--columns", "prompt=input,completion=output")).rows).toEqual([
      ["user: X", "assistant: O"],
    ]);
  });
});

describe("a template", () => {
  test("leaves out a part whose column is empty, with the text before it", async () => {
    const columns = JSON.stringify({
      prompt: "{title}\n\nContext: {context}\n\nQuestion: {question}",
      completion: "Answer: {answer}.",
      system: "You are {persona}.",
    });
    const rows = [
      { title: "T", context: "C", question: "Q", answer: "A", persona: "kind" },
      { title: "T", context: "", question: "Q", answer: "A", persona: "" },
      { title: "", context: "C", question: "", answer: "A", persona: null },
      { title: null, context: null, question: "Q", answer: "A", persona: null },
    ];
    expect((await both(rows, "--columns", columns)).rows).toEqual([
      ["system: You are kind.", "user: T\n\nContext: C\n\nQuestion: Q", "assistant: Answer: A."],
      ["user: T\n\nQuestion: Q", "assistant: Answer: A."],
      ["user: Context: C", "assistant: Answer: A."],
      ["user: Question: Q", "assistant: Answer: A."],
    ]);
    await write("b.csv", table(rows.slice(0, 2) as Array<Record<string, string>>));
    expect((await ok("b.csv", "--columns", columns)).rows).toHaveLength(2);
    await write("c.jsonl", jsonLines([{ ...rows[0], answer: "" }]));
    expect(await fails("c.jsonl", "--columns", columns)).toContain("answer is empty");
  });

  test("that names an absent column is an error with that name", async () => {
    await write("a.csv", "q,a\nQ,A\n");
    expect(await fails("a.csv", "--columns", '{"prompt": "{q} {context}", "completion": "a"}')).toContain(
      'a.csv has no column "context" (it has q, a)',
    );
  });
});
