import { holdBackReference, parseRow, pickRow, type Row } from "../../providers/score/conversation";

const turns = (...contents: string[]): Row["messages"] =>
  contents.map((content, index) => ({ role: index % 2 ? "assistant" : "user", content }));
const row = (...contents: string[]): Row => ({
  promptId: "p",
  messages: turns(...contents),
});

test.each<[string, Row, Row | undefined, ReturnType<typeof holdBackReference>]>([
  [
    "ends with the assistant: that turn is held back",
    row("q", "a"),
    row("q", "other"),
    { messages: turns("q"), question: "q", reference: "a" },
  ],
  [
    "ends with the user: the sft row holds the answer to the same turns",
    row("q1", "a1", "q2"),
    row("q1", "a1", "q2", "a2", "q3", "a3"),
    { messages: turns("q1", "a1", "q2"), question: "q2", reference: "a2" },
  ],
  [
    "the sft row went another way before: the answer after the same question",
    row("q1", "a1", "q2"),
    row("q1", "A1", "x", "y", "q2", "a2"),
    { messages: turns("q1", "a1", "q2"), question: "q2", reference: "a2" },
  ],
  [
    "the sft row lacks the question: its last answer",
    row("q1"),
    row("z", "a9"),
    { messages: turns("q1"), question: "q1", reference: "a9" },
  ],
  ["no sft row: no reference", row("q"), undefined, { messages: turns("q"), question: "q", reference: "" }],
  [
    "an assistant's turn alone: nothing to ask",
    { ...row(), messages: [{ role: "assistant", content: "a" }] },
    undefined,
    undefined,
  ],
])("the true answer where a row %s", (_case, gen, sft, expected) => {
  expect(holdBackReference(gen, sft)).toEqual(expected);
});

test("lines that are no conversations are skipped", () => {
  for (const line of ["", "{", "[]", "null", '{"prompt_id":"p"}', '{"prompt_id":"p","messages":[1]}']) {
    expect(parseRow(line)).toBeUndefined();
  }
});

async function* lines(count: number, ids: (index: number) => string): AsyncGenerator<string> {
  for (let index = 0; index < count; index += 1) {
    yield JSON.stringify({ prompt: "q", prompt_id: ids(index), messages: turns(`q${index}`) });
  }
}

test("the same seed picks the same row, and seeds reach every row", async () => {
  const ids = (index: number): string => `id${index}`;
  const all = new Set(Array.from({ length: 10 }, (_, index) => ids(index)));
  const pick = async (seed: number): Promise<number | undefined> =>
    (await pickRow(lines(10, ids), seed, all))?.index;
  expect(await pick(7)).toBe(await pick(7));
  const reached = new Set<number | undefined>();
  for (let seed = 0; seed < 200; seed += 1) reached.add(await pick(seed));
  expect(reached.size).toBe(10);
});

test("a row whose answer is known is preferred; without one any row serves", async () => {
  const ids = (index: number): string => `id${index}`;
  expect((await pickRow(lines(50, ids), 3, new Set(["id20"])))?.index).toBe(20);
  expect((await pickRow(lines(50, ids), 3, new Set()))?.row.promptId).toMatch(/^id/);
  expect(await pickRow(lines(0, ids), 3, new Set())).toBeUndefined();
});
