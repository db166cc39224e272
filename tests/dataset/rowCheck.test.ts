import { rowProblem, type Row } from "../../dataset/rowCheck";

const user = { role: "user", content: "Hi" };
const assistant = { role: "assistant", content: "Hello" };
const system = { role: "system", content: "Be kind" };

function chat(...messages: unknown[]): Row {
  return { prompt: "Hi", prompt_id: "1", messages };
}

describe("the row check", () => {
  test.each([
    ["a dialogue", chat(user, assistant)],
    ["one that ends with the user's turn", chat(user, assistant, user)],
    ["one with a system message first", chat(system, user, assistant)],
    ["one without prompt columns", { messages: [user] }],
    ["one with further columns", { ...chat(user), source: 7 }],
  ])("accepts %s", (_name, row) => {
    expect(rowProblem(row)).toBeUndefined();
  });

  test.each([
    ["messages is missing, must be a list of {role, content}", { prompt: "a", prompt_id: "b" }],
    ["messages is a string, must be a list of {role, content}", { messages: "hi" }],
    ["messages is empty", chat()],
    ["messages[0] is null", chat(null)],
    [
      'messages[0].role is "bot", must be system, user or assistant; map "bot" with --roles (in a stack: dataset.roles)',
      chat({ role: "bot", content: "x" }),
    ],
    [
      'messages[1].role is "gpt", must be system, user or assistant; map "gpt", "human" with --roles (in a stack: dataset.roles)',
      chat(user, { role: "gpt", content: "x" }, null, { role: "human" }, { role: "gpt" }, { role: 1 }),
    ],
    ["messages[0].role is 1, must be system, user or assistant", chat({ role: 1, content: "x" })],
    ['messages[0].role is "", must be system, user or assistant', chat({ role: "", content: "x" })],
    ["messages[0].role is missing, must be system, user or assistant", chat({ content: "x" })],
    ["messages[0].content is null, must be a string", chat({ role: "user", content: null })],
    ["messages[1].content is empty", chat(user, { role: "assistant", content: "" })],
    ['messages[0].role is "assistant", but "user" must follow', chat(assistant)],
    ['messages[1].role is "user", but "assistant" must follow', chat(user, user)],
    ['messages[1].role is "system", but "assistant" must follow', chat(user, system)],
    ["messages contains only a system message", chat(system)],
    ["prompt is empty", { ...chat(user), prompt: "" }],
    ["prompt_id is null, must be a string", { ...chat(user), prompt_id: null }],
  ])("says: %s", (expected, row) => {
    expect(rowProblem(row)).toBe(expected);
  });
});
