import type { ChatRow } from "./chatData";
import type { ModelConfig } from "./config";
import type { ChatTurn } from "./contract";
import { createDecoder } from "./decoder";
import { generateAnswer } from "./generate";
import type { LossFunctions } from "./gradients";
import { countedTokens, toBatch, type Window } from "./packing";
import { meanRouge, type RougeScores } from "./rouge";
import type { ChatTokenizer } from "./tokenizer";
import type { Weights } from "./weights";

export interface AnswerSample {
  messages: ChatTurn[];
  reference: string;
  answer: string;
}

export interface Evaluation {
  /** Mean negative log probability per token of the assistant's turns, over all chats. */
  loss: number;
  perplexity: number;
  rouge: RougeScores;
  samples: AnswerSample[];
  /** Share of the generated answers that equal the reference word for word. */
  exactMatch: number;
}

export async function meanLoss(
  functions: LossFunctions,
  trained: Weights,
  windows: readonly Window[],
  shape: { batch: number; length: number },
  onBatch: (done: number, total: number) => void = () => undefined,
): Promise<number> {
  const total = countedTokens(windows);
  const batches = Math.ceil(windows.length / shape.batch);
  let sum = 0;
  for (let i = 0; i < batches; i++) {
    const part = windows.slice(i * shape.batch, (i + 1) * shape.batch);
    sum += await functions.loss(trained, toBatch(part, shape.batch, shape.length, 1 / total));
    onBatch(i + 1, batches);
  }
  return sum;
}

/** Greedily, the last assistant turn of the first `limit` chats: generation is slow. */
export function answerChats(
  config: ModelConfig,
  weights: Weights,
  tokenizer: ChatTokenizer,
  chats: readonly ChatRow[],
  limit: number,
): AnswerSample[] {
  const decoder = createDecoder(config, weights);
  return chats
    .map(({ messages }) => messages)
    .filter((messages) => lastAnswer(messages) > 0)
    .slice(0, limit)
    .map((messages) => {
      const at = lastAnswer(messages);
      const asked = messages.slice(0, at);
      const { text } = generateAnswer(decoder, tokenizer, config.contextLength, asked, { maxNewTokens: 64 });
      return { messages: asked, reference: messages[at]!.content, answer: text };
    });
}

function lastAnswer(messages: readonly ChatTurn[]): number {
  return messages.map(({ role }) => role).lastIndexOf("assistant");
}

export function summarise(loss: number, samples: AnswerSample[]): Evaluation {
  const exact = samples.filter(({ answer, reference }) => answer.trim() === reference.trim()).length;
  return {
    loss,
    perplexity: Math.exp(loss),
    rouge: meanRouge(samples.map(({ answer, reference }) => ({ candidate: answer, reference }))),
    samples,
    exactMatch: samples.length === 0 ? 0 : exact / samples.length,
  };
}

export function evaluationMetrics(evaluation: Evaluation, suffix: "" | "_before"): Record<string, number> {
  return {
    [`eval_loss${suffix}`]: evaluation.loss,
    [`perplexity${suffix}`]: evaluation.perplexity,
    [`rouge1${suffix}`]: evaluation.rouge.rouge1,
    [`rouge2${suffix}`]: evaluation.rouge.rouge2,
    [`rougeL${suffix}`]: evaluation.rouge.rougeL,
    [`rougeLsum${suffix}`]: evaluation.rouge.rougeLsum,
    [`exact_match${suffix}`]: evaluation.exactMatch,
  };
}
