import { stripVTControlCharacters } from "node:util";
import type { Display, DisplayOptions, EngineEvent } from "./events";
import { diffLines } from "./properties";
import { createReport } from "./report";
import { cleanOutput, colourOf, cutTo, endedText, fitStatus, heading, runningText } from "./text";
import { createTree, type Row } from "./tree";

type Terminal = {
  write: (text: string) => unknown;
  columns?: number | undefined;
  rows?: number | undefined;
};

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const tick = 100;

/** Least width of the column of names: on a narrow terminal names give way before numbers. */
const narrowest = 20;

/**
 * The tree of resources with running steps and the last line a provider printed about each (`[<name>] text`),
 * redrawn at most ten times a second. Other lines scroll by above it; the whole tree stays at the end.
 */
export function liveDisplay(terminal: Terminal, options: DisplayOptions): Display {
  const tree = createTree();
  const report = createReport(options);
  const above: string[] = [];
  let drawn: string[] = [];
  let frame = 0;
  let dryRun = false;
  let settled = false;

  const width = (): number => Math.max(20, terminal.columns ?? 80);
  const colour = (code: number, text: string): string =>
    code === 0 || process.env.NO_COLOR ? text : `\u001b[${code}m${text}\u001b[0m`;

  const paint = (line: string): string =>
    line.replace(/^( *)(error|warning):/, (_, margin: string, what: string) => {
      return `${margin}${colour(what === "error" ? 31 : 33, `${what}:`)}`;
    });

  const rowLines = (rows: readonly Row[]): string[] => {
    const heads = rows.map(({ step, depth }) => heading(step, options.brief ? 0 : depth, !settled));
    const longest = Math.max(...heads.map((head) => head.length));
    const room = width() - 1;
    const texts = rows.map((row) => [...rowText(row)] as const);
    const needed = Math.max(...texts.map(([text, status]) => text.length + status.length));
    const column = settled ? longest : Math.min(longest, Math.max(narrowest, room - needed - 4));
    return rows.map(({ step, phase }, index) => {
      const [text = "", status = ""] = texts[index] ?? [];
      const head = cutTo(column, heads[index] ?? "").padEnd(column);
      const left = room - column - text.length - 4;
      const line = `${head}  ${text}${status && !settled ? `  ${fitStatus(status, left)}` : ""}`.trimEnd();
      const shown = cutTo(settled ? Infinity : room, line);
      return phase === "failed"
        ? colour(31, shown)
        : colour(colourOf(step), shown.slice(0, 3)) + shown.slice(3);
    });
  };

  const rowText = ({ step, phase, since, seconds, status }: Row): [text: string, status: string] => {
    if (step.operation === "same") return ["", ""];
    if (phase !== "running") return [endedText(step, seconds, { failed: phase === "failed", dryRun }), ""];
    const spent = runningText(step, (performance.now() - since) / 1000);
    if (settled) return [`interrupted while ${spent}`, ""];
    const isNarrow = status !== "" && narrowest + spent.length + status.length + 6 >= width();
    const time = isNarrow ? (/\((.*)\)/.exec(spent)?.[1] ?? spent) : spent;
    return [`${frames[frame % frames.length]} ${time}`, status];
  };

  /** The lines that the next drawing replaces: as much of the tree as fits on the terminal. */
  const picture = (): string[] => {
    const room = Math.max(2, (terminal.rows ?? 24) - 2);
    const all = options.brief ? tree.running() : tree.visible();
    if (all.length <= room) return rowLines(all);
    const some = options.brief ? all.slice(0, room - 1) : tree.visible(room - 1);
    return [...rowLines(some), `   … and ${all.length - room + 1} more`];
  };

  const draw = (): void => {
    // A narrower terminal has wrapped the drawn lines. The carriage return removes the echo of ^C.
    const heights = drawn.map((line) => Math.ceil((stripVTControlCharacters(line).length || 1) / width()));
    const height = heights.reduce((sum, lines) => sum + lines, 0);
    const erase = height > 0 ? `\r\u001b[${height}A\u001b[0J` : "";
    drawn = settled ? [] : picture();
    // Without automatic wrapping, double-width characters do not change the number of lines.
    const region = drawn.length > 0 ? `\u001b[?7l${drawn.map((line) => `${line}\n`).join("")}\u001b[?7h` : "";
    const lines = above.splice(0).map((line) => `${line}\n`);
    terminal.write(erase + lines.join("") + region);
  };
  const timer = setInterval(() => {
    frame += 1;
    if (!settled && (above.length > 0 || tree.running().length > 0)) draw();
  }, tick);
  timer.unref();

  const settle = (): void => {
    if (settled) return;
    settled = true;
    const rows = tree
      .visible()
      .filter(({ phase }) => !options.brief || phase === "running" || phase === "failed");
    rowLines(rows).forEach((line, index) => {
      const { step, phase } = rows[index] as Row;
      above.push(line, ...(options.diff && phase === "done" ? diffLines(step) : []));
    });
  };

  const show = (event: EngineEvent): void => {
    if (event.kind === "started") dryRun = event.dryRun;
    if (!settled && event.kind === "step-started") return tree.begin(event.step);
    if (!settled && (event.kind === "step-done" || event.kind === "step-failed"))
      return tree.end(event.step, event.seconds, event.kind === "step-failed");
    if (event.kind === "output" && tree.takeStatus(cleanOutput(event) ?? "")) return;
    if (event.kind === "diagnostic" && event.ephemeral && tree.takeStatus(event.message)) return;
    if (event.kind === "outputs" || event.kind === "summary") settle();
    above.push(...report(event).map(paint));
    if (settled) draw();
  };
  const close = (): void => {
    clearInterval(timer);
    settle();
    draw();
  };
  return { show, close };
}
