import { z } from "zod";
import { mappingKeys, toolPolicies } from "./columns";
import { chatRoles } from "./rowCheck";

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
export { toolPolicies };

/** Forms of rows that are common in published data. */
export const formats = ["messages", "prompt-completion", "alpaca", "sharegpt", "openai"] as const;
export type Format = (typeof formats)[number];

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

const largestSeed = 2_147_483_647;
const nonEmpty = z.string().regex(/\S/);
const splitName = z.string().regex(/^\w[\w.]*$/);

/** Parts of one split: percentages that add up to 100, and the seed of the hash that decides. */
export const divisionSchema = z
  .strictObject({
    train: z.int().min(1).max(99),
    validation: z.int().min(0).max(98).default(0),
    test: z.int().min(1).max(99),
    seed: z.int().min(0).max(largestSeed).default(requestDefaults.sampleSeed),
  })
  .refine(({ train, validation, test }) => train + validation + test === 100, "must add up to 100");

type ColumnFields = Record<(typeof mappingKeys)[number], z.ZodOptional<typeof nonEmpty>>;

const fields = z.strictObject({
  /** Data set on the hub (`namespace/name`), or the name of your own data when `files` are given. */
  name: z
    .string()
    .regex(/^(?!\.\.?(\/|$))[\w.-]+(\/(?!\.\.?$)[\w.-]+)?$/)
    .optional(),
  /** Subset of the data set; its default subset when undefined. */
  subset: nonEmpty.optional(),
  /** Branch, tag or commit of the data set. */
  revision: nonEmpty.optional(),
  /** Local files by split instead of a data set on the hub. Paths are relative to the working directory. */
  files: z.record(splitName, z.array(nonEmpty).min(1).readonly()).optional(),
  /** Which column contains what, where the names differ from the chat schema's. */
  columns: z
    .strictObject(Object.fromEntries(mappingKeys.map((key) => [key, nonEmpty.optional()])) as ColumnFields)
    .optional(),
  /** The chat schema's role by the data's own name for it. */
  roles: z.record(nonEmpty, z.enum(chatRoles)).optional(),
  /** Where the prepared files are written, relative to the working directory. */
  directory: nonEmpty.optional(),
  /** Percentage of each split, a whole number from 1 to 100. */
  splitPercent: z.int().min(1).max(100).optional(),
  /** Takes a sample with this seed instead of the first rows. */
  sampleSeed: z.int().min(0).max(largestSeed).optional(),
  /** `tokenizer.json`, a directory that contains one, or a model on the hub. Tokens are counted only with it. */
  tokenizer: nonEmpty.optional(),
  onBadRow: z.enum(badRowPolicies).optional(),
  /** What each check of the written rows does. */
  checks: checksSchema.optional(),
  /** Largest percentage of the rows that `onBadRow: skip` may leave out. */
  maxBadRows: z.number().min(0).max(100).optional(),
  /** Form of the rows of your own files; recognized when undefined. */
  format: z.enum(formats).optional(),
  /** Encoding of your own text files (a WHATWG label); UTF-8, or what a byte order mark states, when undefined. */
  encoding: z.string().refine(isEncoding).optional(),
  toolTurns: z.enum(toolPolicies).optional(),
  onLongRow: z.enum(longRowPolicies).optional(),
  /** Divides the only split into parts, by a seeded hash of each conversation. */
  split: divisionSchema.optional(),
  /** The split that trains. Other splits are compared with it. */
  trainSplit: splitName.optional(),
  /** Prepares only these splits; all splits when undefined. */
  splits: z.array(splitName).min(1).readonly().optional(),
  /** Fetches and writes again even if nothing changed. */
  force: z.boolean().optional(),
});

/** Whether Node decodes this encoding. */
export function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== "";
  } catch {
    return false;
  }
}

/** One preparation of data as a caller states it: every field is optional. */
export type DatasetRequestInput = z.input<typeof fields>;
export type RequestField = keyof DatasetRequestInput;

/** Reported beside the mistakes in single fields. */
const always = (): boolean => true;
const hubOnly = "applies to a data set on the hub, not to files";

const needsTokenizer = "needs --tokenizer (in a stack: dataset.tokenizer), which counts the tokens";

function notWithFiles(field: "subset" | "revision"): (request: Partial<DatasetRequestInput>) => boolean {
  return (request) => request.files === undefined || request[field] === undefined;
}

/** One preparation of data. The same object, without defaults, is what the command line and the stack state. */
export const datasetRequest = fields
  .refine(notWithFiles("subset"), { path: ["subset"], error: hubOnly, when: always })
  .refine(notWithFiles("revision"), { path: ["revision"], error: hubOnly, when: always })
  .refine(({ onLongRow = "cut", tokenizer }) => onLongRow === "cut" || tokenizer !== undefined, {
    path: ["onLongRow"],
    error: needsTokenizer,
    when: always,
  })
  .transform((given) => {
    const source = given.files ? "files" : "hub";
    const name = given.name ?? (given.files ? requestDefaults.nameOfFiles : requestDefaults.name);
    const { columns, roles } = given;
    return {
      ...given,
      name,
      revision: given.revision ?? requestDefaults.revision,
      columns: columns && Object.keys(columns).length > 0 ? columns : undefined,
      roles: roles && Object.keys(roles).length > 0 ? roles : undefined,
      directory: given.directory ?? `.data/${name.slice(name.indexOf("/") + 1)}`,
      splitPercent: given.splitPercent ?? requestDefaults.splitPercent[source],
      onBadRow: given.onBadRow ?? requestDefaults.onBadRow,
      maxBadRows: given.maxBadRows ?? requestDefaults.maxBadRows,
      onLongRow: given.onLongRow ?? requestDefaults.onLongRow,
      force: given.force ?? false,
    };
  });

/** A request with its defaults. */
export type DatasetRequest = z.output<typeof datasetRequest>;
