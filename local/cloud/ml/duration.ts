import { ArmError } from "../armError";

/** ISO 8601 durations as Azure ML writes them (`PT2M`, `P1DT0.5S`), without years and months. */
const PATTERN = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

export function durationMs(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (!match || text === "P" || text.endsWith("T")) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return (weeks * 604_800 + days * 86_400 + hours * 3600 + minutes * 60 + seconds) * 1000;
}

export function requiredDurationMs(text: string, target?: string): number {
  const length = durationMs(text);
  if (length !== undefined) return length;
  const message = `${target ? `${target}: ` : ""}'${text}' is not an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as PT2M.`;
  throw new ArmError(400, "InvalidDuration", message, target ? { target } : {});
}
