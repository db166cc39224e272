import type { Finding, RunResult } from "./run";

/** Exit codes of `npm run contract`. */
export const exitCodes = { ok: 0, refuted: 1, couldNotRun: 2 } as const;

/** 1 if something is refuted; 2 if a selected assumption could not be settled, the run was interrupted or left something. */
export function exitCodeOf({
  findings,
  undeleted,
  interrupted,
}: Pick<RunResult, "findings" | "undeleted" | "interrupted">): number {
  if (findings.some(({ verdict }) => verdict.outcome === "refuted")) return exitCodes.refuted;
  const open = findings.some(({ verdict }) => verdict.outcome === "not settled" && !verdict.byChoice);
  return open || interrupted || undeleted.length > 0 ? exitCodes.couldNotRun : exitCodes.ok;
}

/** The report: counts, then everything that is not simply confirmed. */
export function reportText({
  findings,
  undeleted,
  interrupted,
}: Pick<RunResult, "findings" | "undeleted" | "interrupted">): string {
  const of = (outcome: Finding["verdict"]["outcome"]): Finding[] =>
    findings.filter(({ verdict }) => verdict.outcome === outcome);
  const byChoice = of("not settled").filter(
    ({ verdict }) => verdict.outcome === "not settled" && verdict.byChoice,
  );
  const open = of("not settled").filter((finding) => !byChoice.includes(finding));
  const lines = [
    `confirmed: ${of("confirmed").length}, refuted: ${of("refuted").length}, not settled: ${open.length}, not part of this run: ${byChoice.length}`,
  ];
  for (const { assumption, verdict } of of("refuted")) {
    if (verdict.outcome !== "refuted") continue;
    lines.push(
      "",
      `refuted: ${assumption.id}`,
      `  ${assumption.statement}`,
      `  expected: ${verdict.expected}`,
      `  seen:     ${verdict.seen}`,
      `  source:   ${assumption.source} (${assumption.confidence})`,
    );
  }
  for (const { assumption, verdict } of open) {
    if (verdict.outcome === "not settled")
      lines.push("", `not settled: ${assumption.id}`, `  ${verdict.why}`);
  }
  const noted = findings.filter(({ notes }) => notes.length > 0);
  if (noted.length > 0)
    lines.push(
      "",
      "noted:",
      ...noted.flatMap(({ assumption, notes }) => notes.map((note) => `  ${assumption.id}: ${note}`)),
    );
  if (interrupted) lines.push("", "The run was interrupted.");
  if (undeleted.length > 0) {
    lines.push(
      "",
      "Not deleted; run the command again with --cleanup:",
      ...undeleted.map((line) => `  ${line}`),
    );
  }
  return `${lines.join("\n")}\n`;
}
