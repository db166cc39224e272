import { isDeepStrictEqual } from "node:util";
import { DatasetError } from "../errors";
import type { TokenCounter } from "../facts";
import { writeRecords, type Records } from "../manifest";
import type { DatasetRequest } from "../request";
import { assessQuality, isReportOf } from "./assess";
import { describeFindings, findingsOf } from "./checks";
import { describeQuality } from "./describe";

/** Where the check prints, and how it opens the tokenizer if it needs it. */
interface CheckContext {
  info: (text: string) => void;
  warn: (text: string) => void;
  openTokenizer: () => Promise<TokenCounter | undefined>;
}

/**
 * Examines the written splits, stores the report in `manifest.json` as `quality`, and prints it. Files that have not changed are not
 * examined again. Errors: Quality if a check with the level `fail` found rows. The files and the report exist then.
 * @param all the records of the directory
 * @param splits the splits of this request
 */
export async function checkQuality(
  { checks = {} }: Pick<DatasetRequest, "checks">,
  directory: string,
  all: Records,
  splits: Records["splits"],
  { info, warn, openTokenizer }: CheckContext,
): Promise<Records["quality"]> {
  if (checks === "off") return undefined;
  const report = isReportOf(all.quality, splits)
    ? all.quality
    : await assessQuality(directory, splits, await openTokenizer());
  const isPublished = Object.values(splits).every(({ source }) => source !== "files");
  const findings = findingsOf(report, checks, isPublished);
  const quality = { ...report, findings };
  if (!isDeepStrictEqual(quality, all.quality)) await writeRecords(directory, { ...all, quality });
  for (const line of describeQuality(report)) info(line);
  for (const line of describeFindings(findings.filter(({ level }) => level === "warn"))) warn(line);
  const failed = describeFindings(findings.filter(({ level }) => level === "fail"));
  if (failed.length === 0) return quality;
  throw new DatasetError(
    "Quality",
    `the data did not pass ${failed.length === 1 ? "a check" : `${failed.length} checks`} (rows are counted from 0 in the prepared files)\n  ${failed.join("\n  ")}`,
    "Correct the data, or accept the finding with --checks NAME=warn (in a stack: dataset.checks).",
  );
}
