import { longestRow, type Source, type TextRows } from "./batch";
import { badFile, textOf, utf8Pieces, type Recognized } from "./textFile";

/** A record of a table: its fields, and the line (from 1) on which it begins. */
interface CsvRecord {
  fields: string[];
  line: number;
}

/** The rows of a CSV table. Errors: BadFile, also for a header with equal names. */
export async function csvRows(file: Recognized): Promise<TextRows> {
  const header = await headerOf(file);
  const twice = header.find((name, index) => header.indexOf(name) < index);
  if (twice !== undefined)
    throw badFile(
      `${file.name} has two columns ${JSON.stringify(twice)}`,
      "Rename one of them in the header.",
    );
  const valuesOf = ({ fields, line }: CsvRecord): Source => {
    const place = `${file.name}, line ${line}`;
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
  for await (const [head] of csvRecords(file)) if (head) return head.fields.map((field) => field.trim());
  return [];
}

/**
 * The records of a CSV table (RFC 4180), the header first, in groups. Quoted fields may contain separators, line ends and doubled
 * quotes. Empty lines are skipped. The separator is the most frequent one of `, ; tab |` in the header. Errors: BadFile.
 */
async function* csvRecords(file: Recognized): AsyncGenerator<CsvRecord[]> {
  let parser: ReturnType<typeof parserOf> | undefined;
  let text = "";
  let line = 1;
  const take = (isEnd: boolean): CsvRecord[] => {
    parser ??= parserOf(text, (file.separator ??= separatorOf(text)));
    const records: CsvRecord[] = [];
    let at = 0;
    while (at < text.length) {
      const found = parser(text, at, isEnd);
      if (found === "unclosed")
        throw badFile(
          `${file.name} cannot be read: the quote opened on line ${line} is never closed`,
          "Correct the file.",
        );
      if (!found) break;
      const { fields, next } = found;
      if (fields.length > 1 || fields[0] !== "" || text[at] === '"') records.push({ fields, line });
      line += linesIn(text, at, next);
      at = next;
    }
    text = text.slice(at);
    if (text.length > longestRow)
      throw badFile(
        `${file.name}: the row on line ${line} is longer than 16 MB, or its quote is never closed`,
        "Correct or remove the row.",
      );
    return records;
  };
  for await (const piece of utf8Pieces(file)) {
    text += textOf(piece);
    // The header decides the format, so it must be complete.
    if (parser || /[\r\n]./s.test(text)) yield take(false);
  }
  yield take(true);
}

function linesIn(text: string, from: number, to: number): number {
  const end = text[to - 1] === "\r" ? "\r" : "\n";
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
function parserOf(
  beginning: string,
  separator: string,
): (text: string, at: number, isEnd: boolean) => Parsed {
  const end = /^(?:[^"\r\n]|"[^"]*")*(\r\n|\r|\n)/.exec(beginning)?.[1];
  const ends = new RegExp(`[${separator === "|" ? "\\|" : separator}\\n${end === "\r" ? "\\r" : ""}]`, "g");
  return (text, start, isEnd) => {
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
}
