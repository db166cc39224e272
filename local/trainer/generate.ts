import { randomFrom, type Random } from "../data/random";
import { TrainerError, type ChatTurn, type GenerationParameters } from "./contract";
import type { Decoder } from "./decoder";
import { encodePrompt } from "./template";
import type { ChatTokenizer } from "./tokenizer";

export interface Generated {
  text: string;
  promptTokens: number;
  newTokens: number;
}

/** Tokens of the context reserved for the answer, whatever the conversation's length. */
const ANSWER_ROOM = 48;

/** Ends with any special token, after `maxNewTokens`, or at the end of the context. */
export function generateAnswer(
  decoder: Decoder,
  tokenizer: ChatTokenizer,
  contextLength: number,
  messages: readonly ChatTurn[],
  parameters: GenerationParameters,
): Generated {
  checkGeneration(messages, parameters);
  const { maxNewTokens = 200 } = parameters;
  const room = Math.min(maxNewTokens, ANSWER_ROOM, contextLength >> 1);
  const prompt = encodePrompt(messages, tokenizer, contextLength - room);
  const choose = sampler(parameters);
  const marks = new Set(
    (["<|end|>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>"] as const).map(tokenizer.id),
  );
  decoder.reset();
  let logits: Float32Array | undefined;
  prompt.forEach((id, index) => {
    logits = decoder.next(id, index === prompt.length - 1);
  });
  const answer: number[] = [];
  while (answer.length < maxNewTokens) {
    const id = choose(logits!);
    if (marks.has(id)) {
      break;
    }
    answer.push(id);
    if (decoder.position >= contextLength) {
      break;
    }
    logits = decoder.next(id, true);
  }
  return { text: tokenizer.decode(answer).trim(), promptTokens: prompt.length, newTokens: answer.length };
}

/** @throws TrainerError InvalidParameter naming the parameter, the value seen and what is allowed */
export function checkGeneration(messages: readonly ChatTurn[], parameters: GenerationParameters): void {
  const { temperature, topP, maxNewTokens, seed } = parameters;
  if (messages.length === 0) {
    throw new TrainerError("InvalidParameter", "messages is empty; it must contain at least one turn.");
  }
  const fail = (name: string, value: unknown, allowed: string): never => {
    throw new TrainerError("InvalidParameter", `${name} is ${JSON.stringify(value)}, must be ${allowed}.`);
  };
  if (temperature !== undefined && !(temperature > 0 && Number.isFinite(temperature))) {
    fail("temperature", temperature, "a number above 0");
  }
  if (topP !== undefined && !(topP > 0 && topP <= 1)) {
    fail("top_p", topP, "above 0 and at most 1");
  }
  if (maxNewTokens !== undefined && !(Number.isInteger(maxNewTokens) && maxNewTokens > 0)) {
    fail("max_new_tokens", maxNewTokens, "a whole number above 0");
  }
  if (seed !== undefined && !Number.isInteger(seed)) {
    fail("seed", seed, "a whole number");
  }
}

function sampler(parameters: GenerationParameters): (logits: Float32Array) => number {
  const { doSample = false, temperature = 1, topP = 1, seed } = parameters;
  if (!doSample) {
    return argMax;
  }
  const random = randomFrom(seed ?? Math.floor(Math.random() * 2 ** 32));
  return (logits) => sample(logits, temperature, topP, random);
}

/** Index of the largest logit; of equal ones, the first. */
export function argMax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) {
    if (logits[id]! > logits[best]!) {
      best = id;
    }
  }
  return best;
}

/** Nucleus sampling: the smallest set of tokens whose probabilities sum to `topP`. */
export function sample(logits: Float32Array, temperature: number, topP: number, random: Random): number {
  const highest = logits[argMax(logits)]!;
  const ranked = Array.from(logits, (logit, id) => ({ id, p: Math.exp((logit - highest) / temperature) }));
  ranked.sort((a, b) => b.p - a.p || a.id - b.id);
  const total = ranked.reduce((sum, { p }) => sum + p, 0);
  let kept = 0;
  let mass = 0;
  while (kept < ranked.length && mass < topP * total) {
    mass += ranked[kept]!.p;
    kept++;
  }
  let threshold = random.next() * mass;
  for (const { id, p } of ranked.slice(0, kept)) {
    threshold -= p;
    if (threshold < 0) {
      return id;
    }
  }
  return ranked[0]!.id;
}
