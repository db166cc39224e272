import type { Diff } from "../values/diff";
import type { EngineEvent, Operation, Step } from "./events";
import { isProviderType, parseUrn, stackType } from "../values/urn";
import { comparePaths } from "../values/diff";
import {
  hasSecrets,
  isObject,
  isSecret,
  isUnknown,
  signatureOf,
  withoutSecrets,
  type Properties,
  type Value,
} from "../values/values";

/** Symbols of operations, as Pulumi prints them. */
export const symbols: Record<Operation, string> = {
  create: "+ ",
  same: "  ",
  update: "~ ",
  delete: "- ",
  replace: "+-",
  "create-replacement": "++",
  "delete-replaced": "--",
  "remove-pending-replace": "~ ",
  read: "> ",
  refresh: "~ ",
  import: "= ",
};

const doing: Record<Operation, [running: string, done: string, planned: string]> = {
  create: ["creating", "created", "create"],
  same: ["", "unchanged", ""],
  update: ["updating", "updated", "update"],
  delete: ["deleting", "deleted", "delete"],
  replace: ["replacing", "replaced", "replace"],
  "create-replacement": ["creating replacement", "created replacement", "create replacement"],
  "delete-replaced": ["deleting original", "deleted original", "delete original"],
  "remove-pending-replace": ["completing deletion", "completed deletion", "complete deletion"],
  read: ["reading", "read", "read"],
  refresh: ["refreshing", "refreshed", "refresh"],
  import: ["importing", "imported", "import"],
};

export const runningText = (operation: Operation): string => doing[operation][0];
export const doneText = (operation: Operation, dryRun: boolean): string => doing[operation][dryRun ? 2 : 1];

/** True for steps nobody needs to see: unchanged resources, default providers. */
export function isQuiet(step: Step): boolean {
  if (step.operation === "same") return true;
  return isProviderType(step.type) && /^default(_|$)/.test(step.name);
}

/** `azureml:FineTuneJob job` for `pulumi-nodejs:dynamic/azureml:FineTuneJob`: type tokens without what repeats itself. */
export function shortType(type: string): string {
  const [pkg = "", module = "", name = ""] = type.split(":");
  if (pkg === "pulumi-nodejs") return [module.replace(/^dynamic\/?/, ""), name].filter(Boolean).join(":");
  const parts = module.split("/");
  return [pkg, parts.length > 1 ? parts[0] : module, name].filter(Boolean).join(":");
}

/** Keys that changed, as Pulumi lists them beside an update: `[diff: ~a,+b]`; internal ones are left out. */
export function diffKeys(step: Step): string {
  const { diff } = step;
  if (!diff?.changed) return "";
  const marks = { add: "+", delete: "-", update: "~" };
  const old = step.old?.inputs ?? {};
  const next = step.next?.inputs ?? {};
  const keys = [...new Set([...diff.keys, ...diff.replaceKeys])].filter((key) => !key.startsWith("__"));
  const marked = keys.map((key) => {
    const kind =
      old[key] === undefined && next[key] !== undefined
        ? "add"
        : next[key] === undefined && old[key] !== undefined
          ? "delete"
          : "update";
    return marks[diff.detailed[key]?.kind ?? kind] + key;
  });
  return marked.length > 0 ? ` [diff: ${marked.join(",")}]` : "";
}

/** A value on one line: secrets hidden, long texts cut, unknowns named. */
export function valueText(value: Value | undefined, limit = 120): string {
  if (value === undefined) return "";
  if (isSecret(value)) return "[secret]";
  if (isUnknown(value)) return "[unknown]";
  if (isObject(value) && signatureOf(value)) return "[asset]";
  const hidden =
    hasSecrets(value) || isObject(value) || Array.isArray(value)
      ? JSON.stringify(hide(value))
      : JSON.stringify(value);
  return hidden.length > limit ? `${hidden.slice(0, limit)}… (${hidden.length} characters)` : hidden;
}

function hide(value: Value): Value {
  if (isSecret(value)) return "[secret]";
  if (isUnknown(value)) return "[unknown]";
  if (Array.isArray(value)) return value.map(hide);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hide(item)]));
}

/** The changed properties of a step, one line each (`--diff`). */
export function diffLines(step: Step): string[] {
  const shown = (properties: Properties | undefined): Properties => {
    const entries = Object.entries(properties ?? {}).filter(([key]) => !key.startsWith("__"));
    return Object.fromEntries(entries);
  };
  const [old, next] = [shown(step.old?.inputs), shown(step.next?.inputs)];
  if (!step.old) return Object.keys(next).map((key) => `    + ${key}: ${valueText(next[key])}`);
  if (!step.next) return [];
  return Object.entries(comparePaths(old, next)).map(([path, kind]) => {
    const [a, b] = [valueAt(old, path), valueAt(next, path)];
    const replace = isForcing(step.diff, path) ? " (forces replacement)" : "";
    if (kind === "add") return `    + ${path}: ${b}${replace}`;
    if (kind === "delete") return `    - ${path}: ${a}${replace}`;
    return `    ~ ${path}: ${a} => ${b}${replace}`;
  });
}

function isForcing(diff: Diff | undefined, path: string): boolean {
  const key = path.split(/[.[]/)[0] ?? path;
  return diff !== undefined && (diff.replaceKeys.includes(key) || diff.detailed[path]?.replace === true);
}

function valueAt(properties: Properties, path: string): string {
  let value: Value | undefined = properties;
  let secret = false;
  for (const part of path.split(/[.[\]"]+/).filter(Boolean)) {
    if (isSecret(value)) {
      secret = true;
      value = withoutSecrets(value);
    }
    value = Array.isArray(value) ? value[Number(part)] : isObject(value) ? value[part] : undefined;
  }
  return secret ? "[secret]" : valueText(value);
}

/** Outputs of the stack, with what changed marked. */
export function outputLines(before: Properties, after: Properties): string[] {
  const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])].sort();
  return keys.map((key) => {
    const [a, b] = [before[key], after[key]];
    const [oldText, newText] = [valueText(a, 400), valueText(b, 400)];
    if (a === undefined) return `  + ${key}: ${newText}`;
    if (b === undefined) return `  - ${key}: ${oldText}`;
    const same = JSON.stringify(a) === JSON.stringify(b);
    if (same) return `    ${key}: ${newText}`;
    return oldText === newText ? `  ~ ${key}: ${newText}` : `  ~ ${key}: ${oldText} => ${newText}`;
  });
}

const summaryOrder: [operation: string, symbol: string, done: string, planned: string][] = [
  ["import", "=", "imported", "to import"],
  ["create", "+", "created", "to create"],
  ["update", "~", "updated", "to update"],
  ["delete", "-", "deleted", "to delete"],
  ["replace", "+-", "replaced", "to replace"],
  ["read", ">", "read", "to read"],
];

/** The Resources: block. */
export function countLines(counts: Record<string, number>, dryRun: boolean): string[] {
  const lines = summaryOrder.flatMap(([operation, symbol, done, planned]) => {
    const number = counts[operation] ?? 0;
    return number > 0 ? [`    ${symbol} ${number} ${dryRun ? planned : done}`] : [];
  });
  const same = counts.same ?? 0;
  if (same > 0) lines.push(`    ${same} unchanged`);
  return lines.length > 0 ? lines : ["    no resources"];
}

/** 65 → "1m5s", as Pulumi prints durations. */
export function durationText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return (h > 0 ? `${h}h` : "") + (h > 0 || m > 0 ? `${m}m` : "") + `${s}s`;
}

/**
 * The step a line `[<label>] text` is about: the resource of that logical name, else the one with an input the label is
 * (part of). Providers of dynamic resources do not know logical names, but they know what they were given.
 */
export function stepOfLabel(label: string, steps: readonly Step[]): Step | undefined {
  const mentions = (value: Value): boolean => {
    if (typeof value !== "string" || value.length < 4) return false;
    return value === label || value.endsWith(`/${label}`) || label.startsWith(`${value}-`);
  };
  return (
    steps.find((step) => step.name === label) ??
    steps.find((step) => Object.values(step.next?.inputs ?? step.old?.inputs ?? {}).some(mentions))
  );
}

/** Heading of a diagnostic group: `type (name):`. */
export function groupHeading(urn: string | undefined): string {
  if (!urn) return "pulumi:pulumi:Stack:";
  const { type, name } = parseUrn(urn);
  return `${type === stackType ? type : shortType(type)} (${name}):`;
}

/**
 * What a provider printed, as a person wants it: no stack frames, no `Error: x: Error: x` twins that the dynamic
 * provider host prints of every error that is reported properly anyway.
 */
export function cleanOutput(event: Extract<EngineEvent, { kind: "output" }>): string | undefined {
  const { line, error, from } = event;
  if (from !== "provider" || !error) return line;
  if (/^\s+at\s/.test(line)) return undefined;
  const half = (line.length - 2) / 2;
  if (Number.isInteger(half) && line.slice(0, half) === line.slice(half + 2)) return undefined;
  return line;
}
