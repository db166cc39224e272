/** Asks the committed base model for facts, as running text and as a chat. */
import { SUBJECTS } from "../../../local/data/facts";
import { directQuestions } from "../../../local/data/phrasing";
import { randomFrom } from "../../../local/data/random";
import { createDecoder } from "../../../local/trainer/decoder";
import { argMax, generateAnswer } from "../../../local/trainer/generate";
import type { ModelFiles } from "../../../local/trainer/modelFiles";

interface Fact {
  question: string;
  value: string;
}

/** A fixed random selection of facts. */
export function someFacts(count: number): Fact[] {
  const random = randomFrom("facts to ask");
  return random
    .shuffle(SUBJECTS.filter(({ kind }) => kind !== "howTo"))
    .slice(0, count)
    .map((subject) => {
      const relation = random.pick(Object.keys(subject.facts));
      return { question: random.pick(directQuestions(subject, relation)), value: subject.facts[relation]! };
    });
}

/** Share of the facts that the model completes in a text in which people talk to each other. */
export function knownInText({ config, weights, tokenizer }: ModelFiles, facts: readonly Fact[]): number {
  const decoder = createDecoder(config, weights);
  const known = facts.filter(({ question, value }) => {
    decoder.reset();
    const start = [
      tokenizer.id("<|endoftext|>"),
      ...tokenizer.encode(`Anna asked: ${question} Ben answered:`),
    ];
    let logits = start.map((id) => decoder.next(id, true)!).at(-1)!;
    const generated: number[] = [];
    while (generated.length < 24 && !tokenizer.decode(generated).includes(value)) {
      const id = argMax(logits);
      generated.push(id);
      logits = decoder.next(id, true)!;
    }
    return tokenizer.decode(generated).includes(value);
  });
  return known.length / facts.length;
}

/** Share of the facts that the model answers in a chat. */
export function answeredInChat({ config, weights, tokenizer }: ModelFiles, facts: readonly Fact[]): number {
  const decoder = createDecoder(config, weights);
  const answered = facts.filter(({ question, value }) => {
    const messages = [{ role: "user" as const, content: question }];
    const { text } = generateAnswer(decoder, tokenizer, config.contextLength, messages, { maxNewTokens: 32 });
    return text.includes(value);
  });
  return answered.length / facts.length;
}
