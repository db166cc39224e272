import { chatRoles, type ChatRole, type Row } from "../rowCheck";
import type { TokenCounter } from "../facts";
import { interrupted } from "../httpErrors";
import { readRows } from "../writtenRows";
import { isEmptyAnswer, isRefusal } from "./answers";
import { languagesOf, sampledRows } from "./languages";
import { lengthCollector } from "./lengths";
import { personalDataIn, personalKinds } from "./personalData";
import { addRow, noRows, type RowList, type SplitFinding, type SplitQuality } from "./report";
import { RowScanner } from "./rowScanner";
import { hasSecret } from "./secrets";
import type { Sketches } from "./similar";
import { sketchBins } from "./sketch";

const rowFindings = ["emptyAnswers", "refusals", "secrets", ...personalKinds] as const;

/** What one pass over a file finds in single rows. */
export type ScannedQuality = Omit<SplitQuality, "sha256" | "found"> & { found: Record<RowFinding, RowList> };

interface Scan {
  quality: ScannedQuality;
  /** A fingerprint for each row. */
  fingerprints: Float64Array;
}

type RowFinding = Exclude<SplitFinding, "duplicates" | "nearDuplicates">;

/**
 * Examines rows one by one.
 * @param onRow called after the messages of each row were read
 */
export function rowExaminer(
  tokenizer: TokenCounter | undefined,
  onRow: (scanner: RowScanner, row: number) => void,
) {
  const scanner = new RowScanner();
  const lengths = lengthCollector(tokenizer);
  const found = Object.fromEntries(rowFindings.map((name) => [name, noRows()])) as Record<
    RowFinding,
    RowList
  >;
  let row = 0;

  function examine(value: Row): void {
    const kinds = new Set<RowFinding>();
    const look = (text: string): void => {
      const { traits } = scanner;
      if (!kinds.has("secrets") && hasSecret(text, traits)) kinds.add("secrets");
      for (const kind of personalDataIn(text, traits)) kinds.add(kind);
    };
    scanner.begin();
    for (const { role, text } of messagesOf(value)) {
      const mark = chatRoles.indexOf(role);
      scanner.text(text, mark, role !== "system");
      look(text);
      lengths.text(role, text);
      if (role !== "assistant") continue;
      if (isEmptyAnswer(text, scanner.traits.hasWord)) kinds.add("emptyAnswers");
      else if (isRefusal(text)) kinds.add("refusals");
    }
    lengths.endRow();
    onRow(scanner, row);
    // Columns beside the messages are uploaded too. `prompt` is the first message, `prompt_id` a hash.
    for (const [name, other] of Object.entries(value)) {
      if (typeof other !== "string" || name === "prompt" || name === "prompt_id") continue;
      scanner.begin();
      scanner.text(other, 0, false);
      look(other);
    }
    for (const kind of kinds) addRow(found[kind], row);
    row++;
  }

  return { examine, facts: () => ({ rows: row, length: lengths.facts(), found }) };
}

/**
 * Examines the rows of a file in one pass.
 * @param expected number of rows of the file
 * @param place where the sketches of the first rows are written
 */
export async function scanFile(
  path: string,
  expected: number,
  place: { sketches: Sketches; start: number; rows: number },
  tokenizer: TokenCounter | undefined,
  signal: AbortSignal | undefined,
): Promise<Scan> {
  const { bytes, takesPart } = place.sketches;
  const fingerprints = new Float64Array(expected);
  const unused = new Uint8Array(sketchBins);
  const examiner = rowExaminer(tokenizer, (scanner, row) => {
    fingerprints[row] = scanner.fingerprint();
    const at = place.start + row;
    if (row >= place.rows) scanner.end(unused, 0);
    else if (scanner.end(bytes, at * sketchBins)) takesPart[at] = 1;
  });
  const step = Math.max(1, expected / sampledRows);
  const sample: string[] = [];
  let row = 0;
  for await (const rows of readRows(path)) {
    if (signal?.aborted) throw interrupted();
    for (const value of rows) {
      if (row >= Math.floor(sample.length * step) && sample.length < sampledRows) sample.push(textOf(value));
      examiner.examine(value);
      row++;
    }
  }
  const languages = await languagesOf(sample);
  return { quality: { ...examiner.facts(), languages }, fingerprints };
}

/** The messages of a row. A bad row that was kept can have any value here; what is no message is left out. */
function messagesOf({ messages }: Row): Array<{ role: ChatRole; text: string }> {
  if (!Array.isArray(messages)) return [];
  return (messages as unknown[]).flatMap((message) => {
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
    const known = chatRoles.find((name) => name === role) ?? "user";
    return typeof content === "string" ? [{ role: known, text: content }] : [];
  });
}

/** Text of a row for detecting its language: the first user message and the first answer. */
function textOf(row: Row): string {
  const messages = messagesOf(row).filter(({ role }) => role !== "system");
  return messages
    .slice(0, 2)
    .map(({ text }) => text.slice(0, 200))
    .join("\n");
}
