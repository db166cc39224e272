import { isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import type { SharedVersion } from "./sharedVersion";

/** A change of one line of a stack file. */
export interface LineChange {
  /** The whole file with the change. */
  text: string;
  /** 1-based. */
  line: number;
  /** The line before; undefined if it is new. */
  before: string | undefined;
  after: string;
}

/**
 * Sets the version that a promoting stack serves: the value of `promote` in the section `model`, a flow mapping on one line. All other
 * bytes stay. A stack that names its source by `stack` keeps doing so.
 * @param file name of the file, for messages.
 * @param source the stack that the version comes from.
 * @returns undefined if the file has this version already.
 * @throws Error if the stack does not promote, or if `promote` is not on one line.
 */
export function editPromotion(
  { file, text, project }: { file: string; text: string; project: string },
  source: string,
  version: SharedVersion,
): LineChange | undefined {
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake) throw new Error(`${file}: ${mistake.message}`);
  const key = `${project}:model`;
  const model = document.getIn(["config", key]);
  if (!isMap(model) || model.get("source") !== "promote")
    throw new Error(
      `${file}: the stack does not promote: ${key}.source is ${isMap(model) ? String(model.get("source") ?? "not set (train)") : "not set (train)"}. ` +
        "Set it to promote to let this stack serve the model of another one.",
    );
  const present = model.get("promote", true);
  const keepsStack = isMap(present) && present.get("stack") === source;
  const value = flowMapping(version, keepsStack ? source : undefined, isMap(present) ? present : undefined);
  if (present === undefined) return insertLine(text, model, `promote: ${value}`, file);
  if (isMap(present) && isSame(present, version, keepsStack)) return undefined;
  const [start, end] = present.range ?? [0, 0];
  const old = text.slice(start, end);
  if (!isMap(present) || !present.flow || /\r|\n/.test(old))
    throw new Error(
      `${file}: ${key}.promote must be written on one line, such as \`promote: ${value}\`, so that a promotion changes one line. ` +
        "Write it so once (`# prettier-ignore` above it keeps a formatter from breaking it).",
    );
  return lineChange(text, `${text.slice(0, start)}${value}${text.slice(end)}`, start, false);
}

/** Text is quoted: YAML would read a version or a hash of digits as a number. */
function flowMapping(
  { registry, name, version, sha256 }: SharedVersion,
  stack: string | undefined,
  present: YAMLMap | undefined,
): string {
  const parts = [
    ...(stack === undefined ? [`registry: ${registry}`, `name: ${name}`] : [`stack: ${stack}`]),
    ...(stack !== undefined && present?.has("name") ? [`name: ${name}`] : []),
    `version: "${version}"`,
    ...(sha256 === undefined ? [] : [`sha256: "${sha256}"`]),
  ];
  return `{ ${parts.join(", ")} }`;
}

function isSame(present: YAMLMap, version: SharedVersion, keepsStack: boolean): boolean {
  const wanted: Record<string, string | undefined> = keepsStack
    ? { version: version.version, sha256: version.sha256 }
    : { ...version };
  const text = (key: string): string | undefined => {
    const node = present.get(key, true);
    return isScalar(node) ? String(node.source ?? node.value) : undefined;
  };
  return Object.entries(wanted).every(([key, value]) => text(key) === value);
}

/** A new line after `source`, with its indentation. */
function insertLine(text: string, model: YAMLMap, line: string, file: string): LineChange {
  const source = model.items.find((item) => isScalar(item.key) && item.key.value === "source");
  const at = isScalar(source?.key) ? (source.key.range?.[0] ?? -1) : -1;
  const start = text.lastIndexOf("\n", at) + 1;
  const indentation = text.slice(start, at);
  if (model.flow || at < 0 || indentation.trim() !== "")
    throw new Error(`${file}: write the section model with one setting per line, then promote again.`);
  const end = text.indexOf("\n", at);
  const newline = end > 0 && text[end - 1] === "\r" ? "\r\n" : "\n";
  const head = end < 0 ? `${text}${newline}` : text.slice(0, end + 1);
  const tail = end < 0 ? "" : text.slice(end + 1);
  return lineChange(text, `${head}${indentation}${line}${newline}${tail}`, head.length, true);
}

function lineChange(before: string, after: string, at: number, isNew: boolean): LineChange {
  const index = after.slice(0, at).split("\n").length - 1;
  const lineOf = (text: string): string => (text.split("\n")[index] ?? "").replace(/\r$/, "");
  return {
    text: after,
    line: index + 1,
    before: isNew ? undefined : lineOf(before),
    after: lineOf(after),
  };
}
