import type { Display, DisplayOptions } from "./display";
import {
  cleanOutput,
  countLines,
  diffKeys,
  diffLines,
  doneText,
  durationText,
  groupHeading,
  isQuiet,
  outputLines,
  runningText,
  shortType,
  symbols,
} from "./text";
import type { EngineEvent } from "./events";

type Diagnostic = Extract<EngineEvent, { kind: "diagnostic" }>;

const titles: Record<string, [doing: string, planned: string]> = {
  preview: ["Previewing update", "Previewing update"],
  up: ["Updating", "Previewing update"],
  refresh: ["Refreshing", "Previewing refresh"],
  destroy: ["Destroying", "Previewing destroy"],
};

export function title(event: Extract<EngineEvent, { kind: "started" }>): string {
  return `${titles[event.operation]?.[event.dryRun ? 1 : 0] ?? event.operation} (${event.stack}):`;
}

/** Lines as they happen, and what went wrong gathered at the end. */
export function plainDisplay(write: (text: string) => void, options: DisplayOptions): Display {
  const diagnostics: Diagnostic[] = [];
  let dryRun = false;
  const line = (text: string): void => write(`${text}\n`);
  const show = (event: EngineEvent): void => {
    switch (event.kind) {
      case "started":
        dryRun = event.dryRun;
        return line(title(event));
      case "step-started":
        if (isQuiet(event.step) || dryRun) return;
        return line(
          ` ${symbols[event.step.operation]} ${shortType(event.step.type)} ${event.step.name} ${runningText(event.step.operation)} (0s)`,
        );
      case "step-done":
        if (isQuiet(event.step)) return;
        line(stepLine(event, dryRun));
        if (options.diff) diffLines(event.step).forEach(line);
        return;
      case "step-failed":
        return line(
          ` ${symbols[event.step.operation]} ${shortType(event.step.type)} ${event.step.name} **failed** (${event.seconds.toFixed(2)}s)`,
        );
      case "output": {
        const text = cleanOutput(event);
        return text === undefined ? undefined : line(`    ${text}`);
      }
      case "diagnostic":
        if (event.ephemeral || event.severity === "info")
          return indented(`${event.severity}: ${event.message}`).forEach(line);
        if (!event.urn && event.severity === "warning") return line(`    warning: ${event.message}`);
        diagnostics.push(event);
        return;
      case "outputs":
        diagnosticLines(diagnostics).forEach(line);
        outputBlock(event, diagnostics).forEach(line);
        diagnostics.length = 0;
        return;
      case "summary":
        diagnosticLines(diagnostics).forEach(line);
        return summaryLines(event).forEach(line);
    }
  };
  return { show, close: () => undefined };
}

/** A message of one or more lines, set in; blank lines left out. */
export function indented(message: string): string[] {
  return message.split("\n").flatMap((text) => (text.trim() === "" ? [] : [`    ${text}`]));
}

export function stepLine(event: Extract<EngineEvent, { kind: "step-done" }>, dryRun: boolean): string {
  const { step, seconds } = event;
  const time = dryRun ? "" : ` (${seconds.toFixed(2)}s)`;
  return ` ${symbols[step.operation]} ${shortType(step.type)} ${step.name} ${doneText(step.operation, dryRun)}${time}${diffKeys(step)}`;
}

/** Diagnostics grouped by resource, in the order of their first mention. */
export function diagnosticLines(diagnostics: readonly Diagnostic[]): string[] {
  if (diagnostics.length === 0) return [];
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const key = diagnostic.urn ?? "";
    groups.set(key, [...(groups.get(key) ?? []), diagnostic]);
  }
  const lines = ["Diagnostics:"];
  for (const [urn, group] of groups) {
    lines.push(`  ${groupHeading(urn || undefined)}`);
    for (const { severity, message } of group) {
      lines.push(
        ...`${severity}: ${message}`
          .trimEnd()
          .split("\n")
          .map((text) => `    ${text}`),
      );
    }
    lines.push("");
  }
  return lines;
}

/** The stack's outputs; none if nothing about them is new and an error stands above, which they would push off the screen. */
export function outputBlock(
  event: Extract<EngineEvent, { kind: "outputs" }>,
  diagnostics: readonly Diagnostic[],
): string[] {
  const failed = diagnostics.some(({ severity }) => severity === "error");
  if (failed && JSON.stringify(event.before) === JSON.stringify(event.after)) return [];
  const lines = outputLines(event.before, event.after);
  return lines.length > 0 ? ["Outputs:", ...lines, ""] : [];
}

export function summaryLines(event: Extract<EngineEvent, { kind: "summary" }>): string[] {
  const { counts, seconds, result, dryRun } = event;
  const what = dryRun ? "preview" : "update";
  const lines = ["Resources:", ...countLines(counts, dryRun), "", `Duration: ${durationText(seconds)}`];
  if (result === "failed") lines.push("", `error: ${what} failed`);
  if (result === "canceled") lines.push("", `error: ${what} canceled`);
  return lines;
}
