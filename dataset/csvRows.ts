import { longestRow, tooLong, type Source, type TextRows } from "./batch";
import { longRecord } from "./csvLongRecord";
import { badFile, textOf, utf8Pieces, type Recognized } from "./textFile";

/** A record of a table: its fields, and the line (from 1) on which it begins. */
interface CsvRecord {
  fields: string[];
  line: number;
  isTooLong?: boolean;
}

const longestHeader = 1 << 20;

/** The rows of a CSV table. Errors: BadFile, also for a header with equal names. */
export async function csvRows(file: Recognized): Promise<TextRows> {
  const header = await headerOf(file);
  const twice = header.find((name, index) => header.indexOf(name) < index);
  if (twice !== undefined)
    throw badFile(
      `${file.name} has two columns ${JSON.stringify(twice)}`,
      "Rename one of them in the header.",
    );
  const valuesOf = ({ fields, line, isTooLong }: CsvRecord): Source => {
    const place = `${file.name}, line ${line}`;
    if (isTooLong) return { row: {}, problem: tooLong, place };
    if (fields.length !== header.length)
      return {
        row: {},
        problem: `has ${fields.length} field${fields.length === 1 ? "" : "s"}, the header has ${header.length}`,
        place,
      };
    return { row: Object.fromEntries(header.map((column, index) => [column, fields[index]])), place };
  };
  return {
    header,
    async *groups() {
      let isHeader = true;
      for await (const records of csvRecords(file)) {
        const rows = isHeader ? records.slice(1) : records;
        isHeader &&= records.length === 0;
        yield rows.map((record) => () => valuesOf(record));
      }
    },
  };
}

async function headerOf(file: Recognized): Promise<string[]> {
  for await (const [head] of csvRecords(file)) {
    if (head?.isTooLong) throw longHeader(file);
    if (head) return head.fields.map((field) => field.trim());
  }
  return [];
}

const longHeader = ({ name }: Recognized): Error =>
  badFile(`${name}: its header is longer than 1 MB`, "Correct the file: the first line names the columns.");

/**
 * The records of a CSV table (RFC 4180), the header first, in groups. Quoted fields may contain separators, line ends and doubled
 * quotes. Empty lines are skipped. The separator is the most frequent one of `, ; tab |` in the header. Errors: BadFile.
 */
async function* csvRecords(file: Recognized): AsyncGenerator<CsvRecord[]> {
  let parser: ReturnType<typeof parserOf> | undefined;
  let text = "";
  let line = 1;
  /** A record that is too long to be kept, and whose end is not found yet. */
  let long: { line: number; record: ReturnType<typeof longRecord> } | undefined;
  const unclosed = (from: number): Error =>
    badFile(
      `${file.name} cannot be read: the quote opened on line ${from} is never closed`,
      "Correct the file.",
    );
  const take = (isEnd: boolean): CsvRecord[] => {
    parser ??= parserOf(text, (file.separator ??= separatorOf(text)));
    const { read, separator, lineEnd } = parser;
    const records: CsvRecord[] = [];
    let at = 0;
    const passTo = (next: number): void => {
      line += linesIn(text, lineEnd, at, next);
      at = next;
    };
    const passLong = ({ record, line: first }: NonNullable<typeof long>): void => {
      const end = record.endIn(text);
      if (end === undefined && isEnd && record.isQuoted) throw unclosed(first);
      passTo(end ?? text.length);
      if (end === undefined && !isEnd) return;
      records.push({ fields: [], line: first, isTooLong: true });
      long = undefined;
    };
    if (long) passLong(long);
    while (at < text.length) {
      const found = read(text, at, isEnd);
      if (found === "unclosed") throw unclosed(line);
      if (!found) break;
      const { fields, next } = found;
      if (next - at > longestRow) records.push({ fields: [], line, isTooLong: true });
      else if (fields.length > 1 || fields[0] !== "" || text[at] === '"') records.push({ fields, line });
      passTo(next);
    }
    text = text.slice(at);
    at = 0;
    if (text.length > longestRow) {
      long = { line, record: longRecord(separator, lineEnd) };
      passLong(long);
      text = "";
    }
    return records;
  };
  for await (const piece of utf8Pieces(file)) {
    text += textOf(piece);
    // The header decides the format, so it must be complete.
    if (parser || /[\r\n]./s.test(text)) yield take(false);
    else if (text.length > longestHeader) throw longHeader(file);
  }
  yield take(true);
}

function linesIn(text: string, end: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf(end, from); at >= 0 && at < to; at = text.indexOf(end, at + 1)) count++;
  return count;
}

type Parsed = { fields: string[]; next: number } | "unclosed" | undefined;

/** The most frequent separator in the header of a table with this beginning. */
function separatorOf(beginning: string): string {
  const header = (/^(?:[^"\r\n]|"[^"]*")*/.exec(beginning)?.[0] ?? "").replace(/"[^"]*"/g, "");
  const [separator = ","] = [",", ";", "\t", "|"].sort(
    (a, b) => header.split(b).length - header.split(a).length,
  );
  return separator;
}

/** The parser of the records of a table with this beginning. It returns undefined for a record that is not complete. */
function parserOf(beginning: string, separator: string) {
  const lineEnd = /^(?:[^"\r\n]|"[^"]*")*(\r\n|\r|\n)/.exec(beginning)?.[1] === "\r" ? "\r" : "\n";
  const ends = new RegExp(
    `[${separator === "|" ? "\\|" : separator}\\n${lineEnd === "\r" ? "\\r" : ""}]`,
    "g",
  );
  const read = (text: string, start: number, isEnd: boolean): Parsed => {
    const fields: string[] = [];
    let at = start;
    for (;;) {
      let field = "";
      const isQuoted = text[at] === '"';
      if (isQuoted) {
        for (let from = at + 1; ;) {
          const quote = text.indexOf('"', from);
          if (quote < 0) return isEnd ? "unclosed" : undefined;
          if (quote + 1 === text.length && !isEnd) return undefined;
          const isDoubled = text[quote + 1] === '"';
          field += text.slice(from, isDoubled ? quote + 1 : quote);
          from = quote + (isDoubled ? 2 : 1);
          at = from;
          if (!isDoubled) break;
        }
      }
      ends.lastIndex = at;
      const found = ends.exec(text);
      if (!found && !isEnd) return undefined;
      const to = found?.index ?? text.length;
      const rest = text.slice(at, to);
      const isLast = found?.[0] !== separator;
      fields.push(field + (isLast && rest.endsWith("\r") ? rest.slice(0, -1) : rest));
      at = to + 1;
      if (isLast) return { fields, next: Math.min(at, text.length) };
    }
  };
  return { read, separator, lineEnd };
}
