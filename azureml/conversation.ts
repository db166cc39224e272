/** One turn of a conversation. */
interface Turn {
  role: string;
  content: string;
}

/** The turns to send, and the expected answer that is not sent. */
interface Question {
  messages: Turn[];
  /** The last user turn. */
  question: string;
  /** Empty if the file has none. */
  reference: string;
}

/**
 * The conversation in a JSON file: `{"messages": [{"role", "content"}, …]}`. A last turn of the assistant is the expected answer.
 * Undefined for other content, and for a conversation that does not ask anything.
 */
export function conversationOf(text: string): Question | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { messages } = (value ?? {}) as { messages?: unknown };
  if (!Array.isArray(messages)) return undefined;
  const turns = (messages as Array<Partial<Turn> | null>).map((turn) => ({
    role: turn?.role,
    content: turn?.content,
  }));
  if (!turns.every((turn): turn is Turn => typeof turn.role === "string" && typeof turn.content === "string"))
    return undefined;
  const last = turns.at(-1);
  const asked = last?.role === "assistant" ? turns.slice(0, -1) : turns;
  const question = asked.at(-1);
  if (question?.role !== "user" || question.content.trim() === "") return undefined;
  return {
    messages: asked,
    question: question.content,
    reference: last?.role === "assistant" ? last.content : "",
  };
}
