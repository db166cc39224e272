import type { WriteStream } from "node:tty";
import type { Display, DisplayOptions } from "./display";
import { diagnosticLines, indented, outputBlock, stepLine, summaryLines, title } from "./plain";
import {
  cleanOutput,
  diffLines,
  durationText,
  isQuiet,
  runningText,
  shortType,
  stepOfLabel,
  symbols,
} from "./text";
import type { EngineEvent, Step } from "./events";

type Diagnostic = Extract<EngineEvent, { kind: "diagnostic" }>;
type Running = { step: Step; since: number; status: string };

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const colour = (code: number, text: string): string =>
  process.env.NO_COLOR ? text : `\u001b[${code}m${text}\u001b[0m`;
const stepColours: Partial<Record<Step["operation"], number>> = {
  create: 32,
  update: 33,
  delete: 31,
  "create-replacement": 35,
  "delete-replaced": 35,
  replace: 35,
  read: 36,
};

/**
 * A live picture on a terminal: what is done scrolls up as plain lines; below, what is running, for how long, and the
 * last line its provider printed about it (`[<name>] text`).
 */
export function liveDisplay(terminal: WriteStream, options: DisplayOptions): Display {
  const running = new Map<Step, Running>();
  const diagnostics: Diagnostic[] = [];
  let drawn = 0;
  let frame = 0;
  let dryRun = false;

  const cut = (text: string): string => {
    const width = Math.max(20, (terminal.columns ?? 80) - 1);
    return text.length > width ? `${text.slice(0, width - 1)}…` : text;
  };
  // The carriage return comes first: the terminal's echo of ^C has moved the cursor to the right.
  const erase = (): string => (drawn > 0 ? `\r\u001b[${drawn}A\u001b[0J` : "");
  const region = (): string[] => {
    const room = Math.max(1, (terminal.rows ?? 24) - 3);
    const now = performance.now();
    const all = [...running.values()];
    const lines = all.slice(0, room).map(({ step, since, status }) => {
      const head = ` ${frames[frame % frames.length]} ${shortType(step.type)} ${step.name} ${runningText(step.operation)}`;
      return cut(`${head} (${durationText((now - since) / 1000)})${status ? `  ${status}` : ""}`);
    });
    if (all.length > room) lines.push(cut(`   … and ${all.length - room} more`));
    return lines;
  };
  const draw = (above: readonly string[] = []): void => {
    const lines = region();
    terminal.write(erase() + [...above, ...lines].map((line) => `${line}\n`).join(""));
    drawn = lines.length;
  };
  const timer = setInterval(() => {
    frame += 1;
    if (running.size > 0) draw();
  }, 120);
  timer.unref();

  /** Gives a provider's line to the running resource it names; false if it names none. */
  const takeStatus = (line: string): boolean => {
    const match = /^\[([^\]]+)\]\s*(.*)$/.exec(line);
    const step = match && stepOfLabel(match[1] ?? "", [...running.keys()]);
    const target = step && running.get(step);
    if (!target) return false;
    target.status = match[2] ?? "";
    return true;
  };
  const paint = (step: Step, text: string): string => {
    const code = stepColours[step.operation];
    return code ? text.replace(symbols[step.operation], (symbol) => colour(code, symbol)) : text;
  };

  const show = (event: EngineEvent): void => {
    switch (event.kind) {
      case "started":
        dryRun = event.dryRun;
        return draw([colour(1, title(event)), ""]);
      case "step-started":
        if (!isQuiet(event.step))
          running.set(event.step, { step: event.step, since: performance.now(), status: "" });
        return draw();
      case "step-done":
        running.delete(event.step);
        if (isQuiet(event.step)) return;
        return draw([
          paint(event.step, stepLine(event, dryRun)),
          ...(options.diff ? diffLines(event.step) : []),
        ]);
      case "step-failed":
        running.delete(event.step);
        return draw([
          ` ${symbols[event.step.operation]} ${shortType(event.step.type)} ${event.step.name} ${colour(31, "failed")} (${event.seconds.toFixed(2)}s)`,
        ]);
      case "output": {
        const text = cleanOutput(event);
        if (text === undefined) return;
        return takeStatus(text) ? draw() : draw([`    ${text}`]);
      }
      case "diagnostic":
        if (event.ephemeral && takeStatus(event.message)) return draw();
        if (event.ephemeral || event.severity === "info") return draw(indented(event.message));
        diagnostics.push(event);
        if (!event.urn && event.severity === "warning")
          draw(indented(`${colour(33, "warning")}: ${event.message}`));
        return;
      case "outputs":
        draw(["", ...diagnosticLines(diagnostics), ...outputBlock(event, diagnostics)]);
        diagnostics.length = 0;
        return;
      case "summary":
        return draw([...diagnosticLines(diagnostics), ...summaryLines(event)]);
    }
  };
  return {
    show,
    close: () => {
      clearInterval(timer);
      terminal.write(erase());
      drawn = 0;
    },
  };
}
