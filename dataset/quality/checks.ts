import { checkDefaults, checkNames, type CheckName, type Checks } from "../requestValues";
import type { Overlap, QualityReport, RowList, SplitQuality } from "./report";

/**
 * Share of a split's rows that `overlap` accepts in a published data set, unless the check is set. Its user cannot correct it, and so
 * few rows change no metric visibly. In your own files every row counts.
 */
const acceptedOverlap = 0.01;

/** Something that a check found in one split. It contains no part of a row. */
export interface Finding {
  check: CheckName;
  level: "fail" | "warn";
  split: string;
  /** Rows with the problem, and all rows of the split. */
  count: number;
  of: number;
  /** Positions of the first rows in the prepared file, from 0. Empty where only the number is known. */
  rows: number[];
  /** What the rows have in common, after "12 of 500 rows of train". */
  what: string;
  /** What to do. */
  remedy: string;
}

/**
 * The findings of the checks that are not off, in the order of the checks.
 * @param isPublished true for a data set on the hub
 */
export function findingsOf(
  report: QualityReport,
  checks: Exclude<Checks, "off">,
  isPublished: boolean,
): Finding[] {
  return checkNames.flatMap((check) =>
    found[check](report)
      .filter(({ list }) => list.count > 0)
      .flatMap(({ split, list: { count, rows }, what, remedy }) => {
        const of = report.splits[split]?.rows ?? count;
        const isAccepted = isPublished && check === "overlap" && count <= acceptedOverlap * of;
        const level = checks[check] ?? (isAccepted ? "warn" : checkDefaults[check]);
        return level === "off" ? [] : [{ check, level, split, count, of, rows, what, remedy }];
      }),
  );
}

/** A finding as it is read from a manifest, whose checks can be those of another version. */
type FindingText = Omit<Finding, "check"> & { check: string };

/** The findings as one text for each check and kind. It names the number of rows and the first rows of each split. */
export function describeFindings(findings: readonly FindingText[]): string[] {
  const groups = new Map<string, FindingText[]>();
  for (const finding of findings) {
    const key = `${finding.check} ${finding.what}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].map((group) => {
    const [{ check, what, remedy }] = group as [FindingText];
    const places = group.map(({ split, count, of, rows }) => {
      const first = rows.length < count ? "the first: " : "";
      const listed = ` (${first}${rows.length === 1 ? "row" : "rows"} ${rows.join(", ")}, counted from 0)`;
      return `${count.toLocaleString("en")} of ${of.toLocaleString("en")} rows of ${split}${rows.length === 0 ? "" : listed}`;
    });
    return `${check}: ${places.join("; ")} ${what}. ${remedy}`;
  });
}

interface Found extends Pick<Finding, "split" | "what" | "remedy"> {
  list: RowList;
}

/** A check of each split by itself. */
function ofSplit(
  list: (quality: SplitQuality) => RowList,
  what: string,
  remedy: string,
): (report: QualityReport) => Found[] {
  return ({ splits }) =>
    Object.entries(splits).map(([split, quality]) => ({ split, list: list(quality), what, remedy }));
}

/** A check of the rows of a split that are also in a training split. */
function ofOverlap(list: (overlap: Overlap) => RowList, what: string, remedy: string) {
  return ({ overlaps }: QualityReport): Found[] =>
    overlaps.map((overlap) => ({
      split: overlap.other,
      list: list(overlap),
      what: `${what} ${overlap.split}`,
      remedy,
    }));
}

const found: Record<CheckName, (report: QualityReport) => Found[]> = {
  overlap: ofOverlap(
    ({ same }) => same,
    "are also in",
    "A model is not judged by what it was trained on: remove them from one side, or divide one file with dataset.split.",
  ),
  nearOverlap: ofOverlap(
    ({ similar }) => similar,
    "are almost the same as a row of",
    "Remove them from one side if they differ only in details.",
  ),
  duplicates: ofSplit(
    (split) => split.found.duplicates,
    "repeat an earlier row",
    "The model sees them more often than others: remove them unless that is intended.",
  ),
  nearDuplicates: ofSplit(
    (split) => split.found.nearDuplicates,
    "are almost the same as an earlier row",
    "Remove them if they add nothing.",
  ),
  emptyAnswers: ofSplit(
    (split) => split.found.emptyAnswers,
    "have an answer without words or with a placeholder",
    "The model learns to answer like that: complete or remove them.",
  ),
  refusals: ofSplit(
    (split) => split.found.refusals,
    "have an answer that refuses the question",
    "The model learns to refuse: remove them unless that is intended.",
  ),
  secrets: ofSplit(
    (split) => split.found.secrets,
    "likely contain a key, token or password",
    "The model can repeat it: revoke it and remove it from the data.",
  ),
  personalData: (report) =>
    (
      [
        ["emails", "contain an e-mail address"],
        ["phoneNumbers", "likely contain a telephone number"],
        ["cardNumbers", "likely contain a payment card number"],
      ] as const
    ).flatMap(([kind, what]) =>
      ofSplit((split) => split.found[kind], what, "The model can repeat it: remove or replace it.")(report),
    ),
  length: ({ splits }) =>
    Object.entries(splits).map(([split, { length }]) => ({
      split,
      list: { count: length.overContext, rows: [] },
      what: `are longer than the model's context of ${length.context} tokens; ${length.cut.toLocaleString("en")} tokens are cut`,
      remedy: "Shorten or divide them.",
    })),
};
