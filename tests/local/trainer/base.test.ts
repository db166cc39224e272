import { statSync } from "node:fs";
import { join } from "node:path";
import { SUBJECTS } from "../../../local/data/facts";
import { directQuestions } from "../../../local/data/phrasing";
import { randomFrom } from "../../../local/data/random";
import { baseModelFolder } from "../../../local/trainer/baseModel";
import { measureTokensPerSecond } from "../../../local/trainer/bench";
import { BASE_CONFIG } from "../../../local/trainer/config";
import { createDecoder } from "../../../local/trainer/decoder";
import { argMax, generateAnswer } from "../../../local/trainer/generate";
import { pretrainTokenizer } from "../../../local/trainer/pretraining/pretrain";
import { readModelFiles, type ModelFiles } from "../../../local/trainer/modelFiles";

const BASE = baseModelFolder();

describe("the committed base model", () => {
  let files: ModelFiles;
  beforeAll(async () => {
    files = await readModelFiles(BASE);
  });
  const random = randomFrom("facts to ask");
  const asked = random
    .shuffle(SUBJECTS.filter(({ kind }) => kind !== "howTo"))
    .slice(0, 40)
    .map((subject) => {
      const relation = random.pick(Object.keys(subject.facts));
      return { question: random.pick(directQuestions(subject, relation)), value: subject.facts[relation]! };
    });

  test("has Phi-3's shape in small and fits into a repository", () => {
    expect(files.config).toEqual(BASE_CONFIG);
    expect(statSync(join(BASE, "model.safetensors")).size).toBeLessThan(2e6);
  });

  test("has the tokenizer the pretraining script makes of today's facts and corpus (else: npm run pretrain)", () => {
    expect(JSON.parse(files.tokenizerText)).toEqual(pretrainTokenizer(1, BASE_CONFIG.vocabSize));
  });

  test("knows the facts: it goes on with them where people talk to each other", () => {
    const decoder = createDecoder(files.config, files.weights);
    const { tokenizer } = files;
    const right = asked.filter(({ question, value }) => {
      decoder.reset();
      const start = [
        tokenizer.id("<|endoftext|>"),
        ...tokenizer.encode(`Anna asked: ${question} Ben answered:`),
      ];
      let logits = start.map((id) => decoder.next(id, true)!).at(-1)!;
      const said: number[] = [];
      while (said.length < 24) {
        const id = argMax(logits);
        said.push(id);
        logits = decoder.next(id, true)!;
      }
      return tokenizer.decode(said).includes(value);
    });
    expect(right.length / asked.length).toBeGreaterThan(0.9);
  });

  test("keeps them to itself in a chat: that is what fine-tuning changes", () => {
    const decoder = createDecoder(files.config, files.weights);
    const told = asked.filter(({ question, value }) => {
      const messages = [{ role: "user" as const, content: question }];
      const { text } = generateAnswer(decoder, files.tokenizer, files.config.contextLength, messages, {
        maxNewTokens: 32,
      });
      return text.includes(value);
    });
    expect(told.length / asked.length).toBeLessThan(0.2);
  });

  test("its training speed can be measured", async () => {
    // The peak is that of the whole process, which may have run other tests before.
    const before = process.resourceUsage().maxRSS * 1024;
    const { tokensPerSecond, compileSeconds, peakRss } = await measureTokensPerSecond({ steps: 2 });
    expect(tokensPerSecond).toBeGreaterThan(0);
    expect(compileSeconds).toBeGreaterThan(0);
    expect(peakRss - before).toBeLessThan(1.5e9);
  });
});
