import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readChats } from "../../../local/trainer/chatData";

const good = {
  prompt: "Hi",
  prompt_id: "1",
  messages: [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello!" },
  ],
};

describe("reading chats", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "chats-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const read = async (text: string) => {
    const file = join(folder, "train_sft.jsonl");
    await writeFile(file, text);
    return readChats(file);
  };

  test("reads rows, skips empty lines and accepts Windows line ends", async () => {
    expect(await read(`${JSON.stringify(good)}\r\n\n${JSON.stringify(good)}`)).toEqual([good, good]);
  });

  test.each([
    ["text that is not JSON", "{", /not JSON/],
    ["a list", "[]", /\[\] is not an object/],
    ["a number", "3", /3 is not an object/],
    ["a missing prompt", JSON.stringify({ ...good, prompt: undefined }), /prompt is missing, must be a text/],
    ["a numeric prompt_id", JSON.stringify({ ...good, prompt_id: 7 }), /prompt_id is 7, must be a text/],
    ["no messages", JSON.stringify({ ...good, messages: undefined }), /messages is missing, must be a list/],
    [
      "empty messages",
      JSON.stringify({ ...good, messages: [] }),
      /messages is \[\], must be a list of at least one/,
    ],
    [
      "another role",
      JSON.stringify({ ...good, messages: [good.messages[0], { role: "bot", content: "x" }] }),
      /messages\[1\]\.role is "bot", must be one of system, user, assistant/,
    ],
    ["a turn that is null", JSON.stringify({ ...good, messages: [null] }), /messages\[0\]\.role is missing/],
    [
      "content that is not text",
      JSON.stringify({ ...good, messages: [{ role: "user", content: 5 }] }),
      /messages\[0\]\.content is 5, must be a text/,
    ],
  ])("refuses %s, naming file and line", async (_, line, message) => {
    const reading = read(`${JSON.stringify(good)}\n${line}\n`);
    await expect(reading).rejects.toMatchObject({ code: "InvalidData", name: "TrainerError" });
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(/^train_sft\.jsonl:2: /);
  });

  test("refuses a file without rows and a missing file", async () => {
    await expect(read("\n")).rejects.toThrow("train_sft.jsonl contains no rows");
    await expect(readChats(join(folder, "other.jsonl"))).rejects.toThrow(/other\.jsonl cannot be read/);
  });
});
