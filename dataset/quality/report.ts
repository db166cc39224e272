import type { personalKinds } from "./personalData";
import type { LanguageFacts } from "./languages";
import type { LengthFacts } from "./lengths";

/** Changes when the same rows would give another report. A stored report of another version is created again. */
export const reportVersion = 2;

/** Rows with one property: how many, and the positions of the first ones in the written file, from 0. */
export interface RowList {
  count: number;
  rows: number[];
}

const rowsListed = 10;

export const noRows = (): RowList => ({ count: 0, rows: [] });

/** Adds a row to a list. A list names the first ten. */
export function addRow(list: RowList, row: number): void {
  list.count++;
  if (list.rows.length < rowsListed) list.rows.push(row);
}

/** What is counted in the rows of one split. */
export type SplitFinding =
  "duplicates" | "nearDuplicates" | "emptyAnswers" | "refusals" | "secrets" | (typeof personalKinds)[number];

/** The quality of one split. It contains counts and row numbers, and no part of a row. */
export interface SplitQuality {
  /** Hash of the file that was examined. */
  sha256: string;
  rows: number;
  length: LengthFacts;
  languages: LanguageFacts;
  found: Record<SplitFinding, RowList>;
}

/** Rows of `other` that are also in the training split `split`. Row numbers are those of `other`. */
export interface Overlap {
  split: string;
  other: string;
  same: RowList;
  /** Not the same, but with an estimated similarity of at least 0.8. */
  similar: RowList;
}

/** The field `quality` of `manifest.json`. */
export interface QualityReport {
  version: number;
  /** As in the request; null when the lengths are estimated. */
  tokenizer: string | null;
  /** The splits that train; the others are compared with them. */
  training: string[];
  splits: Record<string, SplitQuality>;
  overlaps: Overlap[];
  /** False if a split has more rows than are compared for similarity. */
  allCompared: boolean;
}
