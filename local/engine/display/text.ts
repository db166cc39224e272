import { stripVTControlCharacters } from "node:util";
import type { EngineEvent, Operation, Step } from "./events";
import { isDefaultProvider, parseUrn, stackType } from "../values/urn";

/** Symbol (Pulumi's), text while running, when done, in a preview, and colour (ANSI). */
const words: Record<Operation, [symbol: string, running: string, done: string, planned: string, number]> = {
  create: ["+ ", "creating", "created", "create", 32],
  same: ["  ", "", "unchanged", "unchanged", 0],
  update: ["~ ", "updating", "updated", "update", 33],
  delete: ["- ", "deleting", "deleted", "delete", 31],
  replace: ["+-", "replacing", "replaced", "replace", 35],
  "create-replacement": ["++", "creating replacement", "created replacement", "create replacement", 35],
  "delete-replaced": ["--", "deleting original", "deleted original", "delete original", 35],
  "remove-pending-replace": ["~ ", "completing deletion", "completed deletion", "complete deletion", 35],
  read: ["> ", "reading", "read", "read", 36],
  discard: ["< ", "discarding", "discarded", "discard", 36],
  refresh: ["~ ", "refreshing", "refreshed", "refresh", 36],
  import: ["= ", "importing", "imported", "import", 32],
};

export const colourOf = (step: Step): number => words[step.operation][4];

/** True for default providers, which the program does not declare. */
export const isHidden = (step: Step): boolean => isDefaultProvider(step.type, step.name);

/**
 * `azureml:FineTuneJob` for `pulumi-nodejs:dynamic/azureml:FineTuneJob`: type tokens without repeated parts.
 */
export function shortType(type: string): string {
  if (type === stackType) return type;
  const [pkg = "", module = "", name = ""] = type.split(":");
  if (pkg === "pulumi-nodejs") return [module.replace(/^dynamic\/?/, ""), name].filter(Boolean).join(":");
  return [pkg, module.split("/")[0], name].filter(Boolean).join(":");
}

/** ` +  type name`, indented by `depth` levels; `brief` shows only the last part of the type. */
export function heading(step: Step, depth = 0, brief = false): string {
  const type = shortType(step.type);
  return ` ${words[step.operation][0]} ${"  ".repeat(depth)}${brief ? type.split(":").at(-1) : type} ${step.name}`;
}

export const runningText = (step: Step, seconds: number): string =>
  `${words[step.operation][1]} (${seconds < 1 ? "0s" : durationText(seconds)})`;

/** How a step ended: `created (0.12s)`, in a preview `update [diff: ~size]`. Components have no duration. */
export function endedText(step: Step, seconds: number, how: { failed: boolean; dryRun: boolean }): string {
  const what = how.failed ? "**failed**" : words[step.operation][how.dryRun ? 3 : 2];
  const timed = !how.dryRun && (step.next ?? step.old)?.custom !== false;
  const time = timed ? ` (${seconds < 60 ? `${seconds.toFixed(2)}s` : durationText(seconds)})` : "";
  return what + time + diffKeys(step);
}

/** Changed keys, as Pulumi lists them beside an update: ` [diff: ~a,+b]`; internal keys are left out. */
export function diffKeys({ diff, old, next }: Step): string {
  if (!diff?.changed) return "";
  const marks = { add: "+", delete: "-", update: "~" };
  const keys = [...new Set([...diff.keys, ...diff.replaceKeys])].filter((key) => !key.startsWith("__"));
  const marked = keys.map((key) => {
    const [was, is] = [old?.inputs?.[key], next?.inputs?.[key]].map((value) => value !== undefined);
    const kind = was === is ? "update" : is ? "add" : "delete";
    return marks[diff.detailed[key]?.kind ?? kind] + key;
  });
  return marked.length > 0 ? ` [diff: ${marked.join(",")}]` : "";
}

/**
 * The `Resources:` block, in Pulumi's order and wording (`renderSummaryEvent`). Reads are not in it.
 * @param errored number of resources with an error message.
 */
export function countLines(counts: Record<string, number>, dryRun: boolean, errored = 0): string[] {
  const changes = (["create", "update", "delete", "replace"] as const).flatMap((operation) => {
    const number = counts[operation] ?? 0;
    return number > 0 ? [{ operation, number }] : [];
  });
  const lines = changes.map(({ operation, number }) => {
    const [symbol, , done, planned] = words[operation];
    return `    ${symbol.trim()} ${number} ${dryRun ? `to ${planned}` : done}`;
  });
  const total = changes.reduce((sum, { number }) => sum + number, 0);
  const same = counts.same ?? 0;
  const pieces = [
    ...(changes.length > 1 ? [`${total} changes`] : []),
    ...(same > 0 ? [`${same} unchanged`] : []),
  ];
  if (pieces.length > 0) lines.push(`    ${pieces.join(". ")}`);
  if (errored > 0) lines.push(`    ${errored} errored`);
  return lines.length > 0 ? lines : ["    no resources"];
}

/** 65 → "1m5s", as Pulumi prints durations; less than a second counts as one. */
export function durationText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return (h > 0 ? `${h}h` : "") + (h > 0 || m > 0 ? `${m}m` : "") + `${s}s`;
}

/** Heading of a diagnostic group: `type (name):`. */
export function groupHeading(urn: string | undefined): string {
  if (!urn) return `${stackType}:`;
  const { type, name } = parseUrn(urn);
  return `${shortType(type)} (${name}):`;
}

/** A message of one or more lines, indented; blank lines and terminal controls are removed. */
export function indented(message: string): string[] {
  const lines = stripVTControlCharacters(message).split(/[\r\n]+/);
  return lines.flatMap((text) => (text.trim() === "" ? [] : [`    ${text}`]));
}

/** Without stack frames and the duplicate `Error: x: Error: x` that the dynamic provider host prints. */
export function cleanOutput(event: Extract<EngineEvent, { kind: "output" }>): string | undefined {
  const { line, error, from } = event;
  if (from !== "provider" || !error) return line;
  if (/^\s+at\s/.test(line)) return undefined;
  const half = (line.length - 2) / 2;
  if (Number.isInteger(half) && line.slice(0, half) === line.slice(half + 2)) return undefined;
  return line;
}

/**
 * Fits `training: epoch 1 of 3, …, about 0:20 left` into `width` characters. What gives way, in this order:
 * the parts between the first two and the last, the word in front, the second part.
 */
export function fitStatus(status: string, width: number): string {
  const parts = status.split(", ");
  const isTooLong = (): boolean => parts.join(", ").length > width;
  while (parts.length > 3 && isTooLong()) parts.splice(-2, 1);
  if (parts.length > 1 && isTooLong()) parts[0] = (parts[0] ?? "").replace(/^\w+: /, "");
  if (parts.length > 2 && isTooLong()) parts.splice(1, 1);
  return cutTo(width, parts.join(", "));
}

export const cutTo = (width: number, text: string): string =>
  text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
