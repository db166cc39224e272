import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { TokenCounter } from "../facts";
import type { SplitRecord } from "../manifest";
import { compareRows, type ComparedSplit } from "./compare";
import { noRows, reportVersion, type QualityReport, type SplitQuality } from "./report";
import { scanFile, type ScannedQuality } from "./scan";
import { mostCompared, type Sketches } from "./similar";
import { sketchBins } from "./sketch";

/** True if a stored report describes exactly these files. */
export function isReportOf(
  report: QualityReport | undefined,
  records: Readonly<Record<string, SplitRecord>>,
  training: readonly string[],
): report is QualityReport {
  if (report?.version !== reportVersion || !isDeepStrictEqual(report.training, training)) return false;
  const entries = Object.entries(records);
  return (
    entries.length === Object.keys(report.splits).length &&
    entries.every(
      ([name, { sha256, tokenizer }]) =>
        report.splits[name]?.sha256 === sha256 && report.tokenizer === tokenizer,
    )
  );
}

/**
 * Examines the written files of these splits. The result depends only on the files, the tokenizer and which splits train.
 * Errors: Interrupted.
 */
export async function assessQuality(
  directory: string,
  records: Readonly<Record<string, SplitRecord>>,
  training: string[],
  tokenizer: TokenCounter | undefined,
  { limit = mostCompared, signal }: { limit?: number; signal?: AbortSignal } = {},
): Promise<QualityReport> {
  const isTraining = (name: string): boolean => training.includes(name);
  const entries = Object.entries(records).sort(([a], [b]) => Number(isTraining(b)) - Number(isTraining(a)));
  const rows = entries.reduce((sum, [, record]) => sum + record.rows, 0);
  const share = Math.min(1, limit / Math.max(1, rows));
  const compared = entries.map(([, record]) => Math.floor(record.rows * share));
  const total = compared.reduce((sum, one) => sum + one, 0);
  const sketches: Sketches = { bytes: new Uint8Array(total * sketchBins), takesPart: new Uint8Array(total) };
  const splits: ComparedSplit[] = [];
  const scanned: Array<[string, SplitRecord, ScannedQuality]> = [];
  let start = 0;
  for (const [index, [name, record]] of entries.entries()) {
    const place = { sketches, start, rows: compared[index] as number };
    const { fingerprints, quality } = await scanFile(
      join(directory, record.file),
      record.rows,
      place,
      tokenizer,
      signal,
    );
    splits.push({ name, start, rows: place.rows, isTraining: isTraining(name), fingerprints });
    scanned.push([name, record, quality]);
    start += place.rows;
  }
  const { duplicates, nearDuplicates, overlaps } = compareRows(splits, sketches);
  const qualities = scanned.map(([name, { sha256 }, quality]): [string, SplitQuality] => {
    const repeats = {
      duplicates: duplicates[name] ?? noRows(),
      nearDuplicates: nearDuplicates[name] ?? noRows(),
    };
    return [name, { sha256, ...quality, found: { ...quality.found, ...repeats } }];
  });
  const { tokenizer: named = null } = entries[0]?.[1] ?? {};
  return {
    version: reportVersion,
    tokenizer: named,
    training,
    splits: Object.fromEntries(qualities),
    overlaps,
    allCompared: share === 1,
  };
}
