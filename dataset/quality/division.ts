import { createHash } from "node:crypto";
import { DatasetError } from "../errors";
import type { DatasetRequest } from "../request";
import type { Row } from "../rowCheck";

/** Into what one split is divided: percentages that add up to 100, and the seed. */
export type Division = NonNullable<DatasetRequest["split"]>;

/** The parts of a division. The order decides which rows change sides when the percentages change. */
const parts = ["test", "validation", "train"] as const;
export type PartName = (typeof parts)[number];

/** The parts that get rows, the training part first. */
export function partsOf(division: Division): PartName[] {
  return [...parts].reverse().filter((part) => division[part] > 0);
}

/** The one split of a data set that is divided. Errors: SplitNotFound if there are several. */
export function dividedSplit(names: readonly string[]): string {
  const [only, another] = names;
  if (only !== undefined && another === undefined) return only;
  throw new DatasetError(
    "SplitNotFound",
    `--split divides one split, but the data has ${names.join(", ")}`,
    "Name all your files under one split, choose one with --splits, or leave --split out and use the splits that exist.",
  );
}

/**
 * The splits that train: the named one and those whose name begins with `train`. Without any it is the first one.
 * @param named split of `--train-split`
 */
export function trainingSplits(names: readonly string[], named?: string): string[] {
  const found = names.filter((name) => name === named || name.startsWith("train"));
  return found.length > 0 ? found : names.slice(0, 1);
}

const resolution = 2 ** 48;

/**
 * The part of a row. It depends on the conversation's roles and texts without white space, on the seed and on the percentages only: equal
 * conversations are in the same part, and no row changes sides when the file grows.
 */
export function partOf({ messages }: Row, division: Division): PartName {
  const hash = createHash("sha256").update(String(division.seed));
  for (const message of Array.isArray(messages) ? (messages as unknown[]) : []) {
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
    hash.update(`\0${String(role)}\0${String(content).normalize("NFC").replace(/\s+/g, "")}`);
  }
  const position = (100 * hash.digest().readUIntBE(0, 6)) / resolution;
  let limit = 0;
  return parts.find((part) => position < (limit += division[part])) ?? "train";
}
