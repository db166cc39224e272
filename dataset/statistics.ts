import { join } from "node:path";
import { lineFacts, tokensOf } from "./convert";
import type { Engine } from "./duckdb";
import { factCollector, repeats, type Facts, type RowFacts, type TokenCounter } from "./facts";
import { readLines } from "./writtenRows";

/** Statistics of a written split in the manifest. Rows are counted from 0 in the written file. */
export interface SplitStatistics extends Facts {
  /** Rows whose whole conversation also occurs earlier in the split. */
  repeatedRows: number;
}

/** Rows of a training split that are also in another split. */
export interface SharedRows {
  split: string;
  other: string;
  /** Rows of `split` with the same prompt as a row of `other`; and those with the same conversation. */
  samePrompt: number;
  sameConversation: number;
}

/** Statistics of the rows of one file. */
export function statisticsOf({ prompts: _, conversations, ...facts }: RowFacts): SplitStatistics {
  return { ...facts, repeatedRows: repeats(conversations, new Float64Array()).repeated };
}

/** The fingerprints of a split's rows, for comparing splits. */
export type Fingerprints = Pick<RowFacts, "prompts" | "conversations">;

/** The facts of the rows of a file that this step has written. */
export async function factsOfFile(engine: Engine, path: string, tokenizer?: TokenCounter): Promise<RowFacts> {
  const collector = factCollector(tokenizer);
  for await (const lines of readLines(path)) {
    const facts = await lineFacts(engine, lines);
    facts.forEach((fact, index) => {
      const line = lines[index];
      collector.add(tokenizer && line ? { ...fact, tokens: tokensOf(line, tokenizer) } : fact);
    });
  }
  return collector.facts();
}

/**
 * Compares the training splits (`train…`) with the other splits. Splits that are not in `known` (written by
 * an earlier run) are read from their files. Nothing is compared if there is no training split or no other
 * split.
 */
export async function sharedRows(
  engine: () => Promise<Engine>,
  directory: string,
  records: Readonly<Record<string, { file: string }>>,
  known: ReadonlyMap<string, Fingerprints>,
): Promise<SharedRows[]> {
  const names = Object.keys(records);
  const training = names.filter((name) => name.startsWith("train"));
  const others = names.filter((name) => !name.startsWith("train"));
  const fingerprints = new Map<string, Fingerprints>(known);
  const of = async (name: string): Promise<Fingerprints> => {
    const path = join(directory, records[name]?.file ?? "");
    const found = fingerprints.get(name) ?? (await factsOfFile(await engine(), path));
    fingerprints.set(name, found);
    return found;
  };
  const result: SharedRows[] = [];
  for (const split of training) {
    for (const other of others) {
      const [own, theirs] = [await of(split), await of(other)];
      result.push({
        split,
        other,
        samePrompt: repeats(own.prompts, theirs.prompts).shared,
        sameConversation: repeats(own.conversations, theirs.conversations).shared,
      });
    }
  }
  return result;
}

/** A split's statistics as one readable line. */
export function describeStatistics({
  messages,
  mostMessages,
  textBytes,
  longest,
  repeatedRows,
  rows,
  tokens,
}: SplitStatistics): string {
  const count = (value: number): string => value.toLocaleString("en");
  const parts = [
    `${count(messages)} messages (most in a row: ${mostMessages})`,
    `${count(textBytes)} bytes of text (longest: row ${longest.row} with ${count(longest.textBytes)})`,
  ];
  if (tokens) {
    const average = rows === 0 ? 0 : Math.round(tokens.total / rows);
    parts.push(
      `${count(tokens.total)} tokens (${count(average)} per row, longest: row ${tokens.longest.row} with ${count(tokens.longest.tokens)}, ` +
        `over the context length: ${count(tokens.overContext)}${tokens.cut ? `, whose last ${count(tokens.cut)} tokens are cut` : ""})`,
    );
  }
  if (repeatedRows > 0) parts.push(`duplicate rows: ${count(repeatedRows)}`);
  return parts.join(", ");
}
