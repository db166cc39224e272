import { createHash } from "node:crypto";

/**
 * Texts that differ between two runs that end in the same state: times, random ids and keys, encrypted values. Random ids are
 * numbered, so that a reference to another one is seen.
 */
const volatile: readonly [RegExp, string][] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, "{time}"],
  [/(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g, "{time}"],
  // Times in numbers, and versions that are derived from random ids.
  [/(?<![-\da-f.])\d{9,13}(?:\.\d+)?(?![-\da-f])/g, "{number}"],
  [/(?<=demo-)\d{5,}/g, "{number}"],
  [/v1:[A-Za-z0-9+/=]{8,}:[A-Za-z0-9+/=]+/g, "{secret}"],
  [/[A-Za-z0-9+/]{86}==/g, "{key}"],
  [/[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]+/g, "{key}"],
  [/\\"(?:0x)?[\dA-Fa-f]{8,}\\"/g, "{etag}"],
  [/"0x[\dA-Fa-f]{8,}"/g, '"{etag}"'],
  [/(?<="(?:latencyMs|duration\w*)":)[\d.]+/g, "0"],
  [/(?<="(?:primaryKey|secondaryKey)":)"[^"]*"/g, '"{key}"'],
  // The id of a command.
  [/(?<="chat-dataset)[\da-f]{8}(?=")/g, ""],
  // Lines of parallel work, in any order.
  [/(?<="(?:stderr|stdout)":)"(?:[^"\\]|\\.)*"/g, '"{output}"'],
];
/** GUIDs, and the marks by which a resource claims a job. */
const guid =
  /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}|\b[\da-f]{32}\b|(?<="(?:azureml-finetune\.)?(?:usedBy|registration|instance)":")[\da-f]{10}/gi;

/** A line of a state: the name of a thing, and its content. */
export type Line = readonly [name: string, content: string];

/** The lines without what differs between two runs, sorted. */
export function comparable(lines: readonly Line[]): string[] {
  const plain = lines.map(([name, content]) => stable(`${name}\t${content}`));
  const sorted = plain.sort((a, b) => compare(withoutIds(a), withoutIds(b)));
  const known = new Map<string, number>();
  return sorted.map((text) =>
    text.replace(guid, (id) => {
      const number = known.get(id.toLowerCase()) ?? known.size;
      known.set(id.toLowerCase(), number);
      return `{id ${number}}`;
    }),
  );
}

const stable = (text: string): string =>
  volatile.reduce((result, [pattern, name]) => result.replace(pattern, name), text);

const withoutIds = (text: string): string => text.replace(guid, "{id}");

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** One text for all states that are equal. */
export const digestOf = (lines: readonly Line[]): string =>
  createHash("sha256").update(comparable(lines).join("\n")).digest("hex");
