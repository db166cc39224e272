import { mapColumns, mapRow, type ColumnMapping, type MappedColumns } from "../../dataset/columns";
import { mappedProblem } from "../../dataset/mappedProblem";
import type { Row } from "../../dataset/rowCheck";

const problemOf = (
  row: Row,
  mapping: ColumnMapping = {},
  tools: "fail" | "drop" = "fail",
): string | undefined => {
  const mapped = mapColumns(mapping, Object.keys(row), { tools }) as MappedColumns;
  return mappedProblem(row, mapRow(row, mapped), mapped, true);
};

const sharegpt: ColumnMapping = {
  messages: "conversations",
  role: "from",
  content: "value",
  roles: { human: "user", gpt: "assistant" },
  system: "system",
};
const said = (from: string, value: unknown): Row => ({ from, value });
const alpaca: ColumnMapping = { prompt: "{instruction}\n\n{input}", completion: "output", system: "system" };

test.each<[string, Row, ColumnMapping, string | undefined]>([
  ["a good row", { prompt: "Q", completion: "A" }, {}, undefined],
  ["a column", { q: "Q", a: null }, { prompt: "q", completion: "a" }, "a is null, must be a string"],
  [
    "the column of a template that is not a text",
    { instruction: "Q", input: 3, output: "A", system: "" },
    alpaca,
    "input is a number, must be a string",
  ],
  [
    "all columns of an empty template",
    { instruction: "", input: "", output: "A", system: "" },
    alpaca,
    "instruction with input is empty",
  ],
  [
    "the answer beside a system message",
    { instruction: "Q", input: "", output: "", system: "S" },
    alpaca,
    "output is empty",
  ],
  [
    "the turn of a list, not counting the system column",
    { conversations: [said("human", "Q"), said("gpt", "")], system: "S" },
    sharegpt,
    "conversations[1].value is empty",
  ],
  [
    "an unknown role by the list's key",
    { conversations: [said("bot", "Q")], system: "" },
    sharegpt,
    'conversations[0].from is "bot", must be system, user or assistant; map "bot" with --roles (in a stack: dataset.roles)',
  ],
  [
    "a list that is none",
    { conversations: { from: "human" }, system: "" },
    sharegpt,
    "conversations is an object, must be a list of {from, value}",
  ],
  ["a text that is not JSON", { messages: "[{" }, {}, "messages is not a JSON list of {role, content}"],
  ["an id", { prompt: "Q", completion: "A", id: "" }, { prompt_id: "id" }, "id is empty"],
])("a problem names %s", (_name, row, mapping, problem) => {
  expect(problemOf(row, mapping)).toBe(problem);
});

test("a call and a tool's turn are reported as such, and are not counted out when they are dropped", () => {
  const call = { role: "assistant", content: null, tool_calls: [] };
  const result = { role: "tool", content: "7" };
  const asked = { role: "user", content: "Q" };
  const toolTurn =
    "is a tool's turn or a call; leave such turns out with --tool-turns drop (in a stack: dataset.toolTurns)";
  expect(problemOf({ messages: [asked, call, result] })).toBe(`messages[1] ${toolTurn}`);
  expect(problemOf({ messages: [asked, { ...call, content: "I look." }, result] })).toBe(
    `messages[2] ${toolTurn}`,
  );
  const empty = { role: "assistant", content: "" };
  expect(problemOf({ messages: [asked, call, result, empty] }, {}, "drop")).toBe(
    "messages[3].content is empty",
  );
});
