import { conversationOf } from "../../azureml/conversation";

const turn = (role: string, content: string) => ({ role, content });
const text = (...messages: unknown[]): string => JSON.stringify({ messages });

test("a conversation that ends with a question has no expected answer", () => {
  const messages = [turn("system", "Be brief."), turn("user", "Why?")];
  expect(conversationOf(text(...messages))).toEqual({ messages, question: "Why?", reference: "" });
});

test("a last turn of the assistant is the expected answer and is not sent", () => {
  const asked = [turn("user", "Why?")];
  const found = conversationOf(text(...asked, turn("assistant", "Because.")));
  expect(found).toEqual({ messages: asked, question: "Why?", reference: "Because." });
});

test.each([
  ["no JSON", "Why?"],
  ["no messages", "{}"],
  ["no turns", text()],
  ["a turn without content", text({ role: "user" })],
  ["an empty question", text(turn("user", " "))],
  ["an answer alone", text(turn("assistant", "Because."))],
])("%s is no conversation", (_name, content) => {
  expect(conversationOf(content)).toBeUndefined();
});
