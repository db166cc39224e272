import type { ChatTurn, GenerationParameters } from "../../trainer/contract";
import { isObject } from "../arm/body";
import { SCORING } from "../strict/bodies";
import { unknownMember } from "../strict/check";

export interface ScoringRequest {
  conversations: ChatTurn[][];
  /** Whether the request has one conversation, plain or in a list. The answer is then a text, not a list. */
  single: boolean;
  parameters: GenerationParameters;
  /** Parameters that this model does not support. */
  ignored: string[];
}

export class ModelInputError extends Error {}

const ROLES = ["system", "user", "assistant"];
const MAX_NEW_TOKENS = 4096;

/** Parses a request's body. @throws ModelInputError if it is not JSON */
export function parseScoringBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ModelInputError(`The body is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws ModelInputError naming the property and the allowed values */
export function readScoringRequest(body: unknown): ScoringRequest {
  if (!isObject(body)) throw new ModelInputError('The body must be a JSON object with "input_data".');
  const data = body["input_data"];
  if (!isObject(data)) throw new ModelInputError('"input_data" is missing or not an object.');
  const input = data["input_string"];
  if (!Array.isArray(input) || input.length === 0) {
    throw new ModelInputError(
      '"input_data.input_string" must be a list of messages, or a list of such lists.',
    );
  }
  const unknown = unknownMember(body, SCORING);
  if (unknown) {
    const named = unknown.path.replace(/^input_data\./, "");
    throw new ModelInputError(`"${named}" is not known. Known: ${unknown.known.join(", ")}.`);
  }
  const nested = Array.isArray(input[0]);
  const lists: unknown[] = nested ? input : [input];
  const conversations = lists.map((list, index) =>
    readMessages(list, nested ? `input_string[${index}]` : "input_string"),
  );
  const given = {
    ...optionalRecord(body["params"], "params"),
    ...optionalRecord(data["parameters"], "parameters"),
  };
  return { conversations, single: conversations.length === 1, ...readParameters(given) };
}

function optionalRecord(value: unknown, name: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new ModelInputError(`"${name}" must be an object.`);
  return value;
}

function readMessages(list: unknown, name: string): ChatTurn[] {
  if (!Array.isArray(list) || list.length === 0)
    throw new ModelInputError(`"${name}" must be a list of messages.`);
  return list.map((message: unknown, index) => {
    if (!isObject(message))
      throw new ModelInputError(`"${name}[${index}]" must be an object with role and content.`);
    const { role, content } = message;
    if (typeof role !== "string" || !ROLES.includes(role)) {
      throw new ModelInputError(
        `"${name}[${index}].role" is ${JSON.stringify(role)}, allowed: ${ROLES.join(", ")}.`,
      );
    }
    if (typeof content !== "string") throw new ModelInputError(`"${name}[${index}].content" must be text.`);
    return { role: role as ChatTurn["role"], content };
  });
}

/** How each supported parameter is read. */
const READ: Readonly<Record<string, (name: string, value: unknown) => GenerationParameters>> = {
  temperature: (name, value) => ({ temperature: inRange(name, value, (n) => n > 0, "greater than 0") }),
  top_p: (name, value) => ({
    topP: inRange(name, value, (n) => n > 0 && n <= 1, "greater than 0, at most 1"),
  }),
  max_new_tokens: (name, value) => ({
    maxNewTokens: inRange(name, value, isTokenCount, `a whole number from 1 to ${MAX_NEW_TOKENS}`),
  }),
  seed: (name, value) => ({ seed: inRange(name, value, Number.isInteger, "a whole number") }),
  do_sample: (name, value) => ({ doSample: readBoolean(name, value) }),
};

function readParameters(given: Record<string, unknown>): Pick<ScoringRequest, "parameters" | "ignored"> {
  const read = Object.entries(given).map(([name, value]) =>
    Object.hasOwn(READ, name) ? READ[name]?.(name, value) : {},
  );
  const ignored = Object.keys(given).filter((name) => !Object.hasOwn(READ, name));
  return { parameters: Object.assign({}, ...read) as GenerationParameters, ignored };
}

function isTokenCount(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= MAX_NEW_TOKENS;
}

function inRange(name: string, value: unknown, allowed: (number: number) => boolean, rule: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !allowed(number)) {
    throw new ModelInputError(`Parameter "${name}" is ${JSON.stringify(value)}, must be ${rule}.`);
  }
  return number;
}

function readBoolean(name: string, value: unknown): boolean {
  const text = String(value).toLowerCase();
  if (text !== "true" && text !== "false")
    throw new ModelInputError(`Parameter "${name}" is ${JSON.stringify(value)}, must be true or false.`);
  return text === "true";
}
