import { z } from "zod";
import { fromTrain } from "../../azureml/evaluation";

/** What the data step wrote, without rows. */
export interface DataFacts {
  dataset: string;
  subset: string;
  /** Commit of the rows on the hub; a hash of the files for your own. */
  revision: string;
  isPublic: boolean;
  splits: SplitFacts[];
  /** Findings of the quality report, if the data step made one. */
  quality?: QualityFinding[];
}

export interface SplitFacts {
  name: string;
  /** What the training does with it. */
  use: string;
  rows?: number;
  totalRows?: number;
  bytes?: number;
  sha256: string;
}

/** Something that was counted in the rows of a split. */
export interface QualityFinding {
  split: string;
  what: string;
  rows: number;
}

const optionalNumber = z.number().optional();
const quality = z.object({
  splits: z.record(
    z.string(),
    z.object({ found: z.record(z.string(), z.object({ count: z.number() })).default({}) }),
  ),
  overlaps: z
    .array(
      z.object({
        split: z.string(),
        other: z.string(),
        same: z.object({ count: z.number() }),
        similar: z.object({ count: z.number() }),
      }),
    )
    .default([]),
});
const splitSchema = z.object({
  rows: optionalNumber,
  totalRows: optionalNumber,
  bytes: optionalNumber,
  sha256: z.string(),
});
const manifest = z.object({
  dataset: z.string().default(""),
  subset: z.string().default(""),
  revision: z.string().default(""),
  isPublic: z.boolean().default(false),
  splits: z.record(z.string(), splitSchema),
  quality: quality.optional().catch(undefined),
});
const settings = z.record(z.string(), z.string()).catch({});

/**
 * Reads the last line that the data step printed, else the stack's output `dataSummary`: the line is a secret if it contains rows.
 * @param selection settings of the job that name its splits.
 * @returns `undefined` if neither is readable.
 */
export function dataFactsOf(stdout: unknown, summary: unknown, selection: unknown): DataFacts | undefined {
  const chosen = settings.parse(selection);
  const line = typeof stdout === "string" ? jsonOf(stdout.trim().split("\n").pop() ?? "") : summary;
  const parsed = manifest.safeParse(line);
  if (!parsed.success) return undefined;
  const { splits, quality: report, ...facts } = parsed.data;
  const uses = usesOf(chosen);
  return {
    ...facts,
    dataset: facts.dataset || (chosen["dataset.name"] ?? ""),
    splits: Object.entries(splits).map(([name, split]) => ({ name, use: uses[name] ?? "", ...split })),
    ...(report ? { quality: findingsOf(report) } : {}),
  };
}

function findingsOf({ splits, overlaps }: z.output<typeof quality>): QualityFinding[] {
  const counted = Object.entries(splits).flatMap(([split, { found }]) =>
    Object.entries(found).map(([what, { count }]) => ({ split, what: words(what), rows: count })),
  );
  const shared = overlaps.flatMap(({ split, other, same, similar }) => [
    { split: other, what: `also in ${split}`, rows: same.count },
    { split: other, what: `similar to a row of ${split}`, rows: similar.count },
  ]);
  return [...counted, ...shared].filter(({ rows }) => rows > 0);
}

/** `nearDuplicates` → `near duplicates`. */
const words = (name: string): string => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

function usesOf(selection: Record<string, string>): Record<string, string> {
  const uses: Record<string, string[]> = {};
  const add = (setting: string, use: string): void => {
    const split = selection[`dataset.${setting}`];
    if (split && split !== fromTrain) uses[split] = [...(uses[split] ?? []), use];
  };
  add("trainSplit", "training");
  add("validationSplit", "evaluation loss");
  add("testSplit", "test");
  return Object.fromEntries(Object.entries(uses).map(([split, list]) => [split, list.join(", ")]));
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
