import type { EngineEvent, Emit } from "./events";
import { jsonDisplay } from "./json";
import { liveDisplay } from "./live";
import { plainDisplay } from "./plain";

export type DisplayKind = "auto" | "live" | "plain" | "json" | "silent";
export type DisplayOptions = { diff: boolean };
export type Display = { show: Emit; close: () => void };

/** Makes the display of a run: live on a terminal, plain lines elsewhere, one JSON document, or none. */
export function createDisplay(kind: DisplayKind, options: DisplayOptions): Display {
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  // A reader that goes away (`| head`) must not end an update half way.
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => undefined);
  if (kind === "silent") return { show: (_event: EngineEvent) => undefined, close: () => undefined };
  if (kind === "json") return jsonDisplay(write);
  const isTerminal = process.stdout.isTTY === true && process.env.TERM !== "dumb";
  if (kind === "live" || (kind === "auto" && isTerminal)) return liveDisplay(process.stdout, options);
  return plainDisplay(write, options);
}
