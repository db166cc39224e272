import type { Display, DisplayOptions, EngineEvent, Step } from "./events";
import { jsonDisplay } from "./json";
import { liveDisplay } from "./live";
import { createReport } from "./report";
import { heading, isHidden, runningText } from "./text";

export type DisplayKind = "auto" | "live" | "plain" | "json" | "silent";

/** Makes the display of a run: live on a terminal, plain lines elsewhere, one JSON document, or none. */
export function createDisplay(kind: DisplayKind, options: DisplayOptions): Display {
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  tolerateClosedPipe();
  if (kind === "silent") return { show: (_event: EngineEvent) => undefined, close: () => undefined };
  if (kind === "json") return jsonDisplay(write);
  const isTerminal = process.stdout.isTTY === true && process.env.TERM !== "dumb";
  if (kind === "live" || (kind === "auto" && isTerminal)) return liveDisplay(process.stdout, options);
  return plainDisplay(write, options);
}

/** A reader that goes away (`| head`) must not end an update half way. */
export function tolerateClosedPipe(): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => undefined);
}

/** After so many seconds without an end, a step gives a sign of life on the plain display, and then again and again. */
const signOfLife = 60;

/** Lines as they happen, and what went wrong gathered at the end. */
export function plainDisplay(write: (text: string) => void, options: DisplayOptions): Display {
  const report = createReport(options);
  const running = new Map<Step, number>();
  const timer = setInterval(() => {
    for (const [step, since] of running) {
      const seconds = (performance.now() - since) / 1000;
      if (seconds >= signOfLife) write(`${heading(step)} ${runningText(step, seconds)}\n`);
    }
  }, signOfLife * 1000);
  timer.unref();
  const show = (event: EngineEvent): void => {
    if (event.kind === "step-started" && !isHidden(event.step)) running.set(event.step, performance.now());
    if (event.kind === "step-done" || event.kind === "step-failed") running.delete(event.step);
    if (event.kind === "summary") clearInterval(timer);
    for (const line of report(event)) write(`${line}\n`);
  };
  return { show, close: () => clearInterval(timer) };
}
