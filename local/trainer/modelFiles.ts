import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { configFromJson, type ModelConfig } from "./config";
import { TrainerError } from "./contract";
import { readSafetensors } from "./safetensors";
import { openTokenizer, type ChatTokenizer } from "./tokenizer";
import { checkWeights, type Weights } from "./weights";

export interface ModelFiles {
  config: ModelConfig;
  weights: Weights;
  tokenizer: ChatTokenizer;
  /** The files' contents, unchanged, to be copied. */
  configJson: Record<string, unknown>;
  tokenizerText: string;
}

/** Checks that the three files fit together. @throws TrainerError InvalidModel naming the file at fault */
export async function readModelFiles(folder: string): Promise<ModelFiles> {
  const configText = await readText(folder, "config.json");
  const tokenizerText = await readText(folder, "tokenizer.json");
  const bytes = await readBytes(folder, "model.safetensors");
  const configJson = parse(configText, "config.json");
  const config = configFromJson(configJson, "config.json");
  const tokenizer = await openTokenizer(parse(tokenizerText, "tokenizer.json"), "tokenizer.json");
  if (tokenizer.vocabSize > config.vocabSize) {
    throw new TrainerError(
      "InvalidModel",
      `tokenizer.json has ${tokenizer.vocabSize} tokens, config.json's vocab_size is ${config.vocabSize}.`,
    );
  }
  const weights = readSafetensors(bytes, "model.safetensors");
  checkWeights(weights, config, "model.safetensors");
  return { config, weights, tokenizer, configJson: configJson as Record<string, unknown>, tokenizerText };
}

async function readBytes(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    throw new TrainerError(
      "InvalidModel",
      `The model folder ${basename(folder)} has no readable ${name} (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`,
      { cause },
    );
  }
}

async function readText(folder: string, name: string): Promise<string> {
  return (await readBytes(folder, name)).toString("utf8");
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TrainerError("InvalidModel", `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
