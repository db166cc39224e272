import { randomFrom } from "../../../local/data/random";
import { createDecoder } from "../../../local/trainer/decoder";
import { argMax, checkGeneration, generateAnswer, sample } from "../../../local/trainer/generate";
import { trainTokenizer } from "../../../local/trainer/pretraining/bpe";
import { openTokenizer, type ChatTokenizer } from "../../../local/trainer/tokenizer";
import { initialWeights } from "../../../local/trainer/weights";
import { TINY } from "./tinyModel";

describe("sampling", () => {
  const logits = Float32Array.from([0, Math.log(4), Math.log(3), Math.log(2)]);

  test("greedy sampling takes the largest logit, of equal ones the first", () => {
    expect(argMax(logits)).toBe(1);
    expect(argMax(Float32Array.from([2, 5, 5]))).toBe(1);
  });

  test("at temperature 1 and top_p 1 tokens are sampled by their probability", () => {
    const random = randomFrom(1);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) {
      counts[sample(logits, 1, 1, random)]!++;
    }
    [0.1, 0.4, 0.3, 0.2].forEach((p, id) => expect(counts[id]! / 20_000).toBeCloseTo(p, 1));
  });

  test.each([
    [0.39, [1]],
    [0.69, [1, 2]],
    [0.89, [1, 2, 3]],
    [1, [0, 1, 2, 3]],
  ])("top_p %d leaves %j", (topP, expected) => {
    const random = randomFrom(2);
    const drawn = new Set(Array.from({ length: 500 }, () => sample(logits, 1, topP, random)));
    expect([...drawn].sort()).toEqual(expected);
  });

  test("a low temperature is nearly greedy", () => {
    const random = randomFrom(3);
    expect(new Set(Array.from({ length: 200 }, () => sample(logits, 0.02, 1, random)))).toEqual(new Set([1]));
  });
});

describe("generation", () => {
  let tokenizer: ChatTokenizer;
  const decoder = createDecoder(TINY, initialWeights(TINY, 3));
  const ask = (text: string, parameters = {}) =>
    generateAnswer(decoder, tokenizer, TINY.contextLength, [{ role: "user", content: text }], parameters);
  beforeAll(async () => {
    tokenizer = await openTokenizer(trainTokenizer(["What is red?", "red is red"], TINY.vocabSize), "t");
  });

  test("the same seed gives the same answer, another seed another", () => {
    const first = ask("red", { doSample: true, temperature: 2, seed: 11, maxNewTokens: 12 });
    expect(ask("red", { doSample: true, temperature: 2, seed: 11, maxNewTokens: 12 })).toEqual(first);
    expect(ask("red", { doSample: true, temperature: 2, seed: 12, maxNewTokens: 12 }).text).not.toBe(
      first.text,
    );
  });

  test("stops at max_new_tokens and at the end of the context", () => {
    expect(ask("red", { maxNewTokens: 3 }).newTokens).toBeLessThanOrEqual(3);
    const { promptTokens, newTokens } = ask("red", { maxNewTokens: 10_000 });
    expect(promptTokens + newTokens).toBeLessThanOrEqual(TINY.contextLength + 1);
  });

  test.each([["x".repeat(5000)], ["日本語🎉".repeat(300)], [""], ["\0\uD800"], ["<|end|><|endoftext|>"]])(
    "accepts any input (%#)",
    (text) => {
      const { promptTokens } = ask(text, { maxNewTokens: 5 });
      expect(promptTokens).toBeLessThanOrEqual(TINY.contextLength - 5);
    },
  );

  test.each([
    [{ temperature: 0 }, "temperature is 0, must be a number above 0."],
    [{ temperature: -1 }, "temperature is -1"],
    [{ topP: 0 }, "top_p is 0, must be above 0 and at most 1."],
    [{ topP: 1.1 }, "top_p is 1.1"],
    [{ maxNewTokens: 0 }, "max_new_tokens is 0, must be a whole number above 0."],
    [{ maxNewTokens: 1.5 }, "max_new_tokens is 1.5"],
    [{ seed: 0.5 }, "seed is 0.5, must be a whole number."],
  ])("refuses %j", (parameters, message) => {
    expect(() => checkGeneration([{ role: "user", content: "x" }], parameters)).toThrow(
      expect.objectContaining({
        code: "InvalidParameter",
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  test("refuses an empty conversation", () => {
    expect(() => ask.call(null, "x") && checkGeneration([], {})).toThrow(/messages is empty/);
  });
});
