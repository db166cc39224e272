import { DatasetError } from "./errors";
import type { BadRowPolicy } from "./requestValues";

const shown = 10;

/** What to do with bad rows, and where to report them. */
interface BadRowOptions {
  split: string;
  onBadRow: BadRowPolicy;
  /** Largest percentage of bad rows that may be skipped. */
  maxBadRows: number;
  warn: (text: string) => void;
}

export type BadRows = ReturnType<typeof badRows>;

/** Collects the bad rows of a split. */
export function badRows({ split, onBadRow, maxBadRows, warn }: BadRowOptions) {
  let count = 0;
  const lines: string[] = [];
  const reasons = new Map<string, number>();
  return {
    get count() {
      return count;
    },
    add(row: number, problem: string, place: string): void {
      count++;
      const line = `${split}, row ${row}: ${problem}${place && ` (${place})`}`;
      if (lines.length < shown) lines.push(line);
      // Without positions and values, equal mistakes are one reason.
      const reason = problem.replace(/\[\d+\]/g, "").replace(/(: | is "|; ).*/s, "");
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (onBadRow !== "fail" && count <= shown)
        warn(`${onBadRow === "skip" ? "skipped" : "kept bad row"}: ${line}`);
    },
    /** The commonest reasons, with their numbers of rows. */
    reasons(): string[] {
      const common = [...reasons].sort(([, a], [, b]) => b - a).slice(0, 5);
      return common.map(([reason, times]) => `${times} × ${reason}`);
    },
    /** Reports the rows of a batch. Errors: BadRow with the policy `fail`. */
    endOfBatch(): void {
      if (count === 0 || onBadRow !== "fail") return;
      const more = count > shown ? [`and ${count - shown} more; there can be others after them`] : [];
      throw new DatasetError(
        "BadRow",
        `${count} bad row${count === 1 ? "" : "s"} (counted from 0)\n  ${[...lines, ...more].join("\n  ")}`,
        "Correct the data set, or skip such rows with --on-bad-row skip (or keep them with --on-bad-row report); in a stack: dataset.onBadRow.",
      );
    },
    /** Reports the rows of the split. Errors: BadRow if too many were skipped. */
    end(rows: number, written: number): void {
      if (count > shown && onBadRow !== "fail") warn(`${split}: and ${count - shown} more bad rows`);
      const isTooMany = count > (rows * maxBadRows) / 100;
      if (onBadRow !== "skip" || count === 0 || (written > 0 && !isTooMany)) return;
      throw new DatasetError(
        "BadRow",
        `${split}: ${count} of ${rows} rows are bad${written === 0 ? ", and none is left" : `, more than ${maxBadRows} %`}\n  ` +
          this.reasons().join("\n  "),
        `Correct the rows or the mapping of columns and roles${written === 0 ? "" : ", or raise --max-bad-rows (in a stack: dataset.maxBadRows)"}.`,
      );
    },
  };
}
