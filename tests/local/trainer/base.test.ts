import { statSync } from "node:fs";
import { join } from "node:path";
import { baseModelFolder } from "../../../local/trainer/baseModel";
import { BASE_CONFIG } from "../../../local/trainer/config";
import { readModelFiles, type ModelFiles } from "../../../local/trainer/modelFiles";
import { pretrainTokenizer } from "../../../local/trainer/pretraining/pretrain";
import { answeredInChat, knownInText, someFacts } from "./baseFacts";

const BASE = baseModelFolder();

describe("the committed base model", () => {
  let files: ModelFiles;
  beforeAll(async () => {
    files = await readModelFiles(BASE);
  });

  test("has the expected configuration and is small enough for a repository", () => {
    expect(files.config).toEqual(BASE_CONFIG);
    expect(statSync(join(BASE, "model.safetensors")).size).toBeLessThan(2e6);
  });

  test("has the tokenizer that pretraining makes from the current facts and corpus (else run npm run pretrain)", () => {
    expect(JSON.parse(files.tokenizerText)).toEqual(pretrainTokenizer(1, BASE_CONFIG.vocabSize));
  });

  test("knows facts in running text but does not answer in a chat, which is what fine-tuning changes", () => {
    const facts = someFacts(8);
    expect(knownInText(files, facts)).toBeGreaterThan(0.8);
    expect(answeredInChat(files, facts)).toBeLessThan(0.2);
  });
});
