import { createHash } from "node:crypto";
import type { Conversation } from "../../local/data/conversations";
import { randomFrom } from "../../local/data/random";

/** Rows of the real set (`HuggingFaceH4/ultrachat_200k`) and its files per split. */
export const realShape = [
  { name: "train_sft", rows: 207_865, shards: 3 },
  { name: "test_sft", rows: 23_110, shards: 1 },
  { name: "train_gen", rows: 256_032, shards: 3 },
  { name: "test_gen", rows: 28_304, shards: 1 },
] as const;

const poolBytes = 8 << 20;

/**
 * Conversations of the real set's shape: about 5.9 kB of JSON per row, word frequencies as in a natural
 * language, and some punctuation, line ends, quotes and non-ASCII letters, so that compression and escaping
 * do a realistic amount of work.
 */
export function conversationsFor(seed: string): (count: number) => Conversation[] {
  const random = randomFrom(seed).next;
  const pool = textPool(random);
  const text = (length: number): string => {
    const start = Math.floor(random() * (poolBytes - length - 1));
    return pool.slice(start, start + length).trim() || "Yes.";
  };
  return (count) =>
    Array.from({ length: count }, () => {
      const prompt = text(40 + Math.floor(random() * 400));
      const turns = 2 + 2 * Math.floor(random() * 4);
      const messages = Array.from({ length: turns }, (_, turn) => ({
        content:
          turn === 0
            ? prompt
            : text(turn % 2 === 1 ? 900 + Math.floor(random() * 1700) : 40 + Math.floor(random() * 260)),
        role: turn % 2 === 1 ? ("assistant" as const) : ("user" as const),
      }));
      return { prompt, prompt_id: createHash("sha256").update(prompt).digest("hex"), messages };
    });
}

function textPool(random: () => number): string {
  const syllables = "an be co de en fi ga ho in ju ka lo me no or pa re si ta un ver wi yo".split(" ");
  const vocabulary = Array.from({ length: 20_000 }, (_, rank) => {
    const parts = rank < 300 ? 1 : 2 + Math.floor(random() * 2);
    return Array.from({ length: parts }, () => syllables[Math.floor(random() * syllables.length)]).join("");
  });
  const endings: Array<[number, string]> = [
    [0.06, ". "],
    [0.1, ", "],
    [0.115, ".\n\n"],
    [0.12, ' "'],
    [0.125, '" '],
    [0.13, "é "],
  ];
  const pieces: string[] = [];
  for (let length = 0; length < poolBytes;) {
    const chance = random();
    const ending = endings.find(([below]) => chance < below)?.[1] ?? " ";
    const piece = `${vocabulary[Math.floor(vocabulary.length ** random()) - 1] ?? "a"}${ending}`;
    pieces.push(piece);
    length += piece.length;
  }
  return pieces.join("");
}
