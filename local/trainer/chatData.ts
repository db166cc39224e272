import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { TrainerError, type ChatTurn } from "./contract";

export interface ChatRow {
  prompt: string;
  prompt_id: string;
  messages: ChatTurn[];
}

const ROLES: readonly string[] = ["system", "user", "assistant"];

/** Rows `{prompt, prompt_id, messages: [{role, content}]}`; empty lines are skipped. @throws TrainerError */
export async function readChats(file: string): Promise<ChatRow[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new TrainerError("InvalidData", `${basename(file)} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  const rows: ChatRow[] = [];
  text.split("\n").forEach((line, index) => {
    const content = line.trim();
    if (content !== "") {
      rows.push(parseRow(content, `${basename(file)}:${index + 1}`));
    }
  });
  if (rows.length === 0) {
    throw new TrainerError("InvalidData", `${basename(file)} contains no rows; at least one chat is needed.`);
  }
  return rows;
}

function parseRow(line: string, place: string): ChatRow {
  const wrong = (what: string, cause?: unknown): never => {
    throw new TrainerError(
      "InvalidData",
      `${place}: ${what} A row is {"prompt": text, "prompt_id": text, "messages": [{"role": "user" | "assistant" | "system", "content": text}, …]}.`,
      cause === undefined ? undefined : { cause },
    );
  };
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (cause) {
    return wrong(`not JSON (${(cause as Error).message}).`, cause);
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    return wrong(`${seen(row)} is not an object.`);
  }
  const { prompt, prompt_id: id, messages } = row as Record<string, unknown>;
  for (const [name, value] of Object.entries({ prompt, prompt_id: id })) {
    if (typeof value !== "string") {
      wrong(`${name} is ${seen(value)}, must be a text.`);
    }
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    return wrong(`messages is ${seen(messages)}, must be a list of at least one turn.`);
  }
  messages.forEach((turn: unknown, index) => {
    const { role, content } = (turn ?? {}) as Record<string, unknown>;
    if (typeof role !== "string" || !ROLES.includes(role)) {
      wrong(`messages[${index}].role is ${seen(role)}, must be one of ${ROLES.join(", ")}.`);
    }
    if (typeof content !== "string") {
      wrong(`messages[${index}].content is ${seen(content)}, must be a text.`);
    }
  });
  return row as ChatRow;
}

function seen(value: unknown): string {
  if (value === undefined) {
    return "missing";
  }
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
