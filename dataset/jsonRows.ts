import { longestRow, tooLong, type Source, type TextRows } from "./batch";
import { errorLike } from "./errors";
import type { Row } from "./rowCheck";
import { badFile, textOf, utf8Pieces, type Recognized } from "./textFile";

/** The text of a row, and its line (JSON lines) or record (both from 1). */
interface JsonText {
  text: Buffer;
  at: number;
  isTooLong?: boolean;
}

const lineFeed = 0x0a;
const nothing = Buffer.alloc(0);

/** The rows of a JSON file. Errors: BadFile. */
export function jsonRows(file: Recognized): TextRows {
  return {
    async *groups() {
      const texts = file.format === "JSON lines" ? lines(file) : records(file);
      for await (const group of texts) yield group.map((text) => () => valuesOf(file, text));
    },
  };
}

/** The values of a row, or the reason why it cannot be read. */
function valuesOf({ name, format }: Recognized, { text, at, isTooLong }: JsonText): Source {
  const place = `${name}, ${format === "JSON lines" ? "line" : "record"} ${at}`;
  if (isTooLong) return { row: {}, problem: tooLong, place };
  let row: unknown;
  try {
    row = JSON.parse(textOf(text));
  } catch (error) {
    return { row: {}, problem: "is not JSON", values: `: ${errorLike(error)?.message ?? ""}`, place };
  }
  const isObject = typeof row === "object" && row !== null && !Array.isArray(row);
  return isObject ? { row: row as Row, place } : { row: {}, problem: "is not a JSON object", place };
}

async function* lines(file: Recognized): AsyncGenerator<JsonText[]> {
  let carry: Buffer[] = [];
  let carried = 0;
  let line = 1;
  const take = (end: Buffer, into: JsonText[]): void => {
    const isTooLong = carried + end.length > longestRow;
    const text = isTooLong ? nothing : carry.length > 0 ? Buffer.concat([...carry, end]) : end;
    if (isTooLong || !isBlank(text)) into.push({ text, at: line, isTooLong });
    [carry, carried] = [[], 0];
    line++;
  };
  for await (const piece of utf8Pieces(file)) {
    const found: JsonText[] = [];
    let from = 0;
    for (let to = piece.indexOf(lineFeed); to >= 0; to = piece.indexOf(lineFeed, from)) {
      take(piece.subarray(from, to), found);
      from = to + 1;
    }
    const rest = piece.subarray(from);
    carried += rest.length;
    if (carried > longestRow) carry = [];
    else if (rest.length > 0) carry.push(rest);
    yield found;
  }
  const last: JsonText[] = [];
  take(nothing, last);
  yield last;
}

function isBlank(text: Buffer): boolean {
  return (text[0] ?? 0x20) <= 0x20 && text.toString().trim() === "";
}

/** The elements of a JSON array, or values that follow each other. A malformed element is one bad row. */
async function* records(file: Recognized): AsyncGenerator<JsonText[]> {
  let depth = 0;
  let base: number | undefined;
  let isText = false;
  let isEscaped = false;
  let isEnded = false;
  let record = 1;
  let parts: Buffer[] = [];
  let size = 0;
  let begun = -1;
  for await (const piece of utf8Pieces(file)) {
    const found: JsonText[] = [];
    const finish = (end: number): void => {
      if (begun < 0 && parts.length === 0) return;
      const own = piece.subarray(Math.max(0, begun), end);
      const isTooLong = size + own.length > longestRow;
      found.push({ text: isTooLong ? nothing : Buffer.concat([...parts, own]), at: record++, isTooLong });
      [parts, size, begun] = [[], 0, -1];
    };
    if (parts.length > 0 || size > 0) begun = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] as number;
      if (isText) {
        const quote = piece.indexOf(0x22, at);
        const end = quote < 0 ? piece.length : quote;
        let slashes = 0;
        while (end - slashes > at && piece[end - slashes - 1] === 0x5c) slashes++;
        if (isEscaped && end - slashes === at) slashes++;
        const isOdd = slashes % 2 === 1;
        isEscaped = quote < 0 && isOdd;
        isText = quote < 0 || isOdd;
        at = end;
        continue;
      }
      if (byte <= 0x20) continue;
      if (base === undefined) {
        base = byte === 0x5b ? 1 : 0;
        if (base === 1) {
          depth = 1;
          continue;
        }
      }
      if (isEnded) throw badFile(`${file.name} continues after the end of its array`, "Correct the file.");
      if (depth === base && base === 1 && (byte === 0x2c || byte === 0x5d)) {
        finish(at);
        isEnded = byte === 0x5d;
        continue;
      }
      if (begun < 0) begun = at;
      if (byte === 0x22) isText = true;
      else if (byte === 0x7b || byte === 0x5b) depth++;
      else if (byte === 0x7d || byte === 0x5d) {
        depth--;
        if (depth <= 0 && base === 0) finish(at + 1);
      }
    }
    if (begun >= 0) {
      const rest = piece.subarray(begun);
      size += rest.length;
      if (size > longestRow) parts = [];
      else parts.push(rest);
      begun = -1;
    }
    yield found;
  }
  if (size > 0 || (base === 1 && !isEnded))
    throw badFile(`${file.name} ends within record ${record}`, "Complete the file: its end is missing.");
}
