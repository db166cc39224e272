import { holdBackReference, parseRow, pickRow, type Row } from "../../providers/score/conversation";

const turns = (...contents: string[]): Row["messages"] =>
  contents.map((content, index) => ({ role: index % 2 ? "assistant" : "user", content }));
const row = (...contents: string[]): Row => ({
  promptId: "p",
  messages: turns(...contents),
});

test.each<[string, Row, Row | undefined, ReturnType<typeof holdBackReference>]>([
  [
    "ends with an assistant turn: that turn",
    row("q", "a"),
    row("q", "other"),
    { messages: turns("q"), question: "q", reference: "a" },
  ],
  [
    "ends with a user turn: the assistant turn of the sft row after the same turns",
    row("q1", "a1", "q2"),
    row("q1", "a1", "q2", "a2", "q3", "a3"),
    { messages: turns("q1", "a1", "q2"), question: "q2", reference: "a2" },
  ],
  [
    "differs from the sft row before: the answer after the same question",
    row("q1", "a1", "q2"),
    row("q1", "A1", "x", "y", "q2", "a2"),
    { messages: turns("q1", "a1", "q2"), question: "q2", reference: "a2" },
  ],
  [
    "has a question that the sft row lacks: the last answer of the sft row",
    row("q1"),
    row("z", "a9"),
    { messages: turns("q1"), question: "q1", reference: "a9" },
  ],
  ["has no sft row: empty", row("q"), undefined, { messages: turns("q"), question: "q", reference: "" }],
  [
    "is an assistant turn alone: none, because no question is left",
    { ...row(), messages: [{ role: "assistant", content: "a" }] },
    undefined,
    undefined,
  ],
])("the reference answer of a row that %s", (_case, gen, sft, expected) => {
  expect(holdBackReference(gen, sft)).toEqual(expected);
});

test("skips lines that are no conversations", () => {
  for (const line of ["", "{", "[]", "null", '{"prompt_id":"p"}', '{"prompt_id":"p","messages":[1]}']) {
    expect(parseRow(line)).toBeUndefined();
  }
});

async function* lines(count: number, ids: (index: number) => string): AsyncGenerator<string> {
  for (let index = 0; index < count; index += 1) {
    yield JSON.stringify({ prompt: "q", prompt_id: ids(index), messages: turns(`q${index}`) });
  }
}

test("picks the same row for the same seed, and reaches every row with other seeds", async () => {
  const ids = (index: number): string => `id${index}`;
  const all = new Set(Array.from({ length: 10 }, (_, index) => ids(index)));
  const pick = async (seed: number): Promise<number | undefined> =>
    (await pickRow(lines(10, ids), seed, all))?.index;
  expect(await pick(7)).toBe(await pick(7));
  const reached = new Set<number | undefined>();
  for (let seed = 0; seed < 200; seed += 1) reached.add(await pick(seed));
  expect(reached.size).toBe(10);
});

test("prefers a row with a known answer, and otherwise picks any row", async () => {
  const ids = (index: number): string => `id${index}`;
  expect((await pickRow(lines(50, ids), 3, new Set(["id20"])))?.index).toBe(20);
  expect((await pickRow(lines(50, ids), 3, new Set()))?.row.promptId).toMatch(/^id/);
  expect(await pickRow(lines(0, ids), 3, new Set())).toBeUndefined();
});
