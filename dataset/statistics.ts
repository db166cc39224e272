import { open } from "node:fs/promises";
import { join } from "node:path";
import { factCollector, joinFacts, repeats, type Facts, type RowFacts, type TokenCounter } from "./facts";
import type { Row } from "./rowCheck";

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

/** Statistics of the rows of one file, in order. */
export function statisticsOf(parts: readonly RowFacts[]): SplitStatistics {
  const conversations = joined(parts, "conversations");
  return { ...joinFacts(parts), repeatedRows: repeats(conversations, new Float64Array()).repeated };
}

/** The facts of the rows in the first `bytes` of a JSON-lines file that this step has written. */
export async function factsOfFile(path: string, bytes: number, tokenizer?: TokenCounter): Promise<RowFacts> {
  const collector = factCollector(1024, tokenizer);
  if (bytes > 0) {
    const handle = await open(path, "r");
    try {
      for await (const line of handle.readLines({ start: 0, end: bytes - 1 })) {
        collector.add(JSON.parse(line) as Row);
      }
    } finally {
      await handle.close();
    }
  }
  return collector.facts();
}

/** The fingerprints of a split's rows, for comparing splits. */
export type Fingerprints = Pick<RowFacts, "prompts" | "conversations">;

/** The fingerprints of rows in the order of `parts`. */
export function fingerprintsOf(parts: readonly RowFacts[]): Fingerprints {
  return { prompts: joined(parts, "prompts"), conversations: joined(parts, "conversations") };
}

/**
 * Compares the training splits (`train…`) with the other splits. Splits that are not in `known` (written by
 * an earlier run) are read from their files. Nothing is compared if there is no training split or no other
 * split.
 */
export async function sharedRows(
  directory: string,
  records: Readonly<Record<string, { file: string; bytes: number }>>,
  known: ReadonlyMap<string, Fingerprints>,
): Promise<SharedRows[]> {
  const names = Object.keys(records);
  const training = names.filter((name) => name.startsWith("train"));
  const others = names.filter((name) => !name.startsWith("train"));
  const fingerprints = new Map<string, Fingerprints>(known);
  const of = async (name: string): Promise<Fingerprints> => {
    const { file = "", bytes = 0 } = records[name] ?? {};
    const found = fingerprints.get(name) ?? (await factsOfFile(join(directory, file), bytes));
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

function joined(parts: readonly RowFacts[], name: "prompts" | "conversations"): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part[name].length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part[name], at);
    at += part[name].length;
  }
  return all;
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
        `over the context length: ${count(tokens.overContext)})`,
    );
  }
  if (repeatedRows > 0) parts.push(`duplicate rows: ${count(repeatedRows)}`);
  return parts.join(", ");
}
