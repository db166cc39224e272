import { isDeepStrictEqual } from "node:util";
import { DatasetError } from "../errors";
import type { TokenCounter } from "../facts";
import { writeRecords, type Records } from "../manifest";
import type { DatasetRequest } from "../request";
import { assessQuality, isReportOf } from "./assess";
import { describeFindings, findingsOf } from "./checks";
import { describeQuality } from "./describe";
import { trainingSplits } from "./division";

/** Where the check prints, and the tokenizer, which is opened if it is needed. */
interface CheckContext {
  info: (text: string) => void;
  warn: (text: string) => void;
  tokenizer: () => Promise<TokenCounter | undefined>;
  signal?: AbortSignal;
}

/**
 * Examines the written splits, stores the report in `manifest.json` as `quality`, and prints it. Files that have not changed are not
 * examined again. Errors: Quality if a check with the level `fail` found rows. The files and the report exist then.
 * @param all the records of the directory
 * @param splits the splits of this request
 */
export async function checkQuality(
  { checks = {}, trainSplit }: Pick<DatasetRequest, "checks" | "trainSplit">,
  directory: string,
  all: Records,
  splits: Records["splits"],
  { info, warn, tokenizer, signal }: CheckContext,
): Promise<Records["quality"]> {
  if (checks === "off") return undefined;
  const training = trainingSplits(Object.keys(splits), trainSplit);
  const report = isReportOf(all.quality, splits, training)
    ? all.quality
    : await assessQuality(directory, splits, training, await tokenizer(), { signal });
  const isPublished = Object.values(splits).every(({ source }) => source !== "files");
  const findings = findingsOf(report, checks, isPublished);
  const quality = { ...report, findings };
  if (!isDeepStrictEqual(quality, all.quality)) await writeRecords(directory, { ...all, quality });
  for (const line of describeQuality(report)) info(line);
  for (const line of describeFindings(findings.filter(({ level }) => level === "warn"))) warn(line);
  const failed = describeFindings(findings.filter(({ level }) => level === "fail"));
  if (failed.length === 0) return quality;
  throw failedChecks(failed);
}

/** The error for findings of checks with the level `fail`. */
export function failedChecks(findings: readonly string[]): DatasetError {
  return new DatasetError(
    "Quality",
    `the data did not pass ${findings.length === 1 ? "a check" : `${findings.length} checks`}\n  ${findings.join("\n  ")}`,
    "Correct the data, or accept the finding with --checks NAME=warn (in a stack: dataset.checks).",
  );
}
