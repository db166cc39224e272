import type { TokenCounter } from "../facts";
import type { DatasetRequestInput } from "../request";
import { requestDefaults } from "../requestValues";
import { describeFindings, findingsOf, type Finding } from "./checks";
import { trainingSplits } from "./division";
import { addRow, noRows, type QualityReport } from "./report";
import { rowExaminer } from "./scan";

/** The first rows of a file, examined one by one. */
export interface Sample {
  split: string;
  /** The split and the file, for messages. */
  label: string;
  /** False if the file has more rows. */
  isWhole: boolean;
  prints: number[];
  examiner: ReturnType<typeof rowExaminer>;
}

/** A tokenizer's counter for a sample. */
export interface SampleCounter extends TokenCounter {
  /** True if it counts characters instead of tokens. */
  isEstimate: boolean;
}

export function openSample(split: string, file: string, counter: SampleCounter | undefined): Sample {
  const prints: number[] = [];
  const examiner = rowExaminer(counter, (scanner) => prints.push(scanner.fingerprint()));
  return { split, label: `${split}, ${file}`, isWhole: true, prints, examiner };
}

/** A finding in a sample, as a text. */
export interface SampleFinding {
  text: string;
  /** True if `up` will stop at it. */
  isCertain: boolean;
}

/** What the checks find in the samples, as far as one pass over the first rows shows it. */
export function sampleFindings(
  samples: readonly Sample[],
  {
    checks = {},
    onLongRow = requestDefaults.onLongRow,
    trainSplit,
    splitPercent = 100,
  }: Pick<DatasetRequestInput, "checks" | "onLongRow" | "trainSplit" | "splitPercent">,
  counter: SampleCounter | undefined,
): SampleFinding[] {
  if (checks === "off") return [];
  return findingsOf(reportOf(samples, trainSplit), checks, false).map((finding) => {
    const isLength = finding.check === "length";
    const isWhole = samples.some(({ label, isWhole }) => label === finding.split && isWhole);
    const part = isWhole ? "" : " Only the first rows were examined; up examines all.";
    const estimate = isLength && counter?.isEstimate ? " This is an estimate; up counts the tokens." : "";
    const isFailure = finding.level === "fail";
    const isCertain = isFailure && splitPercent === 100 && !(isLength && counter?.isEstimate);
    const text = describeFindings([isLength ? longRows(finding, onLongRow) : finding]).join();
    return {
      text: `${text}${part}${estimate}${isFailure && !isCertain ? " Its level is fail: up stops here." : ""}`,
      isCertain,
    };
  });
}

/** What happens to rows over the context is decided by `dataset.onLongRow`. */
function longRows(finding: Finding, policy: string): Finding {
  if (policy === "cut") return finding;
  return {
    ...finding,
    what: finding.what.replace(/;.*/s, ""),
    remedy: `dataset.onLongRow is ${policy}: up ${policy === "drop" ? "leaves them out" : "stops at them"}.`,
  };
}

function reportOf(samples: readonly Sample[], trainSplit: string | undefined): QualityReport {
  const names = [...new Set(samples.map(({ split }) => split))];
  const training = trainingSplits(names, trainSplit);
  const splits: QualityReport["splits"] = {};
  const overlaps: QualityReport["overlaps"] = [];
  for (const { split, label, prints, examiner } of samples) {
    const { found, length, rows } = examiner.facts();
    if (rows === 0) continue;
    const seen = new Set<number>();
    const duplicates = noRows();
    prints.forEach((print, row) => {
      if (seen.has(print)) addRow(duplicates, row);
      seen.add(print);
    });
    splits[label] = {
      ...{ sha256: "", rows, length, languages: { sampled: 0, rows: {} } },
      found: { ...found, duplicates, nearDuplicates: noRows() },
    };
    if (training.includes(split)) continue;
    for (const of of training) {
      const known = new Set(samples.flatMap((one) => (one.split === of ? one.prints : [])));
      const same = noRows();
      prints.forEach((print, row) => known.has(print) && addRow(same, row));
      overlaps.push({ split: of, other: label, same, similar: noRows() });
    }
  }
  return { version: 0, tokenizer: null, training, splits, overlaps, allCompared: true };
}
