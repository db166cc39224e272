import type { Display, DisplayOptions, EngineEvent, Step } from "./events";
import { jsonDisplay } from "./json";
import { liveDisplay } from "./live";
import { createReport } from "./report";
import { cleanOutput, heading, indented, isHidden, runningText } from "./text";

export type DisplayKind = "auto" | "brief" | "live" | "plain" | "json" | "silent";

export function createDisplay(kind: DisplayKind, options: DisplayOptions): Display {
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  tolerateClosedPipe();
  if (kind === "silent") return { show: (_event: EngineEvent) => undefined, close: () => undefined };
  if (kind === "json") return jsonDisplay(write);
  const isTerminal = process.stdout.isTTY === true && process.env.TERM !== "dumb";
  const isAutomatic = kind === "auto" || kind === "brief";
  const shown = { ...options, brief: kind === "brief" };
  if (kind === "live" || (isAutomatic && isTerminal)) return liveDisplay(process.stdout, shown);
  return plainDisplay(write, shown);
}

/** A reader that ends early (`| head`) must not end an update halfway. */
export function tolerateClosedPipe(): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => undefined);
}

/** A step without an end prints a line this often on the plain display. */
const heartbeatSeconds = 60;

/** Seconds between two lines of progress on the brief plain display. */
const progressPause = 10;

/** Prints lines as they happen, and collects errors for the end. */
export function plainDisplay(write: (text: string) => void, options: DisplayOptions): Display {
  const report = createReport(options);
  const running = new Map<Step, number>();
  const timer = setInterval(() => {
    for (const [step, since] of running) {
      const seconds = (performance.now() - since) / 1000;
      if (seconds >= heartbeatSeconds) write(`${heading(step)} ${runningText(step, seconds)}\n`);
    }
  }, heartbeatSeconds * 1000);
  timer.unref();
  let lastProgress = performance.now();
  /** What a provider prints about its resource, at most every ten seconds. */
  const showProgress = (event: EngineEvent): void => {
    const line = event.kind === "output" && event.from === "provider" ? cleanOutput(event) : undefined;
    if (line === undefined || performance.now() - lastProgress < progressPause * 1000) return;
    lastProgress = performance.now();
    for (const text of indented(line)) write(`${text}\n`);
  };
  const show = (event: EngineEvent): void => {
    if (event.kind === "step-started" && !isHidden(event.step)) running.set(event.step, performance.now());
    if (event.kind === "step-done" || event.kind === "step-failed") running.delete(event.step);
    if (event.kind === "summary") clearInterval(timer);
    for (const line of report(event)) write(`${line}\n`);
    if (options.brief) showProgress(event);
  };
  return { show, close: () => clearInterval(timer) };
}
