import { chatRoles } from "../rowCheck";
import type { QualityReport, SplitQuality } from "./report";

const count = (value: number): string => value.toLocaleString("en");

/** The report as lines for a terminal. */
export function describeQuality({ splits }: QualityReport): string[] {
  return Object.entries(splits).flatMap(([split, quality]) => [
    `${split}: ${describeTokens(quality)}`,
    `${split}: ${describeLanguages(quality)}`,
  ]);
}

function describeTokens({ length }: SplitQuality): string {
  const roles = chatRoles.filter((role) => length.byRole[role] > 0);
  const byRole = roles.map((role) => `${role} ${count(length.byRole[role])}`).join(", ");
  const bars = length.histogram.map(
    ({ upTo, rows }) => `${upTo === null ? "more" : `≤${count(upTo)}`}: ${count(rows)}`,
  );
  const context =
    length.context === null
      ? ""
      : `; rows over the context of ${count(length.context)}: ${count(length.overContext)}${length.cut > 0 ? `, whose last ${count(length.cut)} tokens are cut` : ""}`;
  const all = count(Object.values(length.byRole).reduce((sum, tokens) => sum + tokens, 0));
  const tokens = length.estimated ? `about ${all} tokens, at 4 characters each` : `${all} tokens`;
  return `${tokens} (${byRole}); longest: row ${length.longest.row} with ${count(length.longest.tokens)}; rows by tokens ${bars.join(", ")}${context}`;
}

/** Languages with at least one percent of the sample. */
function describeLanguages({ languages: { sampled, rows } }: SplitQuality): string {
  const share = (rowsOf: number): number => Math.round((100 * rowsOf) / sampled);
  const shown = Object.entries(rows).filter(([, rowsOf]) => share(rowsOf) > 0);
  return `languages of ${count(sampled)} rows: ${shown.map(([name, rowsOf]) => `${name} ${share(rowsOf)} %`).join(", ")}`;
}
