import { z } from "zod";

/** What to do with a row that does not fit the chat schema: fail, leave it out, or keep it and print a warning. */
export const badRowPolicies = ["fail", "skip", "report"] as const;
export type BadRowPolicy = (typeof badRowPolicies)[number];

/** What a check does with the rows it finds: stop the step, print a warning, or nothing. */
export const checkLevels = ["fail", "warn", "off"] as const;

/** The checks of the written rows, with their defaults. */
export const checkDefaults = {
  overlap: "fail",
  nearOverlap: "warn",
  duplicates: "warn",
  nearDuplicates: "warn",
  emptyAnswers: "warn",
  refusals: "warn",
  secrets: "warn",
  personalData: "warn",
  length: "warn",
} as const satisfies Record<string, (typeof checkLevels)[number]>;
export type CheckName = keyof typeof checkDefaults;
export const checkNames = Object.keys(checkDefaults) as CheckName[];

const level = z.enum(checkLevels).optional();
/** Levels by check, or `off` for all checks; then the rows are not examined. */
export const checksSchema = z.union([
  z.literal("off"),
  z.strictObject(
    Object.fromEntries(checkNames.map((name) => [name, level])) as Record<CheckName, typeof level>,
  ),
]);
export type Checks = z.infer<typeof checksSchema>;

/** Forms of rows that are common in published data. */
export const formats = ["messages", "prompt-completion", "alpaca", "sharegpt", "openai"] as const;
export type Format = (typeof formats)[number];

/** What to do with the turns of tools: refuse the row, or drop them and the calls that they answer. */
export const toolPolicies = ["fail", "drop"] as const;
export type ToolPolicy = (typeof toolPolicies)[number];

/** What to do with a row that is longer than the model's context: let the training cut it, leave it out, or fail. */
export const longRowPolicies = ["cut", "drop", "fail"] as const;
export type LongRowPolicy = (typeof longRowPolicies)[number];

/** The defaults of a request. The command line, the stack's configuration and preflight take them from here. */
export const requestDefaults = {
  /** The notebook's data set. */
  name: "HuggingFaceH4/ultrachat_200k",
  /** Name of the data when `files` are given. */
  nameOfFiles: "own-files",
  revision: "main",
  /** Percentage of each split, by where the rows come from. */
  splitPercent: { hub: 5, files: 100 },
  /** Seed of `--shuffle` without `--seed`. */
  sampleSeed: 42,
  onBadRow: "fail",
  /** Largest percentage of rows that `onBadRow: skip` may leave out. */
  maxBadRows: 5,
  onLongRow: "cut",
  toolTurns: "fail",
} as const;

export const largestSeed = 2_147_483_647;

/** Parts of one split: percentages that add up to 100, and the seed of the hash that decides. */
export const divisionSchema = z
  .strictObject({
    train: z.int().min(1).max(99),
    validation: z.int().min(0).max(98).default(0),
    test: z.int().min(1).max(99),
    seed: z.int().min(0).max(largestSeed).default(requestDefaults.sampleSeed),
  })
  .refine(({ train, validation, test }) => train + validation + test === 100, "must add up to 100");

/** Whether Node decodes this encoding. */
export function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== "";
  } catch {
    return false;
  }
}
