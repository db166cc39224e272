import type { EngineEvent, Step } from "./events";
import { openPolicies } from "./policies";
import { diffLines, outputLines } from "./properties";
import {
  cleanOutput,
  countLines,
  durationText,
  endedText,
  groupHeading,
  heading,
  indented,
  isHidden,
  runningText,
} from "./text";

type Diagnostic = Extract<EngineEvent, { kind: "diagnostic" }>;
/** Converts an event to lines, with the same texts for every display. Most diagnostics wait for the end. */
export type Report = (event: EngineEvent) => string[];

const titles: Record<string, string> = { up: "Updating", refresh: "Refreshing", destroy: "Destroying" };

function title({ operation, dryRun }: Extract<EngineEvent, { kind: "started" }>): string {
  const what = operation === "preview" || operation === "up" ? "update" : operation;
  return dryRun ? `Previewing ${what}` : (titles[operation] ?? operation);
}

/** Seconds from which the brief report mentions a step that is done. */
const longStep = 5;

/** `diff` adds the changed properties below each step; `brief` keeps warnings, failures and long steps. */
export function createReport(options: { diff: boolean; brief?: boolean }): Report {
  const collected: Diagnostic[] = [];
  const policies = openPolicies(options.brief === true);
  const begun = new Set<Step>();
  /** Resources with an error; an empty string for the stack. */
  const errored = new Set<string>();
  let dryRun = false;
  let over = false;

  const diagnostic = (event: Diagnostic): string[] => {
    const line = event.severity === "info" ? event.message : `${event.severity}: ${event.message}`;
    if (event.severity === "error") errored.add(event.urn ?? "");
    // Steps that end after the summary were cancelled, and the summary has reported that.
    if (over) return event.urn ? [] : [line];
    // A line that the next one replaces is for a terminal.
    if (event.ephemeral && event.severity === "info") return [];
    if (options.brief && (event.ephemeral || event.severity === "info")) return [];
    if (event.ephemeral || event.severity === "info" || (event.severity === "warning" && !event.urn))
      return indented(line);
    collected.push(event);
    return [];
  };

  return (event) => {
    switch (event.kind) {
      case "started":
        dryRun = event.dryRun;
        return [`${title(event)} (${event.stack}):`];
      case "step-started":
        if (over || dryRun || isHidden(event.step) || event.step.operation === "same") return [];
        begun.add(event.step);
        if (options.brief) return [];
        return [`${heading(event.step)} ${runningText(event.step, 0)}`];
      case "step-done":
      case "step-failed": {
        const failed = event.kind === "step-failed";
        const unchanged = event.step.operation === "same" && !begun.has(event.step) && !failed;
        if (over || isHidden(event.step) || unchanged) return [];
        if (options.brief && !failed && event.seconds < longStep) return [];
        const text = `${heading(event.step)} ${endedText(event.step, event.seconds, { failed, dryRun })}`;
        return [text, ...(options.diff && !failed ? diffLines(event.step) : [])];
      }
      case "output":
        return over || options.brief ? [] : indented(cleanOutput(event) ?? "");
      case "diagnostic":
        return diagnostic(event);
      case "policy-packs":
      case "policy":
        policies.take(event);
        return [];
      case "outputs": {
        const failed = collected.some(({ severity }) => severity === "error");
        const lines = outputLines(event.before, event.after);
        // Unchanged outputs would push the errors above them off the screen.
        const news = JSON.stringify(event.before) !== JSON.stringify(event.after);
        const shown = lines.length > 0 && (news || !failed) && !options.brief;
        return [
          ...policies.lines(),
          ...diagnosticLines(collected.splice(0)),
          ...(shown ? ["", "Outputs:", ...lines] : []),
        ];
      }
      case "summary":
        over = true;
        if (options.brief && event.result === "succeeded") return diagnosticLines(collected.splice(0));
        return [
          ...policies.lines(),
          ...diagnosticLines(collected.splice(0)),
          ...summaryLines(event, { errored: errored.size, isViolated: policies.isViolated() }),
        ];
    }
  };
}

/** Diagnostics grouped by resource, in the order of their first message; duplicates are shown once. */
function diagnosticLines(diagnostics: readonly Diagnostic[]): string[] {
  const groups = new Map<string, Set<string>>();
  for (const { urn = "", severity, message } of diagnostics) {
    const group = groups.get(urn) ?? new Set();
    groups.set(urn, group.add(`${severity}: ${message.trimEnd()}`));
  }
  const blocks = [...groups].flatMap(([urn, texts]) => [
    `  ${groupHeading(urn || undefined)}`,
    ...[...texts].flatMap((text) => text.split("\n").map((line) => `    ${line}`)),
  ]);
  return blocks.length > 0 ? ["", "Diagnostics:", ...blocks] : [];
}

/** After a mandatory violation without the counts, as in Pulumi: what a plan would do is of no interest then. */
function summaryLines(
  event: Extract<EngineEvent, { kind: "summary" }>,
  { errored, isViolated }: { errored: number; isViolated: boolean },
): string[] {
  const { counts, seconds, result, dryRun } = event;
  const changes = isViolated && dryRun ? [] : ["", "Resources:", ...countLines(counts, dryRun, errored)];
  const lines = [...changes, "", `Duration: ${durationText(seconds)}`];
  return result === "succeeded" ? lines : [...lines, "", `error: ${dryRun ? "preview" : "update"} ${result}`];
}
