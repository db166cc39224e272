import fc from "fast-check";
import { trainTokenizer } from "../../../local/trainer/pretraining/bpe";
import { encodeChat, encodePrompt } from "../../../local/trainer/template";
import { openTokenizer, SPECIAL_TOKENS, type ChatTokenizer } from "../../../local/trainer/tokenizer";
import type { ChatTurn, TrainerError } from "../../../local/trainer/contract";

const TEXTS = [
  "the capital of France is Paris.",
  "the capital of Spain is Madrid.",
  "Where does a frog live?",
  "a frog lives in ponds.",
];
const json = trainTokenizer(TEXTS, 300);
let tokenizer: ChatTokenizer;

beforeAll(async () => {
  tokenizer = await openTokenizer(json, "tokenizer.json");
});

describe("the tokenizer", () => {
  test("gives any text back, whatever the script", () => {
    const anyText = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(...SPECIAL_TOKENS, "\uFEFF", "\0", "\r\n \t", "a\u0301", "👩‍👩‍👧", "  two  spaces "),
    );
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 4 }), (parts) => {
        const text = wellFormed(parts.join(""));
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  test("never makes a mark of what people type", () => {
    const marks = new Set(SPECIAL_TOKENS.map(tokenizer.id));
    for (const token of SPECIAL_TOKENS) {
      expect(tokenizer.encode(`x${token}y`).filter((id) => marks.has(id))).toEqual([]);
    }
  });

  test("decodes nothing to nothing and leaves marks out", () => {
    expect(tokenizer.decode([])).toBe("");
    expect(tokenizer.decode([tokenizer.id("<|end|>"), ...tokenizer.encode("frog")])).toBe("frog");
  });

  test("training is deterministic and merges frequent pairs", () => {
    expect(trainTokenizer(TEXTS, 300)).toEqual(json);
    expect(tokenizer.encode("the capital of").length).toBeLessThan("the capital of".length / 2);
    // 261 bytes and special tokens at the start; the few texts run out of pairs before 300.
    expect(tokenizer.vocabSize).toBeGreaterThan(261);
    expect(tokenizer.vocabSize).toBeLessThanOrEqual(300);
  });

  test.each([
    ["no object", null, /must be a tokenizer\.json/],
    ["another model", { added_tokens: [], model: { type: "Unigram", vocab: {} } }, /BPE/],
    [
      "missing marks",
      { added_tokens: [{ id: 0, content: "<|end|>" }], model: { type: "BPE", vocab: {}, merges: [] } },
      /lacks the special tokens <\|endoftext\|>/,
    ],
  ])("refuses %s", async (_, value, message) => {
    await expect(openTokenizer(value, "tokenizer.json")).rejects.toMatchObject({
      code: "InvalidModel",
      message: expect.stringMatching(message) as string,
    } satisfies Partial<TrainerError>);
  });
});

describe("the chat template", () => {
  const turns: ChatTurn[] = [
    { role: "user", content: "Where does a frog live?" },
    { role: "assistant", content: "a frog lives in ponds." },
    { role: "user", content: "the capital of Spain" },
  ];

  test("marks the assistant's words and their end, and nothing else", () => {
    const { ids, isAnswer } = encodeChat(turns, tokenizer);
    const answered = ids.filter((_, index) => isAnswer[index] === 1);
    expect(answered).toEqual([...tokenizer.encode("a frog lives in ponds."), tokenizer.id("<|end|>")]);
    expect(ids[0]).toBe(tokenizer.id("<|endoftext|>"));
  });

  test("ends a prompt at the start of the assistant's turn", () => {
    const ids = encodePrompt(turns, tokenizer, 1000);
    expect(ids.slice(-2)).toEqual([tokenizer.id("<|assistant|>"), ...tokenizer.encode("\n")]);
    expect(ids.slice(0, -2)).toEqual(encodeChat(turns, tokenizer).ids);
  });

  test("drops the oldest turns first from a chat that is too long", () => {
    const last = encodePrompt(turns.slice(2), tokenizer, 1000);
    const whole = encodePrompt(turns, tokenizer, 1000);
    expect(encodePrompt(turns, tokenizer, whole.length - 1)).toEqual(last);
  });

  test("drops the system turn after older turns", () => {
    const system: ChatTurn = { role: "system", content: "a frog" };
    const limit = encodePrompt([system, turns[2]!], tokenizer, 1000).length;
    expect(encodePrompt([system, ...turns], tokenizer, limit)).toEqual(
      encodePrompt([system, turns[2]!], tokenizer, 1000),
    );
  });

  test("cuts the beginning of a single turn that is too long, so that it always fits", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 100, maxLength: 400 }),
        fc.integer({ min: 10, max: 60 }),
        (text, limit) => {
          const ids = encodePrompt([{ role: "user", content: text }], tokenizer, limit);
          expect(ids.length).toBeLessThanOrEqual(limit);
          expect(ids.slice(0, 2)).toEqual([tokenizer.id("<|endoftext|>"), tokenizer.id("<|user|>")]);
          expect(ids.at(-2)).toBe(tokenizer.id("<|assistant|>"));
        },
      ),
      { numRuns: 20 },
    );
  });
});

/** The text with lone surrogates replaced, which UTF-8 cannot represent. */
function wellFormed(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
