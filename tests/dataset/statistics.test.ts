import { resolve } from "node:path";
import { addFact, factOf, noFacts } from "../../dataset/facts";
import { openTokenizer } from "../../dataset/tokens";

const talk = (...texts: string[]) => ({
  messages: texts.map((content, index) => ({ content, role: index % 2 === 0 ? "user" : "assistant" })),
});

describe("facts of rows", () => {
  test("name the longest row and the largest number of messages", () => {
    const facts = noFacts();
    for (const one of [talk("Hé?", "Ja."), talk("a".repeat(500), "ok"), talk("1", "2", "3", "4")])
      addFact(facts, factOf(one));
    expect(facts).toEqual({
      rows: 3,
      messages: 8,
      mostMessages: 4,
      textBytes: 513,
      longest: { row: 1, textBytes: 502 },
    });
  });

  test("count what is no message of a kept bad row as an empty text", () => {
    expect(factOf({ messages: [null, { content: 5 }, { content: "é" }] })).toEqual({
      messages: 3,
      textBytes: 2,
    });
    expect(factOf({ messages: "none" })).toEqual({ messages: 0, textBytes: 0 });
  });
});

describe("counting tokens", () => {
  const tokenizer = resolve(__dirname, "../../local/trainer/base/tokenizer.json");

  test("counting by word equals counting the whole text", async () => {
    const { Tokenizer } = await import("@huggingface/tokenizers");
    const json = JSON.parse(await (await import("node:fs/promises")).readFile(tokenizer, "utf8")) as object;
    const whole = new Tokenizer(json, {});
    const { count } = await openTokenizer({ path: tokenizer });
    for (const text of [
      "",
      "Where does Anna live?",
      "One\n\ntwo  three, (four) 5.5 naïve façade é",
      "日本 x  y z",
    ]) {
      expect(count(text)).toBe(
        text === "" ? 0 : whole.encode(text, { add_special_tokens: false }).ids.length,
      );
    }
  });
});
