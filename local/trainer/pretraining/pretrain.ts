import { randomFrom } from "../../data/random";
import { BASE_CONFIG, type ModelConfig } from "../config";
import { compileLoss, type LossFunctions } from "../gradients";
import { adamW, clipGradients } from "../optimizer";
import { countedTokens, packWindows, toBatch, type Window } from "../packing";
import { learningRateAt } from "../schedule";
import { encodeChat, type EncodedChat } from "../template";
import { openTokenizer, type ChatTokenizer } from "../tokenizer";
import { initialWeights, type Weights } from "../weights";
import { trainTokenizer } from "./bpe";
import { drawDocument, type Document } from "./corpus";

export interface PretrainOptions {
  steps: number;
  /** Windows per step. */
  batch: number;
  peakLearningRate: number;
  seed: number;
  config?: ModelConfig;
  onStep?: (step: number, loss: number, learningRate: number) => void;
}

export interface PretrainResult {
  weights: Weights;
  tokenizerJson: object;
}

const TOKENIZER_DOCUMENTS = 20_000;

/** They depend on the facts and the corpus: a difference shows that a base model is out of date. */
export function pretrainTokenizer(seed: number, vocabSize: number): object {
  const random = randomFrom(seed);
  const sample = Array.from({ length: TOKENIZER_DOCUMENTS }, () => textOf(drawDocument(random)));
  return trainTokenizer(sample, vocabSize);
}

/** The same options give the same result on the same kind of processor. */
export async function pretrain(options: PretrainOptions): Promise<PretrainResult> {
  const config = options.config ?? BASE_CONFIG;
  const tokenizerJson = pretrainTokenizer(options.seed, config.vocabSize);
  const tokenizer = await openTokenizer(tokenizerJson, "tokenizer.json");
  const weights = initialWeights(config, options.seed);
  const functions = await compileLoss({
    config,
    base: weights,
    batch: options.batch,
    length: config.contextLength,
  });
  await descend(options, config, weights, tokenizer, functions);
  functions.dispose();
  return { weights, tokenizerJson };
}

async function descend(
  options: PretrainOptions,
  config: ModelConfig,
  weights: Weights,
  tokenizer: ChatTokenizer,
  functions: LossFunctions,
): Promise<void> {
  const random = randomFrom(`documents ${options.seed}`);
  const optimizer = adamW(weights, { weightDecay: 0.05, beta2: 0.98 });
  const warmup = Math.round(options.steps * 0.03);
  const queue: Window[] = [];
  for (let step = 0; step < options.steps; step++) {
    while (queue.length < options.batch) {
      const documents = Array.from({ length: 400 }, () => encodeDocument(drawDocument(random), tokenizer));
      queue.push(
        ...random.shuffle(packWindows(documents, config.contextLength, tokenizer.id("<|endoftext|>"))),
      );
    }
    const windows = queue.splice(0, options.batch);
    const batch = toBatch(windows, options.batch, config.contextLength, 1 / countedTokens(windows));
    const { loss, gradients } = await functions.lossAndGrad(weights, batch);
    clipGradients(gradients, 1);
    const learningRate = learningRateAt(
      "cosine",
      step + 1,
      options.steps + 1,
      warmup,
      options.peakLearningRate,
    );
    optimizer.step(gradients, learningRate);
    options.onStep?.(step, loss, learningRate);
  }
}

function textOf(document: Document): string {
  return document.kind === "text" ? document.text : document.turns.map(({ content }) => content).join("\n");
}

/** In pretraining every token counts, so the base model learns the user's turns too. */
function encodeDocument(document: Document, tokenizer: ChatTokenizer): EncodedChat {
  if (document.kind === "chat") {
    const { ids } = encodeChat(document.turns, tokenizer);
    return { ids, isAnswer: ids.map(() => 1) };
  }
  const mark = tokenizer.id("<|endoftext|>");
  const ids = [mark, ...tokenizer.encode(document.text), mark];
  return { ids, isAnswer: ids.map(() => 1) };
}
